//! What a search is called where it is not shown beside its form: `Signpost: chemistry, Key stage 3`.

use std::collections::BTreeMap;

use index::{Facet, NOT_STATED};
use schemas::Vocabularies;

use crate::app::App;
use crate::web::query::SearchQuery;

/// What all of them begin with.
const NAME: &str = "Signpost";

/// The title of a search, by the title of its view and the words and the labels of what was asked for, in that order.
pub(super) fn title_of(query: &SearchQuery, app: &App) -> String {
    let source_names = app.source_names();
    let parts = query.pairs().iter().filter_map(|(name, value)| match Facet::by_name(name) {
        Some(facet) => Some(said_of_facet(facet, value, app.vocabularies, &source_names)),
        None => said_of_plain(name, value),
    });
    let title = query.view.as_ref().map(|view| view.title().to_owned());
    let parts: Vec<String> = title.into_iter().chain(parts).collect();
    if parts.is_empty() { NAME.to_owned() } else { format!("{NAME}: {}", parts.join(", ")) }
}

fn said_of_facet(
    facet: Facet,
    value: &str,
    vocabularies: &Vocabularies,
    source_names: &BTreeMap<String, String>,
) -> String {
    if value == NOT_STATED {
        return format!("no {} stated", facet.name().replace('_', " "));
    }
    match facet {
        Facet::Controlled(field) => vocabularies.of(field).label(value).to_owned(),
        Facet::Source => source_names.get(value).cloned().unwrap_or_else(|| value.to_owned()),
        Facet::Publisher => value.to_owned(),
        Facet::Link => format!("link {value}"),
    }
}

/// `None` for what changes the order or the number of results, and for how words are taken.
fn said_of_plain(name: &str, value: &str) -> Option<String> {
    match name {
        "q" => Some(value.to_owned()),
        "age" => Some(format!("ages {value}")),
        "duration_max" => Some(format!("at most {value} minutes")),
        "published_after" => Some(format!("published from {value}")),
        "updated_after" => Some(format!("changed from {value}")),
        "starts_after" => Some(format!("beginning from {value}")),
        "deadline_before" => Some(format!("deadline by {value}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use schemas::ControlledField;

    use super::*;

    #[test]
    fn a_filter_is_called_by_its_label() {
        let names = BTreeMap::from([("example".to_owned(), "Example Society".to_owned())]);
        for (facet, value, expected) in [
            (Facet::Controlled(ControlledField::Level), "ks3", "Key Stage 3"),
            (Facet::Controlled(ControlledField::LearningArea), NOT_STATED, "no learning area stated"),
            (Facet::Source, "example", "Example Society"),
            (Facet::Publisher, "A, B and C", "A, B and C"),
            (Facet::Link, "broken", "link broken"),
        ] {
            assert_eq!(said_of_facet(facet, value, Vocabularies::shipped(), &names), expected);
        }
    }

    #[test]
    fn what_does_not_narrow_a_search_is_not_in_its_title() {
        assert_eq!(said_of_plain("q", "bees"), Some("bees".to_owned()));
        for name in ["sort", "per_page", "interpret", "inferred", "view"] {
            assert_eq!(said_of_plain(name, "on"), None, "{name}");
        }
    }
}
