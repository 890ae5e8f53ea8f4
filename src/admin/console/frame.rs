//! `Frame`: what stands round every page of the console: where one is, who one is, and what was just done.

use super::visit::Visit;
use crate::pages::layout::{self, Layout};

/// A part of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Overview,
    Sources,
    Harvests,
    Jobs,
    Index,
    Words,
    Reports,
    Duplicates,
    Decisions,
    Pins,
    Partners,
    Tokens,
    Usage,
    Audit,
    /// The way in, and pages that tell of an error.
    Nowhere,
}

/// The parts, in the order of the navigation.
const PLACES: [(Place, &str, &str); 14] = [
    (Place::Overview, "/admin", "Overview"),
    (Place::Sources, "/admin/sources", "Sources"),
    (Place::Harvests, "/admin/harvests", "Harvests"),
    (Place::Jobs, "/admin/jobs", "Jobs"),
    (Place::Index, "/admin/index", "Index"),
    (Place::Words, "/admin/words", "Words"),
    (Place::Reports, "/admin/reports", "Reports"),
    (Place::Duplicates, "/admin/duplicates", "Duplicates"),
    (Place::Decisions, "/admin/decisions", "Decisions"),
    (Place::Pins, "/admin/pins", "Pins"),
    (Place::Partners, "/admin/partners", "Partners"),
    (Place::Tokens, "/admin/tokens", "Tokens"),
    (Place::Usage, "/admin/usage", "Usage"),
    (Place::Audit, "/admin/audit", "Audit log"),
];

/// What a page says after a form has led to it. The address holds the first, so that no address puts words of its own
/// into a page.
pub(super) const SAID: &[(&str, &str)] = &[
    ("signed-out", "You have signed out."),
    ("source-added", "The source is added. It is not harvested before you enable it; look at a preview first."),
    ("source-changed", "The source is changed. Its next harvest reads it so."),
    ("source-removed", "The source is retired: it is harvested no more. Its resources stay."),
    ("source-enabled", "The source is enabled. It is harvested when its schedule says so, or when you start it."),
    (
        "source-enabled-unseen",
        "The source is enabled. Nobody has previewed it as it is written now: a preview reads a few of its records and \
         stores nothing.",
    ),
    ("source-disabled", "The source is disabled. What it gave stays; nothing is asked of it."),
    ("schedule-set", "The schedule is set."),
    ("schedule-reset", "The schedule is again the one of the source itself."),
    ("harvest-queued", "The harvest is queued and starts in a moment."),
    ("replay-queued", "The replay is queued: what earlier harvests kept is read anew, without asking the source."),
    ("approved", "What you said yes to is withdrawn, and gone from the search. Nothing of this run waits any more."),
    (
        "approved-in-part",
        "What you said yes to is withdrawn, and gone from the search. The rest of this run still waits.",
    ),
    ("rollback-queued", "The run is being rolled back. This page shows when it is done."),
    ("cancelled", "The job was told to stop. A running one stops within seconds and keeps what it has."),
    ("rebuild-queued", "The rebuild is queued. Searches are answered from the live index until the next one is ready."),
    ("index-rolled-back", "The index goes back to the generation before. This page shows when it is done."),
    ("drift-queued", "The index is being compared with the store. What differs is put right."),
    ("word-accepted", "The word is decided. Replays are queued that show it in the resources."),
    (
        "word-accepted-alone",
        "The word is decided, and counts from the next harvest on. No replay is queued: no source that can be replayed \
         says it.",
    ),
    ("word-undone", "The decision is taken back. Replays are queued that show it in the resources."),
    (
        "word-undone-alone",
        "The decision is taken back, which counts from the next harvest on. No replay is queued: no source that it was \
         about can be replayed.",
    ),
    ("report-answered", "The report is answered; whoever made it reads the answer under its reference."),
    ("merged", "The two resources are one now. The address that was given up leads to the other."),
    ("decided", "It is decided; searches show it at once."),
    ("decision-undone", "The decision is taken back; searches show it at once."),
    ("pin-made", "The pin stands; searches show it at once."),
    ("pin-undone", "The pin is taken back; searches show it at once."),
    ("partner-revoked", "The partner is revoked, and all its keys with it."),
    ("key-revoked", "The key is revoked."),
    ("view-deleted", "The view is deleted."),
    ("token-revoked", "The token is revoked, and whoever had signed in with it is signed out."),
    ("nothing-chosen", "Nothing was chosen, so nothing was changed."),
];

/// One link of the navigation.
#[derive(Debug)]
pub(super) struct PlaceLink {
    pub(super) href: &'static str,
    pub(super) label: &'static str,
    pub(super) is_here: bool,
}

/// What stands round a page.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) stylesheet: &'static str,
    /// Empty for one who has not signed in.
    pub(super) places: Vec<PlaceLink>,
    /// What the visitor's token is called, and what it may do.
    pub(super) who: Option<(String, &'static str)>,
    pub(super) may_curate: bool,
    pub(super) may_administer: bool,
    /// What was just done.
    pub(super) said: Option<&'static str>,
}

impl Frame {
    /// Round a page for one who has signed in.
    pub(super) fn of(visit: &Visit, place: Place) -> Self {
        Self {
            who: Some((visit.holder.name.clone(), visit.holder.role.name())),
            may_curate: visit.may_curate(),
            may_administer: visit.may_administer(),
            said: visit.value("said").and_then(said),
            ..Self::plain(place)
        }
    }

    /// Round a page that tells of an error: the way on is there, and nothing of who asks.
    pub(super) fn plain(place: Place) -> Self {
        let link =
            |(of, href, label): (Place, &'static str, &'static str)| PlaceLink { href, label, is_here: of == place };
        Self {
            stylesheet: layout::console_stylesheet(),
            places: PLACES.map(link).into(),
            who: None,
            may_curate: false,
            may_administer: false,
            said: None,
        }
    }

    /// Round the way in.
    pub(super) fn outside(said_name: Option<&str>) -> Self {
        Self { places: Vec::new(), said: said_name.and_then(said), ..Self::plain(Place::Nowhere) }
    }
}

/// The layout and the frame of a page of this title.
pub(super) fn framed(visit: &Visit, place: Place, title: &str) -> (Layout, Frame) {
    (Layout::new(title, "").scripted(&["admin.js"]), Frame::of(visit, place))
}

fn said(name: &str) -> Option<&'static str> {
    SAID.iter().find(|(held, _)| *held == name).map(|(_, says)| *says)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_puts_words_of_its_own_into_a_page() {
        assert!(said("approved").is_some());
        assert_eq!(said("You have won"), None);
        assert!(SAID.iter().all(|(name, _)| name.chars().all(|c| c.is_ascii_lowercase() || c == '-')));
    }
}
