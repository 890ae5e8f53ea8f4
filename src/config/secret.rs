//! `Secret`: what opens something, and is never printed: not in logs, not in mistakes, not by `{:?}`.
//!
//! Each secret may stand in the configuration file, or in a file of its own, as containers and systemd hand them over.

use std::fmt;
use std::path::Path;

use schemas::{TomlReader, TomlTable};

/// A secret file is one line; more is another file.
const LONGEST_FILE_BYTES: u64 = 8 << 10;

/// A text that does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A secret of this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Reads a secret from its key, or from the file that the other key names; with the place it was given at, for mistakes.
pub(super) fn read_secret<'t>(
    reader: &mut TomlReader<'t>,
    table: &mut TomlTable<'t>,
    [key, file_key]: [&'static str; 2],
    mistakes: &mut Vec<String>,
) -> Option<(Secret, String)> {
    let written = reader.text(table, key);
    let file = reader.text(table, file_key);
    let (place, file_place) = (reader.place(table, key), reader.place(table, file_key));
    match (written, file) {
        (None, None) => None,
        (Some(written), None) => Some((Secret::new(written), place)),
        (Some(_), Some(_)) => {
            mistakes.push(format!("{file_place}: `{key}` is given too; expected one of the two"));
            None
        }
        (None, Some(file)) => match read_file(Path::new(&file)) {
            Ok(secret) => Some((secret, file_place)),
            Err(reason) => {
                mistakes.push(format!("{file_place}: {file}: {reason}"));
                None
            }
        },
    }
}

/// The one line of a file.
pub(super) fn read_file(path: &Path) -> Result<Secret, String> {
    let facts = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !facts.is_file() || facts.len() > LONGEST_FILE_BYTES {
        return Err(format!("expected a file of one line, of {LONGEST_FILE_BYTES} bytes at most"));
    }
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let line = text.trim();
    if line.is_empty() || line.contains('\n') {
        return Err("expected a file of one line".to_owned());
    }
    Ok(Secret::new(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Option<Secret>, Vec<String>) {
        let (mut reader, mut top) = TomlReader::open("signpost.toml", text);
        let mut mistakes = Vec::new();
        let mut table = reader.table(&mut top, "notify");
        let found = read_secret(&mut reader, &mut table, ["smtp_url", "smtp_url_file"], &mut mistakes);
        (found.map(|(secret, _)| secret), mistakes)
    }

    #[test]
    fn a_secret_comes_from_the_file_it_is_named_in_and_is_never_printed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("smtp");
        std::fs::write(&path, "smtps://a:b@example.org\n").expect("a file");
        let (secret, mistakes) = read(&format!("[notify]\nsmtp_url_file = \"{}\"\n", path.display()));
        assert_eq!((secret.as_ref().map(Secret::expose), mistakes.len()), (Some("smtps://a:b@example.org"), 0));
        assert_eq!(format!("{secret:?}"), "Some(Secret)");

        std::fs::write(&path, "two\nlines\n").expect("a file");
        let (secret, mistakes) = read(&format!("[notify]\nsmtp_url_file = \"{}\"\n", path.display()));
        assert!(secret.is_none() && mistakes[0].ends_with("expected a file of one line"), "{mistakes:?}");
        assert!(!mistakes[0].contains("two"), "{mistakes:?}");
    }

    #[test]
    fn a_secret_that_is_given_twice_is_a_mistake() {
        let (secret, mistakes) = read("[notify]\nsmtp_url = \"a\"\nsmtp_url_file = \"b\"\n");
        assert!(secret.is_none());
        assert_eq!(
            mistakes,
            ["signpost.toml:3: `notify.smtp_url_file`: `smtp_url` is given too; expected one of the two"]
        );
    }
}
