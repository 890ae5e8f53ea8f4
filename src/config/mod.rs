//! Configuration: command line over environment over file over default, every mistake told at once.
//!
//! One file a section; a field carries its unit, its default and the reason for it.

mod backup;
mod catalogue;
mod harvest;
mod index;
mod keys;
mod limits;
mod metrics;
mod notify;
mod output;
mod secret;
mod server;
mod server_limits;

use std::path::{Path, PathBuf};

use schemas::TomlReader;

pub use backup::BackupConfig;
pub use catalogue::{CatalogueConfig, STORE_FILE};
pub use harvest::HarvestConfig;
pub use index::IndexConfig;
pub use keys::Key;
pub(crate) use keys::seconds;
pub use limits::LimitsConfig;
pub use metrics::MetricsAccess;
pub use notify::{CallConfig, MailConfig, NotifyConfig};
pub use output::OutputConfig;
pub use secret::Secret;
pub(crate) use server::is_repository_identifier;
pub use server::{NodeRole, ServerConfig};
pub use server_limits::ServerLimits;

/// Everything that can be set.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// How it is served.
    pub server: ServerConfig,
    /// Where it is kept, and from which source files.
    pub catalogue: CatalogueConfig,
    /// How catalogues are asked.
    pub harvest: HarvestConfig,
    /// Where backups are put without anybody asking, and when.
    pub backup: BackupConfig,
    /// How the index is looked after.
    pub index: IndexConfig,
    /// How much one caller may ask.
    pub limits: LimitsConfig,
    /// Whom to tell when something needs an admin.
    pub notify: NotifyConfig,
    /// How commands print, and what the log says.
    pub output: OutputConfig,
}

/// What the command line and the environment say; what they leave out comes from the file, then from the defaults.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--node-role`
    pub role: Option<String>,
    /// `--listen`
    pub listen: Option<String>,
    /// `--public-url`
    pub public_url: Option<String>,
    /// `--search-cache-bytes`
    pub search_cache_bytes: Option<u64>,
    /// `--database-url`
    pub database_url: Option<String>,
    /// `--data-dir`
    pub data_dir: Option<PathBuf>,
    /// `--sources`
    pub sources: Vec<PathBuf>,
    /// `--source-data`
    pub source_data: Option<PathBuf>,
    /// `--contact-url`
    pub contact_url: Option<String>,
    /// `--rate-limit`
    pub rate_limit: Option<String>,
    /// `--trusted-proxies`
    pub trusted_proxies: Vec<String>,
}

/// The configuration cannot be used; each line is one mistake.
#[derive(Debug, thiserror::Error)]
#[error("the configuration cannot be used:\n{}", .0.iter().map(|mistake| format!("  {mistake}")).collect::<Vec<_>>().join("\n"))]
pub struct ConfigError(pub Vec<String>);

impl Config {
    /// Reads the file, lays the command line over it and checks everything.
    ///
    /// # Errors
    /// All mistakes at once: those of the file with line, key and what is allowed.
    pub fn load(file: Option<&Path>, overrides: &Overrides) -> Result<Self, ConfigError> {
        let text = match file {
            None => String::new(),
            Some(path) => std::fs::read_to_string(path)
                .map_err(|error| ConfigError(vec![format!("{}: {error}", path.display())]))?,
        };
        let name = file.map_or_else(|| "defaults".to_owned(), |path| path.display().to_string());
        let (mut reader, mut top) = TomlReader::open(&name, &text);
        let mut mistakes = Vec::new();
        let config = Self {
            server: ServerConfig::read(&mut reader, &mut top, overrides, &mut mistakes),
            catalogue: CatalogueConfig::read(&mut reader, &mut top, overrides, &mut mistakes),
            harvest: HarvestConfig::read(&mut reader, &mut top, overrides, &mut mistakes),
            backup: BackupConfig::read(&mut reader, &mut top, &mut mistakes),
            index: IndexConfig::read(&mut reader, &mut top, &mut mistakes),
            limits: LimitsConfig::read(&mut reader, &mut top, overrides, &mut mistakes),
            notify: NotifyConfig::read(&mut reader, &mut top, &mut mistakes),
            output: OutputConfig::read(&mut reader, &mut top, &mut mistakes),
        };
        reader.close(&top);
        mistakes.splice(0..0, reader.finish().iter().map(ToString::to_string));
        if mistakes.is_empty() { Ok(config) } else { Err(ConfigError(mistakes)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str, overrides: &Overrides) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("signpost.toml");
        std::fs::write(&path, text).expect("a file");
        Config::load(Some(&path), overrides)
    }

    #[test]
    fn the_command_line_wins_over_the_file_and_the_file_over_the_defaults() {
        let file = "[server]\nlisten = \"127.0.0.1:9000\"\n[catalogue]\ndata_dir = \"/tmp/a\"\n";
        let config = load(file, &Overrides { listen: Some("127.0.0.1:9001".into()), ..Overrides::default() }).unwrap();
        assert_eq!(config.server.listen.port(), 9001);
        assert_eq!(config.catalogue.data_dir, Path::new("/tmp/a"));
        assert_eq!(load(file, &Overrides::default()).unwrap().server.listen.port(), 9000);
        assert_eq!(Config::default().server.listen.port(), 8080);
    }

    #[test]
    fn all_mistakes_are_told_at_once_with_line_key_and_what_is_allowed() {
        let file = "[server]\nlisten = \"here\"\nlissten = \"x\"\n[catalogue]\ndata_dir = 3\n[harvset]\n";
        let told = load(file, &Overrides::default()).unwrap_err().to_string();
        for expected in [
            "signpost.toml:3: `server.lissten`: unknown key; did you mean `listen`?",
            "signpost.toml:5: `catalogue.data_dir`: an integer; expected a text in quotes",
            "`harvset`: unknown key; did you mean `harvest`?",
            "signpost.toml:2: `server.listen`: `here`",
        ] {
            assert!(told.contains(expected), "{expected}\nnot in\n{told}");
        }
    }
}
