//! How records are named: `oai:<repository>:<resource>`. Source: Implementation Guidelines for OAI-PMH, oai-identifier.

use schemas::ResourceId;

use crate::app::App;
use crate::config::is_repository_identifier;

/// The repository of a service that has no domain name of its own yet: one that nobody else may have.
const NAMELESS: &str = "signpost.localhost";

/// What this repository is called within identifiers: what the configuration says, or the host of our address where it
/// is a domain name.
pub(super) fn repository_of(app: &App) -> String {
    if let Some(name) = &app.config.server.oai_identifier {
        return name.clone();
    }
    let url = url::Url::parse(app.public_url()).ok();
    let host = url.as_ref().and_then(url::Url::host_str).filter(|host| is_repository_identifier(host));
    host.unwrap_or(NAMELESS).to_owned()
}

/// The identifier of the record about a resource.
pub(super) fn of_resource(repository: &str, id: &ResourceId) -> String {
    format!("oai:{repository}:{id}")
}

/// The resource that an identifier names; `None` when it is none of ours.
pub(super) fn resource_of(repository: &str, identifier: &str) -> Option<ResourceId> {
    let id = identifier.strip_prefix("oai:")?.strip_prefix(repository)?.strip_prefix(':')?;
    ResourceId::parse(id).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_leads_back_to_its_resource() {
        let id = ResourceId::founded_on("x");
        let identifier = of_resource("signpost.example", &id);
        assert_eq!(resource_of("signpost.example", &identifier), Some(id));
    }

    #[test]
    fn identifiers_of_others_name_none_of_ours() {
        let id = ResourceId::founded_on("x");
        for text in [
            "",
            "oai:",
            "oai:a.b:",
            "oai:a.b:xyz",
            &format!("oai:a.c:{id}"),
            &format!("OAI:a.b:{id}"),
            &format!("oai:a.b{id}"),
        ] {
            assert_eq!(resource_of("a.b", text), None, "{text}");
        }
    }

    #[test]
    fn a_repository_is_called_by_a_domain_name() {
        for text in ["signpost.localhost", "a.b", "careers.example-society.org"] {
            assert!(is_repository_identifier(text), "{text}");
        }
        for text in ["", "localhost", "127.0.0.1", "a.", ".a", "a..b", "1a.org", "a.b:80", "[::1]", "é.org"] {
            assert!(!is_repository_identifier(text), "{text}");
        }
    }
}
