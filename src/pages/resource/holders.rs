//! The catalogues that hold a resource: where Signpost knows it from.

use schemas::{RecordRef, Resource};

use crate::app::App;
use crate::pages::carried::Carried;
use crate::pages::outbound::Outbound;
use crate::pages::wording;

/// A catalogue that holds the resource.
pub(super) struct Holder {
    pub(super) name: String,
    /// Its page with us: how fresh it is, and what else it holds.
    pub(super) href: String,
    pub(super) homepage: Option<Outbound>,
    /// The address its record gives, when it is not the resource's own.
    pub(super) record: Option<Outbound>,
    pub(super) first_seen: String,
    pub(super) last_seen: String,
}

/// The catalogue of one of its records.
pub(super) fn holder(record: &RecordRef, resource: &Resource, carried: &Carried, app: &App) -> Holder {
    let book = app.sources();
    let source = book.0.get(&record.source).map(|booked| &booked.source);
    // The source file of a catalogue may be gone while its resources stay; its name is still known.
    let names = app.source_names();
    let name = source.map(|source| &source.name).or_else(|| names.get(record.source.as_str()));
    let of_its_own = record.url.as_deref().filter(|address| resource.url.as_deref() != Some(*address));
    Holder {
        name: name.map_or(record.source.as_str(), String::as_str).to_owned(),
        href: carried.address(&format!("/sources/{}", record.source)),
        homepage: source.and_then(|source| Outbound::parse(&source.homepage)),
        record: of_its_own.and_then(Outbound::parse),
        first_seen: wording::day(&record.first_seen),
        last_seen: wording::day(&record.last_seen),
    }
}
