//! The pages of the documentation: where each stands and what it is called.

/// One page of the documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chapter {
    Home,
    Search,
    Widget,
    Copy,
    Feeds,
    Oai,
    Keys,
    Reports,
    Errors,
    Stability,
}

/// All pages, in the order in which a newcomer needs them.
pub(super) const CHAPTERS: [Chapter; 10] = [
    Chapter::Home,
    Chapter::Search,
    Chapter::Widget,
    Chapter::Copy,
    Chapter::Feeds,
    Chapter::Oai,
    Chapter::Keys,
    Chapter::Reports,
    Chapter::Errors,
    Chapter::Stability,
];

impl Chapter {
    /// The path of the page.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Home => super::HOME,
            Self::Search => "/docs/search",
            Self::Widget => "/docs/widget",
            Self::Copy => "/docs/copy",
            Self::Feeds => "/docs/feeds",
            Self::Oai => "/docs/oai",
            Self::Keys => "/docs/keys",
            Self::Reports => "/docs/reports",
            Self::Errors => "/docs/errors",
            Self::Stability => "/docs/stability",
        }
    }

    /// What the table of contents calls it.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Home => "In five minutes",
            Self::Search => "Searching",
            Self::Widget => "The widget",
            Self::Copy => "A copy of your own",
            Self::Feeds => "Feeds and files",
            Self::Oai => "OAI-PMH",
            Self::Keys => "Keys, limits and views",
            Self::Reports => "Reporting a fault",
            Self::Errors => "Errors",
            Self::Stability => "What may change",
        }
    }

    /// What stands in the browser's tab.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Home => "The open API",
            Self::Search => "Searching: the open API",
            Self::Widget => "The widget: the open API",
            Self::Copy => "A copy of your own: the open API",
            Self::Feeds => "Feeds and files: the open API",
            Self::Oai => "OAI-PMH: the open API",
            Self::Keys => "Keys, limits and views: the open API",
            Self::Reports => "Reporting a fault: the open API",
            Self::Errors => "Errors: the open API",
            Self::Stability => "What may change: the open API",
        }
    }
}
