//! Where backups are put without anybody asking, and when.

use std::path::PathBuf;

use jiff::Timestamp;
use schemas::{TomlReader, TomlTable};

use crate::schedule::Cron;

/// `[backup]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupConfig {
    /// The folder that backups are put into, best on another disk. None is taken by itself where none is named: a backup on
    /// the disk of the store would only look like one. Of several nodes those with a folder take them: it should be shared.
    pub folder: Option<PathBuf>,
    /// So many are kept there; of what is older the files are deleted, but only those whose names are ours.
    pub keep: u64,
    /// When one is taken: `daily`, `weekly`, or five cron fields in UTC.
    pub schedule: String,
}

/// Two weeks of nights: whoever is away for a fortnight still finds the store as it was before they left.
const DEFAULT_KEEP: u64 = 14;
/// Three years of nights. More is a matter for an archive.
const MOST_KEPT: u64 = 1_000;
/// Every night.
const DEFAULT_SCHEDULE: &str = "daily";
/// A quarter to one: before the night's harvests, which begin at one o'clock.
const DAILY: &str = "45 0 * * *";
/// The same on a Sunday.
const WEEKLY: &str = "45 0 * * 0";

impl Default for BackupConfig {
    fn default() -> Self {
        Self { folder: None, keep: DEFAULT_KEEP, schedule: DEFAULT_SCHEDULE.to_owned() }
    }
}

impl BackupConfig {
    pub(super) fn read<'t>(reader: &mut TomlReader<'t>, top: &mut TomlTable<'t>, mistakes: &mut Vec<String>) -> Self {
        let mut table = reader.table(top, "backup");
        let folder = reader.text(&mut table, "folder").map(PathBuf::from);
        let keep = reader.number(&mut table, "keep", 1..=MOST_KEPT).unwrap_or(DEFAULT_KEEP);
        let schedule = reader.text(&mut table, "schedule").unwrap_or_else(|| DEFAULT_SCHEDULE.to_owned());
        let place = reader.place(&table, "schedule");
        reader.close(&table);
        if let Err(reason) = moments(&schedule) {
            mistakes.push(format!("{place}: {reason}"));
        }
        Self { folder, keep, schedule }
    }

    /// When the first backup after this moment is due; `None` where none is taken by itself.
    pub fn due_after(&self, moment: Timestamp) -> Option<Timestamp> {
        self.folder.as_ref()?;
        // What cannot be read was refused at the start.
        moments(&self.schedule).ok()?.next_after(moment)
    }
}

fn moments(schedule: &str) -> Result<Cron, String> {
    match schedule {
        "daily" => Cron::parse(DAILY),
        "weekly" => Cron::parse(WEEKLY),
        fields if fields.contains(char::is_whitespace) => Cron::parse(fields),
        other => Err(format!("`{other}`: expected daily, weekly or five cron fields")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (BackupConfig, Vec<String>) {
        let (mut reader, mut top) = TomlReader::open("signpost.toml", text);
        let mut mistakes = Vec::new();
        let backup = BackupConfig::read(&mut reader, &mut top, &mut mistakes);
        mistakes.extend(reader.finish().iter().map(ToString::to_string));
        (backup, mistakes)
    }

    #[test]
    fn none_is_due_until_a_folder_is_named() {
        let moment = "2026-11-21T09:00:00Z".parse().expect("a time");
        assert_eq!(read(""), (BackupConfig::default(), Vec::new()));
        assert_eq!(read("").0.due_after(moment), None);
        for (schedule, expected) in [
            ("daily", "2026-11-22T00:45:00Z"),
            ("weekly", "2026-11-22T00:45:00Z"),
            ("0 12 * * *", "2026-11-21T12:00:00Z"),
        ] {
            let (backup, mistakes) = read(&format!("[backup]\nfolder = \"/b\"\nschedule = \"{schedule}\"\n"));
            assert!(mistakes.is_empty(), "{mistakes:?}");
            assert_eq!(backup.due_after(moment).map(|due| due.to_string()).as_deref(), Some(expected), "{schedule}");
        }
    }

    #[test]
    fn mistakes_are_told_with_what_is_allowed() {
        let told = read("[backup]\nschedule = \"nightly\"\nkeep = 0\nfoldr = \"/b\"\n").1.join("\n");
        for expected in [
            "signpost.toml:2: `backup.schedule`: `nightly`: expected daily, weekly or five cron fields",
            "signpost.toml:3: `backup.keep`",
            "`backup.foldr`: unknown key; did you mean `folder`?",
        ] {
            assert!(told.contains(expected), "{expected}\nnot in\n{told}");
        }
    }
}
