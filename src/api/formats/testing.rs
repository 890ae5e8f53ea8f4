//! A feed of two resources that hold whatever a format must not let through.

use jiff::Timestamp;
use schemas::{
    ConceptId, ConceptRef, Link, LinkState, Metadata, Method, Publication, Resource, ResourceId, Vocabularies,
};

use super::{Feed, FeedItem};

/// The first is plain, the second is hostile and has neither address nor description.
pub(super) fn feed() -> Feed {
    Feed {
        title: "Signpost: bees & birds".to_owned(),
        address: "https://signpost.example/v1/feed?q=bees&sort=title".to_owned(),
        page: "https://signpost.example/?q=bees&sort=title".to_owned(),
        public_url: "https://signpost.example".to_owned(),
        updated: Some(moment("2026-11-20T10:30:00Z")),
        hour: moment("2026-11-21T09:00:00Z"),
        items: vec![plain(), hostile()],
    }
}

/// XML with a line break between any two tags that nothing stands between, as it is easy to read.
pub(super) fn lines(xml: &str) -> String {
    xml.replace("><", ">\n<")
}

pub(super) fn moment(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

fn item(resource: Resource) -> FeedItem {
    FeedItem::new(resource, "https://signpost.example", None).expect("its times can be read")
}

fn plain() -> FeedItem {
    let mut resource = resource("r1", "Working with bees");
    resource.url = Some("https://example.org/bees?a=1&b=2".to_owned());
    resource.description = Some("How a beekeeper spends the day.".to_owned());
    resource.publisher = Some("Example Society".to_owned());
    resource.subjects = vec![concept("biology", "Biology")];
    resource.levels = vec![concept("ks3", "Key stage 3")];
    item(resource)
}

fn hostile() -> FeedItem {
    let mut resource = resource("r2", "<b>Birds</b> \u{1}& \"more\"");
    resource.creators = vec!["A <i>writer</i>".to_owned()];
    resource.created = "2026-11-01T08:00:00Z".to_owned();
    resource.updated = resource.created.clone();
    item(resource)
}

fn concept(id: &str, label: &str) -> ConceptRef {
    ConceptRef {
        id: ConceptId::parse(id).expect("an id"),
        label: label.to_owned(),
        notation: None,
        method: Method::Stated,
    }
}

/// A resource with nothing but a name.
pub(super) fn resource(seed: &str, title: &str) -> Resource {
    let metadata = Metadata { title: title.to_owned(), ..Metadata::default() };
    let publication = Publication {
        id: ResourceId::founded_on(seed),
        records: Vec::new(),
        link: Link { state: LinkState::Unchecked, checked_at: None },
        created: "2026-11-02T08:00:00Z".to_owned(),
        updated: "2026-11-20T10:30:00Z".to_owned(),
        description_in_full: true,
        pinned: false,
    };
    Resource::publish(&metadata, publication, Vocabularies::shipped())
}
