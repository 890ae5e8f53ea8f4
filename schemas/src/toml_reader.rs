//! Reading a TOML file so that all its mistakes are told at once, each with its line and what is allowed.
//!
//! Used for source files and for the configuration. What a key means is the caller's; this knows only shapes.

use std::fmt;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One mistake in a TOML file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TomlMistake {
    /// The file, as the person who wrote it would name it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The key with its tables: `limits.delay_ms`. Empty when the file is no TOML at all.
    pub key: String,
    /// What is wrong and what is allowed.
    pub reason: String,
}

impl fmt::Display for TomlMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key.is_empty() {
            write!(f, "{}:{}: {}", self.file, self.line, self.reason)
        } else {
            write!(f, "{}:{}: `{}`: {}", self.file, self.line, self.key, self.reason)
        }
    }
}

/// A file being read, and what was found wrong so far.
pub struct TomlReader<'t> {
    file: String,
    text: &'t str,
    mistakes: Vec<TomlMistake>,
}

/// One table of the file; every key must be asked for, or it is a mistake.
pub struct TomlTable<'t> {
    table: Option<DeTable<'t>>,
    path: String,
    line: usize,
    asked: Vec<&'static str>,
}

/// A value where one of several shapes is allowed.
#[derive(Debug, Clone, PartialEq)]
pub enum TomlValue {
    /// A text.
    Text(String),
    /// A list of texts.
    Texts(Vec<String>),
}

impl<'t> TomlReader<'t> {
    /// Parses the text. A file that is no TOML gives an empty table and one mistake.
    pub fn open(file: &str, text: &'t str) -> (Self, TomlTable<'t>) {
        let mut reader = Self { file: file.to_owned(), text, mistakes: Vec::new() };
        let table = match DeTable::parse(text) {
            Ok(table) => Some(table.into_inner()),
            Err(error) => {
                let line = error.span().map_or(1, |span| reader.line_at(span.start));
                reader.mistake(line, "", format!("not TOML: {}", error.message()));
                None
            }
        };
        (reader, TomlTable { table, path: String::new(), line: 1, asked: Vec::new() })
    }

    /// Adds a mistake of the caller's own finding.
    pub fn mistake(&mut self, line: usize, key: &str, reason: impl Into<String>) {
        self.mistakes.push(TomlMistake { file: self.file.clone(), line, key: key.to_owned(), reason: reason.into() });
    }

    /// Where a key stands, as a mistake names it: the file, the line, the key with its tables.
    pub fn place(&self, table: &TomlTable<'_>, key: &str) -> String {
        format!("{}:{}: `{}`", self.file, table.line_of(self, key), table.key_path(key))
    }

    /// All mistakes, in the order of their lines. Of a file that is no TOML only that: nothing in it could be asked for.
    pub fn finish(mut self) -> Vec<TomlMistake> {
        if let Some(place) = self.mistakes.iter().position(|mistake| mistake.key.is_empty()) {
            return vec![self.mistakes.swap_remove(place)];
        }
        self.mistakes.sort_by_key(|mistake| mistake.line);
        self.mistakes
    }

    fn line_at(&self, byte: usize) -> usize {
        self.text.get(..byte).unwrap_or(self.text).matches('\n').count() + 1
    }

    fn wrong(&mut self, table: &TomlTable<'_>, key: &str, value: &Spanned<DeValue<'_>>, expected: &str) {
        let line = self.line_at(value.span().start);
        let found = value.get_ref().type_str();
        let article = if found.starts_with(['a', 'i']) { "an" } else { "a" };
        self.mistake(line, &table.key_path(key), format!("{article} {found}; expected {expected}"));
    }

    /// Closes a table: every key nobody asked for is a mistake that names the nearest known one.
    pub fn close(&mut self, table: &TomlTable<'t>) {
        for (key, _) in table.table.iter().flat_map(DeTable::iter) {
            let name = key.get_ref().as_ref();
            if table.asked.contains(&name) {
                continue;
            }
            let nearest = nearest(name, table.asked.iter().copied());
            let allowed = table.asked.join(", ");
            let reason = match nearest {
                Some(nearest) => format!("unknown key; did you mean `{nearest}`? allowed: {allowed}"),
                None => format!("unknown key; allowed: {allowed}"),
            };
            let line = self.line_at(key.span().start);
            self.mistake(line, &table.key_path(name), reason);
        }
    }

    /// A required text that is not blank.
    pub fn required_text(&mut self, table: &mut TomlTable<'t>, key: &'static str) -> String {
        match self.text(table, key) {
            Some(text) if !text.trim().is_empty() => text,
            Some(_) => {
                let line = table.line_of(self, key);
                self.mistake(line, &table.key_path(key), "empty; a text is needed");
                String::new()
            }
            None => {
                if !table.has(key) {
                    self.mistake(table.line, &table.key_path(key), "missing; a text is needed");
                }
                String::new()
            }
        }
    }

    /// A text.
    pub fn text(&mut self, table: &mut TomlTable<'t>, key: &'static str) -> Option<String> {
        let value = table.take(key)?;
        let text = value.get_ref().as_str().map(ToOwned::to_owned);
        if text.is_none() {
            self.wrong(table, key, &value, "a text in quotes");
        }
        text
    }

    /// `true` or `false`.
    pub fn flag(&mut self, table: &mut TomlTable<'t>, key: &'static str) -> Option<bool> {
        let value = table.take(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong(table, key, &value, "true or false");
        }
        flag
    }

    /// A whole number within a range.
    pub fn number(
        &mut self,
        table: &mut TomlTable<'t>,
        key: &'static str,
        allowed: std::ops::RangeInclusive<u64>,
    ) -> Option<u64> {
        let value = table.take(key)?;
        let number = value
            .get_ref()
            .as_integer()
            .and_then(|integer| u64::from_str_radix(&integer.as_str().replace('_', ""), integer.radix()).ok())
            .filter(|number| allowed.contains(number));
        if number.is_none() {
            self.wrong(table, key, &value, &format!("a whole number from {} to {}", allowed.start(), allowed.end()));
        }
        number
    }

    /// A share from 0 to 1.
    pub fn share(&mut self, table: &mut TomlTable<'t>, key: &'static str) -> Option<f64> {
        let value = table.take(key)?;
        let written = match value.get_ref() {
            DeValue::Float(float) => float.as_str().parse::<f64>().ok(),
            DeValue::Integer(integer) => integer.as_str().parse::<f64>().ok(),
            _ => None,
        };
        let share = written.filter(|share| (0.0..=1.0).contains(share));
        if share.is_none() {
            self.wrong(table, key, &value, "a share from 0 to 1");
        }
        share
    }

    /// A list of texts; one text counts as a list of one.
    pub fn texts(&mut self, table: &mut TomlTable<'t>, key: &'static str) -> Option<Vec<String>> {
        let value = table.take(key)?;
        let texts = text_or_texts(value.get_ref());
        if texts.is_none() {
            self.wrong(table, key, &value, "a text or a list of texts");
        }
        texts.map(|texts| match texts {
            TomlValue::Text(text) => vec![text],
            TomlValue::Texts(texts) => texts,
        })
    }

    /// A table below this one. A missing one is empty, so that its required keys are still told.
    pub fn table(&mut self, table: &mut TomlTable<'t>, key: &'static str) -> TomlTable<'t> {
        let line = table.line_of(self, key);
        let path = table.key_path(key);
        let inner = match table.take(key) {
            None => None,
            Some(value) => {
                if !value.get_ref().is_table() {
                    self.wrong(table, key, &value, "a table");
                }
                match value.into_inner() {
                    DeValue::Table(inner) => Some(inner),
                    _ => None,
                }
            }
        };
        TomlTable { table: inner, path, line, asked: Vec::new() }
    }
}

impl<'t> TomlTable<'t> {
    /// Whether the key stands in the file.
    pub fn has(&self, key: &str) -> bool {
        self.table.as_ref().is_some_and(|table| table.get(key).is_some())
    }

    /// The keys that stand in the file, in its order.
    pub fn keys(&self) -> Vec<String> {
        self.table.iter().flat_map(DeTable::iter).map(|(key, _)| key.get_ref().to_string()).collect()
    }

    /// Whether the value of a key is a table.
    pub fn is_table(&self, key: &str) -> bool {
        self.table.as_ref().and_then(|table| table.get(key)).is_some_and(|value| value.get_ref().is_table())
    }

    /// Texts by keys of the file's own choosing, such as a table of words; `None` where a value is neither text nor texts.
    pub fn entries(&self) -> Vec<(String, Option<TomlValue>)> {
        self.table
            .iter()
            .flat_map(DeTable::iter)
            .map(|(key, value)| (key.get_ref().to_string(), text_or_texts(value.get_ref())))
            .collect()
    }

    /// The line of a key, or that of the table when it does not stand in the file.
    pub fn line_of(&self, reader: &TomlReader<'_>, key: &str) -> usize {
        self.table
            .iter()
            .flat_map(DeTable::iter)
            .find(|(name, _)| name.get_ref() == key)
            .map_or(self.line, |(name, _)| reader.line_at(name.span().start))
    }

    /// The key with the tables above it.
    pub fn key_path(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn take(&mut self, key: &'static str) -> Option<Spanned<DeValue<'t>>> {
        if !self.asked.contains(&key) {
            self.asked.push(key);
        }
        self.table.as_ref()?.get(key).cloned()
    }
}

fn text_or_texts(value: &DeValue<'_>) -> Option<TomlValue> {
    match value {
        DeValue::String(text) => Some(TomlValue::Text(text.to_string())),
        DeValue::Array(array) => array
            .iter()
            .map(|item| item.get_ref().as_str().map(ToOwned::to_owned))
            .collect::<Option<Vec<String>>>()
            .map(TomlValue::Texts),
        _ => None,
    }
}

/// The known name that a mistyped one is most like, if one is near enough to be meant.
pub fn nearest<'a>(typed: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|name| (strsim::jaro_winkler(typed, name), name))
        .filter(|(likeness, _)| *likeness >= 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}
