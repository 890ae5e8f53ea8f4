//! Reading a source file: every key to its value, and every mistake with its line and what is allowed.

use std::collections::BTreeMap;

use super::{
    FeedOptions, FieldMapping, JsonOptions, JsonPaging, JsonPreset, ListingOptions, ListingPaging, Location,
    MarcOptions, MissingRule, OaiPmhOptions, PagePart, SitemapOptions, Source, SourceKind, SourceLimits, TableOptions,
    TargetField, Trust,
};
use crate::id::{ConceptId, SourceId};
use crate::metadata::ControlledField;
use crate::toml_reader::{TomlReader, TomlTable, TomlValue, nearest};
use crate::url::parse_address;
use crate::vocabulary::Vocabularies;

pub(super) fn read_source<'t>(reader: &mut TomlReader<'t>, top: &mut TomlTable<'t>, text: &str) -> Option<Source> {
    let id_text = reader.required_text(top, "id");
    let id = SourceId::parse(&id_text);
    if let (Err(error), false) = (&id, id_text.is_empty()) {
        reader.mistake(top.line_of(reader, "id"), "id", error.to_string());
    }
    let name = reader.required_text(top, "name");
    let organisation = reader.required_text(top, "organisation");
    let homepage = reader.text(top, "homepage").unwrap_or_default();
    if let (Err(reason), false) = (parse_address(&homepage), homepage.is_empty()) {
        reader.mistake(top.line_of(reader, "homepage"), "homepage", reason);
    }
    let licence = match reader.text(top, "licence").as_deref() {
        None | Some("not-stated") => None,
        Some(_) => concept(reader, top, "licence", ControlledField::Licence, ""),
    };
    let nation = concept(reader, top, "nation", ControlledField::Nation, "uk");
    let enabled = reader.flag(top, "enabled").unwrap_or(true);
    let schedule = reader.text(top, "schedule").unwrap_or_else(|| "manual".to_owned());
    check_schedule(reader, top, &schedule);
    let kind_name = reader.required_text(top, "kind");
    let mut place = reader.table(top, "where");
    let location = read_location(reader, &mut place);
    let kind = read_kind(reader, top, &kind_name, &mut place);
    if kind.is_some() {
        reader.close(&place);
    }
    if location == Some(Location::Pushed) && !matches!(kind, None | Some(SourceKind::Json(_))) {
        let reason = "only the json kind can be pushed: its records are sent as NDJSON";
        reader.mistake(top.line_of(reader, "kind"), "kind", reason);
    }
    let mapping = read_mapping(reader, top);
    let defaults = read_defaults(reader, top);
    let limits = read_limits(reader, top);
    let missing = read_missing(reader, top);
    let mut access = reader.table(top, "access");
    let allow_private = reader.flag(&mut access, "allow_private").unwrap_or(false);
    reader.close(&access);
    Some(Source {
        id: id.ok()?,
        name,
        organisation,
        homepage,
        licence,
        nation: nation?,
        enabled,
        schedule,
        kind: kind?,
        location: location?,
        mapping,
        accepted_words: BTreeMap::new(),
        defaults,
        limits,
        missing,
        allow_private,
        fingerprint: blake3::hash(text.as_bytes()).to_hex()[..16].to_owned(),
    })
}

fn concept<'t>(
    reader: &mut TomlReader<'t>,
    top: &mut TomlTable<'t>,
    key: &'static str,
    field: ControlledField,
    default: &str,
) -> Option<ConceptId> {
    let text = reader.text(top, key).unwrap_or_else(|| default.to_owned());
    let list = Vocabularies::shipped().of(field);
    if list.get(&text).is_some() {
        return ConceptId::parse(&text).ok();
    }
    let allowed: Vec<&str> = list.concepts.iter().map(|concept| concept.id.as_str()).collect();
    let reason = format!("`{text}` is not in the {} vocabulary; allowed: {}", list.name, allowed.join(", "));
    reader.mistake(top.line_of(reader, key), key, reason);
    None
}

fn check_schedule(reader: &mut TomlReader<'_>, top: &TomlTable<'_>, schedule: &str) {
    let named = ["manual", "hourly", "daily", "weekly", "monthly"].contains(&schedule);
    let cron =
        schedule.split_whitespace().count() == 5 && schedule.chars().all(|c| c.is_ascii_digit() || " *,-/".contains(c));
    if !named && !cron {
        let reason = format!("`{schedule}`: expected manual, hourly, daily, weekly, monthly or five cron fields");
        reader.mistake(top.line_of(reader, "schedule"), "schedule", reason);
    }
}

fn read_location<'t>(reader: &mut TomlReader<'t>, place: &mut TomlTable<'t>) -> Option<Location> {
    let url = reader.text(place, "url");
    let file = reader.text(place, "file");
    let is_pushed = reader.flag(place, "push").unwrap_or(false);
    match (url, file) {
        (None, None) if is_pushed => Some(Location::Pushed),
        (Some(_), _) | (_, Some(_)) if is_pushed => {
            reader.mistake(place.line_of(reader, "push"), "where", "`push` needs neither `url` nor `file`");
            None
        }
        (Some(url), None) => match parse_address(&url) {
            Ok(_) => Some(Location::Url(url)),
            Err(reason) => {
                reader.mistake(place.line_of(reader, "url"), "where.url", reason);
                None
            }
        },
        (None, Some(file)) => Some(Location::File(file)),
        (Some(_), Some(_)) => {
            reader.mistake(place.line_of(reader, "file"), "where", "both `url` and `file`; exactly one is needed");
            None
        }
        (None, None) => {
            reader.mistake(
                place.line_of(reader, "url"),
                "where",
                "neither `url` nor `file` nor `push = true`; exactly one is needed",
            );
            None
        }
    }
}

fn read_kind<'t>(
    reader: &mut TomlReader<'t>,
    top: &TomlTable<'t>,
    name: &str,
    place: &mut TomlTable<'t>,
) -> Option<SourceKind> {
    match name {
        "table" => Some(SourceKind::Table(read_table_options(reader, place))),
        "json" => Some(SourceKind::Json(JsonOptions {
            items: reader.text(place, "items"),
            paging: read_paging(reader, place),
            preset: one_of(reader, place, "preset", &JsonPreset::NAMED),
        })),
        "sitemap" => Some(SourceKind::Sitemap(SitemapOptions {
            include: reader.texts(place, "include").unwrap_or_default(),
            exclude: reader.texts(place, "exclude").unwrap_or_default(),
            trust: read_trust(reader, place),
        })),
        "listing" => Some(SourceKind::Listing(ListingOptions {
            items: reader.required_text(place, "items"),
            link: reader.text(place, "link"),
            paging: read_listing_paging(reader, place),
            include: reader.texts(place, "include").unwrap_or_default(),
            exclude: reader.texts(place, "exclude").unwrap_or_default(),
            trust: read_trust(reader, place),
        })),
        "feed" => Some(SourceKind::Feed(FeedOptions {
            page_parameter: reader.text(place, "page_parameter"),
            post_types: reader.texts(place, "post_types").unwrap_or_default(),
        })),
        "oai-pmh" => Some(SourceKind::OaiPmh(OaiPmhOptions {
            prefix: reader.text(place, "prefix").unwrap_or_else(|| "oai_dc".to_owned()),
            sets: reader.texts(place, "sets").unwrap_or_default(),
            full_days: reader.number(place, "full_days", 1..=3_650).unwrap_or(30),
        })),
        "marc" => Some(SourceKind::Marc(MarcOptions { charset: reader.text(place, "charset") })),
        "" => None,
        other => {
            let allowed = SourceKind::NAMES.join(", ");
            let reason = match nearest(other, SourceKind::NAMES.into_iter()) {
                Some(nearest) => format!("`{other}` is no kind; did you mean `{nearest}`? allowed: {allowed}"),
                None => format!("`{other}` is no kind; allowed: {allowed}"),
            };
            reader.mistake(top.line_of(reader, "kind"), "kind", reason);
            None
        }
    }
}

/// The value that goes by the name under a key; any other name is a mistake.
fn one_of<'t, T: Copy>(
    reader: &mut TomlReader<'t>,
    place: &mut TomlTable<'t>,
    key: &'static str,
    named: &[(T, &'static str)],
) -> Option<T> {
    let text = reader.text(place, key)?;
    let found = by_name(named, &text);
    if found.is_none() {
        reader.mistake(place.line_of(reader, key), &place.key_path(key), not_one_of(named, &text));
    }
    found
}

fn by_name<T: Copy>(named: &[(T, &'static str)], text: &str) -> Option<T> {
    named.iter().find(|(_, name)| *name == text).map(|(value, _)| *value)
}

fn not_one_of<T>(named: &[(T, &'static str)], text: &str) -> String {
    let names: Vec<&str> = named.iter().map(|(_, name)| *name).collect();
    format!("`{text}`; allowed: {}", names.join(", "))
}

fn read_trust<'t>(reader: &mut TomlReader<'t>, place: &mut TomlTable<'t>) -> Trust {
    let Some(texts) = reader.texts(place, "trust") else { return Trust::default() };
    let mut parts = Vec::new();
    for text in texts {
        match by_name(&PagePart::NAMED, &text) {
            Some(part) => parts.push(part),
            None => {
                let reason = not_one_of(&PagePart::NAMED, &text);
                reader.mistake(place.line_of(reader, "trust"), "where.trust", reason);
            }
        }
    }
    Trust(parts)
}

fn read_listing_paging<'t>(reader: &mut TomlReader<'t>, place: &mut TomlTable<'t>) -> ListingPaging {
    let next = reader.text(place, "next");
    let page_parameter = reader.text(place, "page_parameter");
    let first = reader.number(place, "first_page", 0..=1_000_000).unwrap_or(1);
    match (next, page_parameter) {
        (None, None) => ListingPaging::Single,
        (Some(selector), None) => ListingPaging::Next { selector },
        (None, Some(parameter)) => ListingPaging::Page { parameter, first },
        (Some(_), Some(_)) => {
            let reason = "exactly one way of paging is allowed: `next` or `page_parameter`";
            reader.mistake(place.line_of(reader, "next"), "where", reason);
            ListingPaging::Single
        }
    }
}

fn read_table_options<'t>(reader: &mut TomlReader<'t>, place: &mut TomlTable<'t>) -> TableOptions {
    let delimiter = reader.text(place, "delimiter").and_then(|text| {
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (Some(only), None) if only.is_ascii() => Some(only),
            _ => {
                let reason = "one ASCII character is needed, such as \";\"";
                reader.mistake(place.line_of(reader, "delimiter"), "where.delimiter", reason);
                None
            }
        }
    });
    TableOptions { delimiter, charset: reader.text(place, "charset"), sheet: reader.text(place, "sheet") }
}

fn read_paging<'t>(reader: &mut TomlReader<'t>, place: &mut TomlTable<'t>) -> JsonPaging {
    let page_parameter = reader.text(place, "page_parameter");
    let first = reader.number(place, "first_page", 0..=1_000_000).unwrap_or(1);
    let offset_parameter = reader.text(place, "offset_parameter");
    let next = reader.text(place, "next");
    let cursor = reader.text(place, "cursor");
    let cursor_parameter = reader.text(place, "cursor_parameter");
    let by_link_header = reader.flag(place, "link_header").unwrap_or(false);
    match (page_parameter, offset_parameter, next, cursor, cursor_parameter, by_link_header) {
        (None, None, None, None, None, false) => JsonPaging::Single,
        (Some(parameter), None, None, None, None, false) => JsonPaging::Page { parameter, first },
        (None, Some(parameter), None, None, None, false) => JsonPaging::Offset { parameter },
        (None, None, Some(pointer), None, None, false) => JsonPaging::Next { pointer },
        (None, None, None, Some(pointer), Some(parameter), false) => JsonPaging::Cursor { pointer, parameter },
        (None, None, None, None, None, true) => JsonPaging::Link,
        _ => {
            let reason = "exactly one way of paging is allowed: `page_parameter`, `offset_parameter`, `next`, \
                          `link_header`, or `cursor` with `cursor_parameter`";
            reader.mistake(place.line_of(reader, "page_parameter"), "where", reason);
            JsonPaging::Single
        }
    }
}

/// Keys of `[mapping]` and `[defaults]` are our fields; any other is a mistake that names the nearest.
fn check_targets(reader: &mut TomlReader<'_>, table: &TomlTable<'_>) {
    for key in table.keys() {
        if TargetField::all().any(|field| field.name() == key) {
            continue;
        }
        let line = table.line_of(reader, &key);
        let reason = match nearest(&key, TargetField::all().map(TargetField::name)) {
            Some(nearest) => format!("no field of ours; did you mean `{nearest}`?"),
            None => {
                let all: Vec<&str> = TargetField::all().map(TargetField::name).collect();
                format!("no field of ours; allowed: {}", all.join(", "))
            }
        };
        reader.mistake(line, &table.key_path(&key), reason);
    }
}

fn read_mapping<'t>(reader: &mut TomlReader<'t>, top: &mut TomlTable<'t>) -> BTreeMap<TargetField, FieldMapping> {
    let mut table = reader.table(top, "mapping");
    check_targets(reader, &table);
    let mut mapping = BTreeMap::new();
    for field in TargetField::all() {
        let key = field.name();
        if !table.has(key) {
            continue;
        }
        let rule = if table.is_table(key) {
            let line = table.line_of(reader, key);
            let mut inner = reader.table(&mut table, key);
            let rule = read_field_mapping(reader, &mut inner, field, line);
            reader.close(&inner);
            rule
        } else {
            FieldMapping { from: reader.texts(&mut table, key).unwrap_or_default(), ..FieldMapping::default() }
        };
        mapping.insert(field, rule);
    }
    mapping
}

fn read_field_mapping<'t>(
    reader: &mut TomlReader<'t>,
    inner: &mut TomlTable<'t>,
    field: TargetField,
    line: usize,
) -> FieldMapping {
    let from = reader.texts(inner, "from").unwrap_or_default();
    let template = reader.text(inner, "template");
    if from.is_empty() && template.is_none() {
        reader.mistake(line, &inner.key_path("from"), "`from`, `template` or both are needed");
    }
    let split = reader.text(inner, "split");
    let keep = reader.texts(inner, "keep").unwrap_or_default();
    let mut words = BTreeMap::new();
    // Its keys are the source's own words, so it is not closed: none of them can be unknown.
    let table = reader.table(inner, "words");
    for (word, value) in table.entries() {
        let ids = match value {
            Some(TomlValue::Text(id)) if id.is_empty() => Vec::new(),
            Some(TomlValue::Text(id)) => vec![id],
            Some(TomlValue::Texts(ids)) => ids,
            None => {
                let reason = "a concept id or a list of them is needed; \"\" says that the word means nothing";
                reader.mistake(table.line_of(reader, &word), &table.key_path(&word), reason);
                continue;
            }
        };
        check_concepts(reader, &table, field, &word, &ids);
        words.insert(word, ids);
    }
    FieldMapping { from, template, split, keep, words }
}

fn check_concepts(reader: &mut TomlReader<'_>, table: &TomlTable<'_>, field: TargetField, key: &str, ids: &[String]) {
    let TargetField::Concepts(controlled) = field else {
        return;
    };
    let list = Vocabularies::shipped().of(controlled);
    for id in ids.iter().filter(|id| list.get(id).is_none()) {
        let near = nearest(id, list.concepts.iter().map(|concept| concept.id.as_str()));
        let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        let reason = format!("`{id}` is not in the {} vocabulary{hint}", list.name);
        reader.mistake(table.line_of(reader, key), &table.key_path(key), reason);
    }
}

fn read_defaults<'t>(reader: &mut TomlReader<'t>, top: &mut TomlTable<'t>) -> BTreeMap<TargetField, Vec<String>> {
    let mut table = reader.table(top, "defaults");
    check_targets(reader, &table);
    let mut defaults = BTreeMap::new();
    for field in TargetField::all() {
        if let Some(values) = reader.texts(&mut table, field.name()) {
            check_concepts(reader, &table, field, field.name(), &values);
            defaults.insert(field, values);
        }
    }
    defaults
}

fn read_limits<'t>(reader: &mut TomlReader<'t>, top: &mut TomlTable<'t>) -> SourceLimits {
    let mut table = reader.table(top, "limits");
    let default = SourceLimits::default();
    let limits = SourceLimits {
        delay_ms: reader.number(&mut table, "delay_ms", 0..=60_000).unwrap_or(default.delay_ms),
        max_pages: reader.number(&mut table, "max_pages", 1..=1_000_000).unwrap_or(default.max_pages),
        max_records: reader.number(&mut table, "max_records", 1..=10_000_000).unwrap_or(default.max_records),
        max_bytes: reader.number(&mut table, "max_bytes", 1_024..=1 << 30),
        timeout_s: reader.number(&mut table, "timeout_s", 1..=3_600).unwrap_or(default.timeout_s),
        deadline_minutes: reader.number(&mut table, "deadline_minutes", 1..=10_080).unwrap_or(default.deadline_minutes),
        max_redirects: reader.number(&mut table, "max_redirects", 0..=10).unwrap_or(default.max_redirects),
        max_depth: reader.number(&mut table, "max_depth", 1..=5).unwrap_or(default.max_depth),
    };
    reader.close(&table);
    limits
}

fn read_missing<'t>(reader: &mut TomlReader<'t>, top: &mut TomlTable<'t>) -> MissingRule {
    let mut table = reader.table(top, "missing");
    let default = MissingRule::default();
    let missing = MissingRule {
        runs: reader.number(&mut table, "runs", 1..=1_000).unwrap_or(default.runs),
        days: reader.number(&mut table, "days", 0..=3_650).unwrap_or(default.days),
        hold_share: reader.share(&mut table, "hold_share").unwrap_or(default.hold_share),
        hold_floor: reader.number(&mut table, "hold_floor", 0..=1_000_000).unwrap_or(default.hold_floor),
    };
    reader.close(&table);
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"
id = "example-society"
name = "Careers in Example Science"
organisation = "Example Society"
homepage = "https://example.org/"
licence = "cc-by-4.0"
nation = "uk"
kind = "json"

[where]
url = "https://example.org/api"
items = "/items"

[mapping]
identifier = "/id"
title = "/title"
subjects = { from = "/tags", split = "|", words = { "Sums" = "mathematics", "Misc" = "" } }
url = { template = "https://example.org/{slug}" }

[defaults]
levels = ["ks3"]

[limits]
delay_ms = 500
"#;

    #[test]
    fn a_whole_file_is_read() {
        let source = Source::parse("example.toml", WHOLE).expect("it is right");
        assert_eq!(source.kind.name(), "json");
        assert_eq!(source.limits.delay_ms, 500);
        assert_eq!(source.missing, MissingRule::default());
        let subjects = &source.mapping[&TargetField::Concepts(ControlledField::Subject)];
        assert_eq!(subjects.words["Sums"], ["mathematics"]);
        assert!(subjects.words["Misc"].is_empty());
    }

    #[test]
    fn all_mistakes_are_told_at_once_with_their_lines() {
        let text = WHOLE
            .replace("organisation = \"Example Society\"\n", "")
            .replace("licence = \"cc-by-4.0\"", "licence = \"cc-by-5\"")
            .replace("items = ", "itmes = ")
            .replace("title = \"/title\"", "titel = \"/title\"")
            .replace("delay_ms = 500", "delay_ms = \"fast\"")
            .replace("\"ks3\"", "\"ks33\"");
        let mistakes: Vec<String> =
            Source::parse("example.toml", &text).expect_err("six mistakes").iter().map(ToString::to_string).collect();
        let told = mistakes.join("\n");
        for expected in [
            "`organisation`: missing",
            "`cc-by-5` is not in the licence vocabulary",
            "`where.itmes`: unknown key; did you mean `items`?",
            "`mapping.titel`: no field of ours; did you mean `title`?",
            "`limits.delay_ms`: a string; expected a whole number from 0 to 60000",
            "`ks33` is not in the level vocabulary",
        ] {
            assert!(told.contains(expected), "{expected}\nnot in\n{told}");
        }
        assert_eq!(mistakes.len(), 6, "{told}");
    }

    #[test]
    fn what_is_no_toml_is_told_with_its_line() {
        let mistakes = Source::parse("x.toml", "id = \"a\"\nname = = 3\n").expect_err("no TOML");
        assert_eq!((mistakes.len(), mistakes[0].line), (1, 2), "{mistakes:?}");
    }
}
