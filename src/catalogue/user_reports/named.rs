//! What a report may be about, and what may become of it: the names in the store, in requests and in answers.

/// What is the matter with a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportKind {
    /// Its link leads nowhere.
    DeadLink,
    /// Something that we say of it is wrong.
    WrongDetail,
    /// It is nothing for those whom we say it is for.
    NotSuitable,
    /// It is listed twice.
    Duplicate,
    /// Something else.
    Other,
}

impl ReportKind {
    /// All of them, in the order in which a form offers them.
    pub const ALL: [Self; 5] = [Self::DeadLink, Self::WrongDetail, Self::NotSuitable, Self::Duplicate, Self::Other];

    /// The name in the store, in requests and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::DeadLink => "dead-link",
            Self::WrongDetail => "wrong-detail",
            Self::NotSuitable => "not-suitable",
            Self::Duplicate => "duplicate",
            Self::Other => "other",
        }
    }

    /// The kind of this name, if there is one.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What became of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportState {
    /// It waits for an answer.
    Open,
    /// It is right, and something will be done.
    Accepted,
    /// Nothing will be done.
    Declined,
    /// Something was done.
    Fixed,
}

impl ReportState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Open, Self::Accepted, Self::Declined, Self::Fixed];
    /// Those that are answers.
    pub const ANSWERS: [Self; 3] = [Self::Accepted, Self::Declined, Self::Fixed];

    /// The name in the store, in requests and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Fixed => "fixed",
        }
    }

    /// The state of this name, if there is one.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}
