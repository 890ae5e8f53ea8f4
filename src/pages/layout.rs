//! What every page has round its own part: title, style sheet, navigation.

use super::assets;

/// What every page has round its own part.
#[derive(Debug)]
pub(crate) struct Layout {
    /// What stands in the browser's tab.
    pub(crate) title: String,
    /// The address of the style sheet, with its version.
    pub(crate) stylesheet: &'static str,
    /// The address of the logo, with its version.
    pub(crate) logo: &'static str,
    /// The links at the top of every page.
    pub(crate) navigation: Vec<NavigationLink>,
    /// The links at the foot of every page.
    pub(crate) footer: Vec<NavigationLink>,
}

/// One link of the navigation.
#[derive(Debug)]
pub(crate) struct NavigationLink {
    /// Where it leads.
    pub(crate) href: &'static str,
    /// What it says.
    pub(crate) label: &'static str,
    /// Whether it leads to the page it stands on.
    pub(crate) is_here: bool,
}

const NAVIGATION: [(&str, &str); 3] = [("/", "Search"), ("/sources", "Catalogues"), ("/about", "About")];
const FOOTER: [(&str, &str); 5] = [
    ("/about", "About Signpost"),
    ("/sources", "Catalogues"),
    ("/privacy", "Privacy"),
    ("/accessibility", "Accessibility"),
    ("/docs", "For developers: the open API"),
];

impl Layout {
    /// The layout of the page at `here`, whose own title is `title`.
    pub(crate) fn new(title: &str, here: &str) -> Self {
        Self::titled(format!("{title} – Signpost"), here)
    }

    /// The layout of the front page, which bears the name of the whole.
    pub(crate) fn front() -> Self {
        Self::titled("Signpost: STEM careers resources for UK schools".to_owned(), "/")
    }

    fn titled(title: String, here: &str) -> Self {
        let links = |list: &[(&'static str, &'static str)]| {
            list.iter().map(|&(href, label)| NavigationLink { href, label, is_here: href == here }).collect()
        };
        Self {
            title,
            stylesheet: assets::stylesheet(),
            logo: assets::logo(),
            navigation: links(&NAVIGATION),
            footer: links(&FOOTER),
        }
    }
}
