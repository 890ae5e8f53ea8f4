//! The errors of the protocol. They are answers like others: HTTP says 200. Source: OAI-PMH 2.0, 3.6.

/// The errors that we can have to tell. We have sets, and every record in every format, so two codes never come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ErrorCode {
    /// There is no verb, more than one, or none of the six.
    BadVerb,
    /// An argument is missing, unknown, repeated or cannot be read.
    BadArgument,
    /// The token is none of ours.
    BadResumptionToken,
    /// No record is given in that format.
    CannotDisseminateFormat,
    /// There has never been such a record.
    IdDoesNotExist,
    /// Nothing is in that range and set.
    NoRecordsMatch,
}

impl ErrorCode {
    /// The name in an answer.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::BadVerb => "badVerb",
            Self::BadArgument => "badArgument",
            Self::BadResumptionToken => "badResumptionToken",
            Self::CannotDisseminateFormat => "cannotDisseminateFormat",
            Self::IdDoesNotExist => "idDoesNotExist",
            Self::NoRecordsMatch => "noRecordsMatch",
        }
    }

    /// Whether the arguments can be said again in the answer. After these two the protocol forbids it.
    pub(super) fn allows_echo(self) -> bool {
        match self {
            Self::BadVerb | Self::BadArgument => false,
            Self::BadResumptionToken | Self::CannotDisseminateFormat | Self::IdDoesNotExist | Self::NoRecordsMatch => {
                true
            }
        }
    }
}

/// One thing that is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OaiError {
    /// Which of the protocol's errors.
    pub(super) code: ErrorCode,
    /// What is wrong and what is allowed, for people.
    pub(super) message: String,
}

impl OaiError {
    pub(super) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}
