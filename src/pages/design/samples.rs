//! Made-up resources, one for each way in which a card may look: ordinary, chosen by an editor, closed, in another script,
//! in Welsh, and with more words than anybody would wish.

use schemas::{
    Claim, ConceptId, Confidence, ControlledField, Link, LinkState, Metadata, Method, Publication, Resource,
    ResourceId, Vocabularies,
};

use super::PATH;
use crate::pages::cards::{Card, CardContext, card};
use crate::pages::carried::Carried;
use crate::pages::wording::word;

/// When everything here happened.
const TIME: &str = "2026-11-02T09:00:00Z";
/// So often a long title says what it has to say.
const REPEATED: usize = 6;

/// The cards.
pub(super) fn cards(vocabularies: &Vocabularies) -> Vec<Card> {
    let resources = [ordinary(), chosen(), closed(), long(), other_script(), welsh()];
    let resources = resources.map(|(metadata, state)| publish(&metadata, state, vocabularies));
    // The second stands on the shortlist.
    let carried = Carried { list: vec![resources[1].id.clone()], ..Carried::default() };
    let context = CardContext { carried: &carried, vocabularies, here: PATH };
    let mut cards: Vec<Card> = resources.iter().map(|resource| card(resource, &context)).collect();
    cards[1].is_pinned = true;
    cards
}

fn publish(metadata: &Metadata, state: LinkState, vocabularies: &Vocabularies) -> Resource {
    let publication = Publication {
        id: ResourceId::founded_on(&metadata.title),
        records: Vec::new(),
        link: Link { state, checked_at: (state != LinkState::None).then(|| TIME.to_owned()) },
        created: TIME.to_owned(),
        updated: TIME.to_owned(),
        description_in_full: true,
        pinned: false,
    };
    Resource::publish(metadata, publication, vocabularies)
}

fn ordinary() -> (Metadata, LinkState) {
    let mut metadata = titled(word("design.sample-title"));
    stated(&mut metadata, ControlledField::Type, "video");
    stated(&mut metadata, ControlledField::Subject, "chemistry");
    inferred(&mut metadata, ControlledField::Level, "ks3");
    (metadata, LinkState::Ok)
}

fn chosen() -> (Metadata, LinkState) {
    let mut metadata = titled(word("design.sample-chosen"));
    stated(&mut metadata, ControlledField::Type, "competition");
    stated(&mut metadata, ControlledField::Subject, "engineering");
    stated(&mut metadata, ControlledField::Level, "ks4");
    metadata.deadline = "2027-03-19T17:00:00".parse().ok();
    (metadata, LinkState::Moved)
}

fn closed() -> (Metadata, LinkState) {
    let mut metadata = titled(word("design.sample-closed"));
    stated(&mut metadata, ControlledField::Type, "kit-loan");
    metadata.closed = Some(word("design.sample-closed-words").to_owned());
    (Metadata { url: None, ..metadata }, LinkState::None)
}

fn long() -> (Metadata, LinkState) {
    let mut metadata = titled(&[word("design.sample-title"); REPEATED].join(" "));
    stated(&mut metadata, ControlledField::Type, "university-college-encounter");
    for subject in ["chemistry", "physics", "biology", "mathematics"] {
        stated(&mut metadata, ControlledField::Subject, subject);
    }
    (metadata, LinkState::Broken)
}

fn other_script() -> (Metadata, LinkState) {
    let mut metadata = titled(word("design.sample-rtl"));
    metadata.description = Some(word("design.sample-rtl-text").to_owned());
    stated(&mut metadata, ControlledField::Language, "ar");
    stated(&mut metadata, ControlledField::Type, "booklet");
    (metadata, LinkState::Unchecked)
}

fn welsh() -> (Metadata, LinkState) {
    let mut metadata = titled(word("design.sample-welsh"));
    metadata.description = Some(word("design.sample-welsh-text").to_owned());
    stated(&mut metadata, ControlledField::Language, "cy");
    stated(&mut metadata, ControlledField::Type, "job-profile");
    (metadata, LinkState::Ok)
}

fn titled(title: &str) -> Metadata {
    Metadata {
        title: title.to_owned(),
        description: Some(word("design.sample-text").to_owned()),
        url: Some("https://example.org/resource".to_owned()),
        publisher: Some(word("design.sample-publisher").to_owned()),
        ..Metadata::default()
    }
}

fn stated(metadata: &mut Metadata, field: ControlledField, id: &str) {
    if let Ok(id) = ConceptId::parse(id) {
        metadata.add_concept(field, Claim::stated(id));
    }
}

fn inferred(metadata: &mut Metadata, field: ControlledField, id: &str) {
    if let Ok(value) = ConceptId::parse(id) {
        let claim = Claim { value, method: Method::Inferred, confidence: Confidence::FULL, evidence: None };
        metadata.add_concept(field, claim);
    }
}
