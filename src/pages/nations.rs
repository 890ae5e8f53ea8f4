//! The choice of whose words for levels a page uses: a link for each nation, which the address then remembers.

use super::carried::{Carried, NATIONS, nation_label};

/// One nation to choose.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NationLink {
    /// The same page in its words.
    pub(crate) href: String,
    /// What it is called.
    pub(crate) label: &'static str,
    /// Whether the page is in its words already.
    pub(crate) is_here: bool,
}

/// A link for each nation, to the page whose address this makes of what is carried then.
pub(crate) fn nation_links(carried: &Carried, address: impl Fn(&Carried) -> String) -> Vec<NationLink> {
    let link = |nation| NationLink {
        href: address(&carried.in_words_of(nation)),
        label: nation_label(nation),
        is_here: carried.nation() == nation,
    };
    NATIONS.map(link).into()
}
