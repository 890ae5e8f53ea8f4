//! How catalogues are asked.

use schemas::{TomlReader, TomlTable, parse_address};

use super::Overrides;

/// `[harvest]`
#[derive(Debug, Clone, Default)]
pub struct HarvestConfig {
    /// A page that says who harvests and whom to write to; it stands in the user agent of every request.
    /// The service's own public address when not given.
    pub contact_url: Option<String>,
}

impl HarvestConfig {
    pub(super) fn read<'t>(
        reader: &mut TomlReader<'t>,
        top: &mut TomlTable<'t>,
        overrides: &Overrides,
        mistakes: &mut Vec<String>,
    ) -> Self {
        let mut table = reader.table(top, "harvest");
        let contact_url = overrides.contact_url.clone().or(reader.text(&mut table, "contact_url"));
        let place = match &overrides.contact_url {
            Some(_) => "--contact-url".to_owned(),
            None => reader.place(&table, "contact_url"),
        };
        reader.close(&table);
        match contact_url.as_deref().map(parse_address) {
            Some(Err(reason)) => mistakes.push(format!("{place}: {reason}")),
            // It is told to every site that is asked.
            Some(Ok(url)) if !url.username().is_empty() || url.password().is_some() || url.query().is_some() => {
                mistakes.push(format!(
                    "{place}: expected an address without a name, a password and a `?`: all may read it"
                ));
            }
            Some(Ok(_)) | None => {}
        }
        Self { contact_url }
    }
}
