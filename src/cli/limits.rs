//! The limits that cannot be set here, with their reasons: promised to callers, owed to catalogues, or a source's own.
//!
//! What `signpost config` prints behind the keys. Each is taken from where it holds; tests hold the list against the
//! files in which the crawler and the index name theirs, and against what was promised.

use crawler::fetch::limits as fetching;
use crawler::limits as reading;
use index::Facet;
use index::limits as searching;
use schemas::SourceLimits;
use serde_json::{Value, json};

use crate::api::push;
use crate::config::{Key, seconds};
use crate::web::query;

/// Its name, its value, and its reason.
type Row = (&'static str, fn() -> Value, &'static str);

/// All of them: of calls, of requests to catalogues, of documents, of runs.
pub(super) fn fixed() -> Vec<Key> {
    let rows = [API, FETCH, READ, SOURCE].concat();
    let key = |(name, value, reason): Row| Key { name, value: value(), default: value(), reason };
    rows.into_iter().map(key).collect()
}

/// Of searches and other calls. What stands in the OpenAPI document is a promise.
const API: &[Row] = &[
    ("api.query_characters", || json!(query::MAX_QUERY_CHARACTERS), "long enough for any question a person types"),
    ("api.query_terms", || json!(searching::MAX_TERMS), "nobody types more; the rest is not looked at"),
    ("api.phrase_words", || json!(searching::MAX_PHRASE_WORDS), "the same; also of a word that is several (a-b-c)"),
    (
        "api.beginning_letters",
        || json!(searching::MIN_BEGINNING_LETTERS),
        "at least; a single letter begins everything",
    ),
    ("api.titles_looked_at", || json!(searching::MAX_TITLES_LOOKED_AT), "of those that begin as typed: a millisecond"),
    (
        "api.near_words",
        || json!(searching::MAX_NEAR_WORDS),
        "looked at for one misspelt; rarely more than a hundred are",
    ),
    ("api.other_words", || json!(searching::MAX_OTHER_WORDS), "searched beside those typed; each is one more list"),
    ("api.results_by_page", || json!(query::MAX_RESULTS), "as far as pages go; a cursor goes on"),
    ("api.per_page", || json!(query::MAX_PER_PAGE), "stands in the OpenAPI document"),
    (
        "api.parameters",
        || json!(query::MAX_PARAMETERS),
        "each value of a list counted: fifty of each facet, and others",
    ),
    ("api.values_of_a_filter", || json!(query::MAX_VALUES), "more is another search"),
    ("api.facets", || json!(Facet::ALL.len()), "each facet that there is, once"),
    ("api.values_of_a_facet", || json!(query::MAX_FACET_VALUES), "more is found by searching in the facet"),
    ("api.push_bytes", || json!(push::MAX_PUSH_BYTES), "records that a partner sends: as a page of a catalogue"),
];

/// Of every request to a catalogue.
const FETCH: &[Row] = &[
    ("fetch.connect_s", || seconds(fetching::CONNECT), "of a catalogue that is there"),
    ("fetch.first_byte_s", || seconds(fetching::FIRST_BYTE), "the slowest catalogue takes ten"),
    ("fetch.whole_s", || seconds(fetching::WHOLE), "of one answer; limits.timeout_s in its file"),
    ("fetch.bytes_in_10_s", || json!(fetching::MIN_RATE_BYTES_PER_10S), "slower is an attack or broken"),
    (
        "fetch.rate_window_s",
        || seconds(fetching::RATE_WINDOW),
        "the slowest rate is taken over it: a stall is forgiven",
    ),
    ("fetch.body_bytes", || json!(fetching::BODY_BYTES), "after decompression; limits.max_bytes in its file"),
    ("fetch.compression_layers", || json!(fetching::COMPRESSION_LAYERS), "a second one would unpack past the size"),
    ("fetch.redirects", || json!(fetching::REDIRECTS), "each checked as the first; limits.max_redirects in its file"),
    ("fetch.retries", || json!(fetching::RETRIES), "a server has seven seconds to recover"),
    ("fetch.back_off_s", || seconds(fetching::BACK_OFF), "before the first retry; it doubles with each"),
    ("fetch.connections_per_host", || json!(fetching::CONNECTIONS_PER_HOST), "no catalogue has two of us to answer"),
    ("fetch.delay_s", || seconds(fetching::DELAY), "one polite rate; limits.delay_ms in its file"),
    ("fetch.longest_delay_s", || seconds(fetching::LONGEST_DELAY), "a slip of the pen must not stop a harvest"),
    ("fetch.longest_crawl_delay_s", || seconds(fetching::LONGEST_CRAWL_DELAY), "what robots.txt may ask for"),
    ("fetch.longest_retry_after_s", || seconds(fetching::LONGEST_RETRY_AFTER), "longer postpones the source"),
    ("fetch.robots_age_s", || seconds(fetching::ROBOTS_AGE), "so long robots.txt is remembered: RFC 9309"),
    ("fetch.robots_unreachable_s", || seconds(fetching::ROBOTS_UNREACHABLE_AGE), "one bad minute must not cost a day"),
    ("fetch.robots_redirects", || json!(fetching::ROBOTS_REDIRECTS), "to a robots.txt; at least five: RFC 9309"),
    ("fetch.hosts", || json!(fetching::HOSTS), "remembered with their pace and rules; ten times what we expect"),
];

/// Of what one document holds.
const READ: &[Row] = &[
    ("read.table_bytes", || json!(reading::TABLE_BYTES), "tables, workbooks and MARC: whole catalogues in one file"),
    (
        "read.workbook_times",
        || json!(reading::UNPACKED_FACTOR),
        "a workbook unpacked, in sizes that it may have packed",
    ),
    ("read.sitemap_bytes", || json!(reading::SITEMAP_BYTES), "the protocol allows 50 MiB; unpacked too"),
    ("read.sitemap_addresses", || json!(reading::SITEMAP_ADDRESSES), "as the protocol allows"),
    ("read.xml_start_tag_bytes", || json!(reading::START_TAG_BYTES), "of catalogues and sitemaps; larger is an attack"),
    ("read.xml_attributes", || json!(reading::MAX_ATTRIBUTES), "of one start tag; more is an attack"),
    ("read.xml_depth", || json!(reading::XML_DEPTH), "deeper is a mistake or an attack"),
    ("read.json_depth", || json!(reading::JSON_DEPTH), "deeper is a mistake or an attack"),
    ("read.field_bytes", || json!(reading::FIELD_BYTES), "larger is a quote never closed, or a picture"),
];

/// Of one run of a source whose file says nothing else.
const SOURCE: &[Row] = &[
    ("source.pages", || json!(SourceLimits::default().max_pages), "endless lists end; limits.max_pages in its file"),
    ("source.records", || json!(SourceLimits::default().max_records), "the same; limits.max_records in its file"),
    (
        "source.run_minutes",
        || json!(SourceLimits::default().deadline_minutes),
        "all pages, one a second, with their answers; limits.deadline_minutes in its file",
    ),
    (
        "source.sitemap_depth",
        || json!(SourceLimits::default().max_depth),
        "sitemaps in sitemaps: one that lists itself ends; limits.max_depth in its file",
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::config::Config;

    /// What catalogues and callers were promised, for the sake of their time and of our memory.
    const PROMISED: [(&str, u64); 37] = [
        ("fetch.connect_s", 10),
        ("fetch.first_byte_s", 30),
        ("fetch.whole_s", 120),
        ("fetch.bytes_in_10_s", 10 << 10),
        ("fetch.rate_window_s", 10),
        ("fetch.redirects", 5),
        ("fetch.body_bytes", 32 << 20),
        ("fetch.compression_layers", 1),
        ("fetch.connections_per_host", 1),
        ("fetch.delay_s", 1),
        ("fetch.longest_crawl_delay_s", 60),
        ("fetch.longest_retry_after_s", 3_600),
        ("read.sitemap_bytes", 52 << 20),
        ("read.table_bytes", 64 << 20),
        ("read.sitemap_addresses", 50_000),
        ("read.xml_start_tag_bytes", 64 << 10),
        ("read.xml_attributes", 256),
        ("read.xml_depth", 128),
        ("read.json_depth", 64),
        ("read.field_bytes", 1 << 20),
        ("source.pages", 10_000),
        ("source.records", 1_000_000),
        ("source.sitemap_depth", 3),
        ("api.query_characters", 512),
        ("api.query_terms", 32),
        ("api.phrase_words", 16),
        ("api.beginning_letters", 2),
        ("api.near_words", 1_000),
        ("api.per_page", 100),
        ("api.results_by_page", 10_000),
        ("api.values_of_a_facet", 100),
        ("api.values_of_a_filter", 50),
        ("limits.query_wait_s", 1),
        ("limits.body_bytes", 1 << 20),
        ("limits.header_read_s", 10),
        ("limits.anonymous_per_second", 60),
        ("limits.anonymous_burst", 120),
    ];

    /// The files in which others name their limits, each with its name here.
    const FILES: [(&str, &str); 3] = [
        ("fetching", include_str!("../../crawler/src/fetch/limits.rs")),
        ("reading", include_str!("../../crawler/src/limits.rs")),
        ("searching", include_str!("../../index/src/limits.rs")),
    ];

    fn listed() -> Vec<Key> {
        [Config::default().keys(), fixed()].concat()
    }

    #[test]
    fn every_limit_that_was_promised_is_listed_as_it_was_promised() {
        let listed = listed();
        for (name, promised) in PROMISED {
            let value = listed.iter().find(|key| key.name == name).map(|key| &key.value);
            assert_eq!(value, Some(&json!(promised)), "{name}");
        }
        let facets = listed.iter().find(|key| key.name == "api.facets").and_then(|key| key.value.as_u64());
        assert!(facets.is_some_and(|facets| facets <= 20), "{facets:?}");
    }

    #[test]
    fn every_limit_that_the_crawler_and_the_index_name_is_listed() {
        let here = include_str!("limits.rs").split("#[cfg(test)]").next().unwrap_or_default();
        for (file, code) in FILES {
            let names: Vec<&str> =
                code.split("\npub const ").skip(1).filter_map(|rest| rest.split(':').next()).collect();
            assert!(names.len() > 5, "{file}");
            for name in names {
                assert!(here.contains(&format!("({file}::{name})")), "`{file}::{name}` is a limit and not listed");
            }
        }
    }

    #[test]
    fn what_a_source_may_set_for_itself_is_listed_as_it_is_when_its_file_says_nothing() {
        let SourceLimits {
            delay_ms,
            max_pages,
            max_records,
            max_bytes,
            timeout_s,
            deadline_minutes,
            max_redirects,
            max_depth,
        } = SourceLimits::default();
        assert_eq!(max_bytes, None, "what holds for its kind");
        let fixed = fixed();
        for (key, default) in [
            ("delay_ms", delay_ms / 1_000),
            ("max_pages", max_pages),
            ("max_records", max_records),
            ("max_bytes", fetching::BODY_BYTES),
            ("timeout_s", timeout_s),
            ("deadline_minutes", deadline_minutes),
            ("max_redirects", max_redirects),
            ("max_depth", max_depth),
        ] {
            let told = fixed.iter().find(|limit| limit.reason.ends_with(&format!("limits.{key} in its file")));
            assert_eq!(told.map(|limit| &limit.value), Some(&json!(default)), "{key}");
        }
    }

    #[test]
    fn nothing_is_listed_twice_or_without_a_reason() {
        let listed = listed();
        let names: BTreeSet<&str> = listed.iter().map(|key| key.name).collect();
        assert_eq!(names.len(), listed.len());
        assert!(listed.iter().all(|key| !key.reason.is_empty()));
    }
}
