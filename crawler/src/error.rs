//! What ends a run? One bad record never does: that is a [`Problem`], handed over like any other outcome.

use std::fmt;

use schemas::Problem;

use crate::fetch::FetchError;
use crate::intake::IntakeError;

/// Why a run could not go on. What was handed over before stays where it is.
#[derive(Debug, thiserror::Error)]
pub enum HarvestError {
    /// The first document of the source could not be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// A file of the source could not be read.
    #[error("file `{name}`: {reason}")]
    File {
        /// The name as the source gives it.
        name: String,
        /// What is wrong and what was expected.
        reason: String,
    },
    /// What came is not what the kind of the source reads.
    #[error("{place}: {reason}")]
    Unreadable {
        /// The address, or `file:NAME`.
        place: String,
        /// What came and what was expected.
        reason: String,
    },
    /// The store could not take something.
    #[error(transparent)]
    Intake(#[from] IntakeError),
}

impl HarvestError {
    /// Something came that the kind does not read. Outside text in the reason is cut and put on one line.
    pub(crate) fn unreadable(place: impl fmt::Display, reason: impl fmt::Display) -> Self {
        let Problem { place, reason, .. } = Problem::rejected(place, None, reason);
        Self::Unreadable { place, reason }
    }

    /// The file of this name gives nothing. Outside text in the name is cut and put on one line.
    pub(crate) fn file(name: impl fmt::Display, reason: impl fmt::Display) -> Self {
        let Problem { place: name, reason, .. } = Problem::rejected(name, None, reason);
        Self::File { name, reason }
    }

    /// What everybody may be told: the states of runs are public, so it names what the source did, and nothing of the
    /// operating system, of the network's inner words, or of where a redirect tried to lead.
    pub fn told(&self) -> String {
        match self {
            Self::Fetch(FetchError::AddressRefused { reason, .. }) => format!("its address is refused: {reason}"),
            Self::Fetch(FetchError::InsecureRedirect { from, .. }) => {
                format!("{from} redirects to an address that gives up https")
            }
            Self::Fetch(FetchError::BadUrl { .. }) => "it redirects to what is no address".to_owned(),
            // `std::io::Error` ends like this when the words are those of the operating system.
            Self::File { name, reason } if reason.contains("(os error ") => format!("file `{name}`: it cannot be read"),
            Self::Fetch(_) | Self::File { .. } | Self::Unreadable { .. } | Self::Intake(_) => self.to_string(),
        }
    }

    /// The same without the place when it begins with it: for a [`Problem`] that names the place.
    pub(crate) fn told_at(&self, place: &str) -> String {
        let text = self.told();
        match text.strip_prefix(place) {
            Some(rest) if rest.starts_with([' ', ':']) => rest.trim_start_matches([' ', ':']).to_owned(),
            Some(_) | None => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_told_without_its_inner_causes_and_on_one_line() {
        let inner = std::io::Error::other("disk full");
        assert_eq!(HarvestError::from(IntakeError(Box::new(inner))).told(), "the store refused");
        let forged = HarvestError::unreadable("https://example.org/\n", "HTML\r\nERROR all is lost");
        assert_eq!(forged.told(), "https://example.org/ : HTML  ERROR all is lost");
    }

    #[test]
    fn a_place_is_not_told_twice() {
        let error = HarvestError::unreadable("https://example.org/a", "HTML, expected JSON");
        assert_eq!(error.told_at("https://example.org/a"), "HTML, expected JSON");
        assert_eq!(error.told_at("https://example.org/"), "https://example.org/a: HTML, expected JSON");
    }
}
