//! How commands print, and what the log says.

use schemas::{TomlReader, TomlTable};

/// `[output]`. Each is laid over by the option of the same name; what is not given here has the option's default.
#[derive(Debug, Clone, Default)]
pub struct OutputConfig {
    /// `text` or `json`: how results are printed.
    pub format: Option<String>,
    /// `text` or `json`: how log lines are written.
    pub log_format: Option<String>,
    /// Which log lines are written.
    pub log: Option<String>,
}

impl OutputConfig {
    pub(super) fn read<'t>(reader: &mut TomlReader<'t>, top: &mut TomlTable<'t>, mistakes: &mut Vec<String>) -> Self {
        let mut table = reader.table(top, "output");
        let output = Self {
            format: reader.text(&mut table, "format"),
            log_format: reader.text(&mut table, "log_format"),
            log: reader.text(&mut table, "log"),
        };
        for (key, value) in [("format", &output.format), ("log_format", &output.log_format)] {
            if let Some(value) = value.as_deref().filter(|value| !matches!(*value, "text" | "json")) {
                mistakes.push(format!("{}: `{value}`; allowed: text, json", reader.place(&table, key)));
            }
        }
        reader.close(&table);
        output
    }
}
