//! What every page has round its own part: title, style sheet, navigation.

use super::assets;
use super::carried::Carried;
use super::wording::{say, word};

/// What every page has round its own part.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    /// What stands in the browser's tab.
    pub(crate) title: String,
    /// What the page is about, for those who list it.
    pub(crate) description: Option<String>,
    /// The address of the style sheet, with its version.
    pub(crate) stylesheet: &'static str,
    /// The address of the icon, with its version.
    pub(crate) icon: &'static str,
    /// The addresses of the scripts, with their versions.
    pub(crate) scripts: Vec<&'static str>,
    /// Where the wordmark leads.
    pub(crate) home: String,
    /// The visitor's shortlist, when there is something on it.
    pub(crate) shortlist: Option<NavigationLink>,
    /// What the visitor carries.
    pub(crate) carried: Carried,
    /// The links at the top of every page.
    pub(crate) navigation: Vec<NavigationLink>,
    /// The links at the foot of every page.
    pub(crate) footer: Vec<NavigationLink>,
    here: String,
}

/// One link of the navigation.
#[derive(Debug, Clone)]
pub(crate) struct NavigationLink {
    /// Where it leads.
    pub(crate) href: String,
    /// What it says.
    pub(crate) label: String,
    /// Whether it leads to the page it stands on.
    pub(crate) is_here: bool,
}

/// Where the links at the top lead, and the names of what they say.
const NAVIGATION: [(&str, &str); 5] = [
    ("/", "frame.search"),
    ("/students", "frame.students"),
    ("/planner", "frame.planner"),
    ("/coverage", "frame.coverage"),
    ("/sources", "frame.sources"),
];
const FOOTER: [(&str, &str); 9] = [
    ("/about", "frame.about"),
    ("/sources", "frame.sources"),
    ("/partners", "frame.partners"),
    ("/docs", "frame.docs"),
    ("/privacy", "frame.privacy"),
    ("/accessibility", "frame.accessibility"),
    ("/contact", "frame.contact"),
    ("/contact#owners", "frame.owners"),
    ("/design", "frame.design"),
];

impl Layout {
    /// The layout of the page at the path `here`, whose own title is `title`.
    pub(crate) fn new(title: &str, here: &str) -> Self {
        Self::titled(say("frame.title", &[("page", &title)]), here)
    }

    /// The layout of the start page, which bears the name of the whole.
    pub(crate) fn start() -> Self {
        Self::titled(word("frame.start-title").to_owned(), "/").described(word("frame.start-description"))
    }

    /// The same, with a sentence on what the page is about, for those who list it.
    pub(crate) fn described(self, description: &str) -> Self {
        Self { description: Some(description.to_owned()), ..self }
    }

    /// The same with scripts, each by its file name.
    pub(crate) fn scripted(self, names: &[&str]) -> Self {
        Self { scripts: names.iter().map(|name| assets::script(name)).collect(), ..self }
    }

    /// The same, every link of it taking along what the visitor carries.
    pub(crate) fn carrying(self, carried: &Carried) -> Self {
        let here = self.here.as_str();
        Self {
            home: carried.address("/"),
            carried: carried.clone(),
            shortlist: shortlist(carried, here),
            navigation: links(&NAVIGATION, here, carried),
            footer: links(&FOOTER, here, carried),
            ..self
        }
    }

    fn titled(title: String, here: &str) -> Self {
        let nothing = Carried::default();
        Self {
            title,
            description: None,
            stylesheet: assets::stylesheet(),
            icon: assets::icon(),
            scripts: Vec::new(),
            home: "/".to_owned(),
            carried: Carried::default(),
            shortlist: None,
            navigation: links(&NAVIGATION, here, &nothing),
            footer: links(&FOOTER, here, &nothing),
            here: here.to_owned(),
        }
    }
}

/// The address of what the pages of the console add to the style sheet, with its version.
pub(crate) fn console_stylesheet() -> &'static str {
    assets::script(assets::CONSOLE_STYLESHEET)
}

fn shortlist(carried: &Carried, here: &str) -> Option<NavigationLink> {
    if carried.list.is_empty() {
        return None;
    }
    let label = say("frame.shortlist", &[("n", &carried.list.len())]);
    Some(NavigationLink { href: carried.shortlist_address(), label, is_here: here == "/list" })
}

fn links(list: &[(&str, &str)], here: &str, carried: &Carried) -> Vec<NavigationLink> {
    let link = |(path, name): &(&str, &str)| NavigationLink {
        href: carried.address(path),
        label: word(name).to_owned(),
        is_here: *path == here,
    };
    list.iter().map(link).collect()
}
