//! What becomes of the lists of a repository, sound and broken.

use rstest::rstest;
use schemas::Source;

use crate::fetch::ScriptedFetcher;
use crate::files::SourceFiles;
use crate::harvest::{Ending, Freshness, Manner, Outside, harvest};
use crate::intake::Outcome;
use crate::testing::{Harvested, MemoryIntake, harvest_file, harvest_site, manner, source};

const OAI: &str = "https://example.org/oai";
const FIRST: &str = "metadataPrefix=oai_dc";

const MAPPING: &str = "[mapping]\ntitle = \"dc:title\"\nurl = \"dc:identifier\"\n";

fn repository(more: &str) -> Source {
    source(&format!("kind = \"oai-pmh\"\n[where]\nurl = \"{OAI}\"\n{more}\n{MAPPING}"))
}

fn answer(parts: &str) -> String {
    let namespace = "http://www.openarchives.org/OAI/2.0/";
    let date = "<responseDate>2026-11-20T12:00:00Z</responseDate>";
    format!("<?xml version=\"1.0\"?>\n<OAI-PMH xmlns=\"{namespace}\">{date}{parts}</OAI-PMH>\n")
}

fn record(id: &str) -> String {
    let dc = "http://purl.org/dc/elements/1.1/";
    format!(
        "<record><header><identifier>oai:{id}</identifier><datestamp>2026-01-02</datestamp></header><metadata>\
         <d:dc xmlns:d=\"http://www.openarchives.org/OAI/2.0/oai_dc/\" xmlns:dc=\"{dc}\">\
         <dc:title>Title {id}</dc:title><dc:identifier>https://example.org/{id}</dc:identifier></d:dc>\
         </metadata></record>"
    )
}

fn deleted(id: &str) -> String {
    format!("<record><header status=\"deleted\"><identifier>oai:{id}</identifier></header></record>")
}

/// An answer with these records (`-3` for a deleted one) and what stands behind them in the list.
fn list(ids: &str, rest: &str) -> String {
    let records: String =
        ids.split_whitespace().map(|id| id.strip_prefix('-').map_or_else(|| record(id), deleted)).collect();
    answer(&format!("<ListRecords>{records}{rest}</ListRecords>"))
}

fn token(value: &str) -> String {
    format!("<resumptionToken>{value}</resumptionToken>")
}

fn sized(value: &str, size: u32) -> String {
    format!("<resumptionToken completeListSize=\"{size}\">{value}</resumptionToken>")
}

fn error(code: &str) -> String {
    answer(&format!("<error code=\"{code}\">because</error>"))
}

fn identify(deleted_records: &str) -> String {
    answer(&format!(
        "<Identify><earliestDatestamp>2001-01-01T00:00:00Z</earliestDatestamp>\
         <deletedRecord>{deleted_records}</deletedRecord><granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>"
    ))
}

/// A repository that says what it is and gives these answers to requests for lists.
fn site(lists: &[(&str, &str)]) -> ScriptedFetcher {
    let site = ScriptedFetcher::new().with(&format!("{OAI}?verb=Identify"), "text/xml", identify("persistent"));
    lists.iter().fold(site, |site, (arguments, body)| {
        site.with(&format!("{OAI}?verb=ListRecords&{arguments}"), "text/xml", *body)
    })
}

fn at(token: &str) -> String {
    format!("resumptionToken={token}")
}

/// The arguments of the requests for lists, in order.
fn asked(site: &ScriptedFetcher) -> Vec<String> {
    let all = site.requests();
    let lists = all.iter().filter_map(|url| url.strip_prefix(OAI)?.strip_prefix("?verb=ListRecords&"));
    lists.map(ToOwned::to_owned).collect()
}

fn identifiers(done: &Harvested) -> String {
    done.intake.identifiers().iter().map(|id| id.trim_start_matches("oai:")).collect::<Vec<_>>().join(" ")
}

/// What was said about accepted records that came broken.
fn remarks(intake: &MemoryIntake) -> Vec<String> {
    let problems = intake.outcomes.iter().filter_map(|outcome| match outcome {
        Outcome::Record(_, problems) => Some(problems),
        Outcome::Rejected { .. } | Outcome::Duplicate(_) | Outcome::Deleted(_) => None,
    });
    problems.flatten().map(ToString::to_string).filter(|text| text.contains("broken XML")).collect()
}

async fn harvest_in(source: &Source, site: &ScriptedFetcher, manner: &Manner) -> Harvested {
    let outside = Outside { fetch: site, files: &SourceFiles::Shipped, progress: &|_| (), raw: &|_| () };
    let mut intake = MemoryIntake::default();
    let (report, ending) = harvest(source, &outside, manner, &mut intake).await;
    Harvested { report, ending, intake }
}

#[tokio::test]
async fn a_list_is_read_from_its_first_page_to_an_empty_token() {
    let site = site(&[
        (FIRST, &list("1 2", &token("a b"))),
        (&at("a+b"), &list("3 -4", &token("c"))),
        (&at("c"), &list("5", &token(""))),
    ]);
    let done = harvest_site(&repository(""), &site).await;
    assert_eq!(done.ending.as_ref().expect("it is whole"), &Ending::Complete);
    assert_eq!((identifiers(&done).as_str(), done.report.deleted, done.report.pages), ("1 2 3 5", 1, 4));
    assert_eq!(asked(&site), [FIRST, "resumptionToken=a+b", "resumptionToken=c"]);
    assert!(done.report.memory.is_some());
    let Outcome::Record(first, _) = &done.intake.outcomes[0] else { panic!("{:?}", done.intake.outcomes[0]) };
    assert_eq!((first.place.as_str(), first.metadata.title.as_str()), ("oai:1", "Title 1"));
    assert_eq!(first.metadata.date_modified.map(|date| date.to_string()).as_deref(), Some("2026-01-02"));
}

#[rstest]
#[case::no_token("", Ending::Complete)]
#[case::empty_token("<resumptionToken/>", Ending::Complete)]
#[case::empty_token_with_a_larger_size("<resumptionToken completeListSize=\"9\"/>", Ending::Complete)]
#[tokio::test]
async fn a_list_may_be_one_page(#[case] rest: &str, #[case] expected: Ending) {
    let done = harvest_site(&repository(""), &site(&[(FIRST, &list("1", rest))])).await;
    assert_eq!(done.ending.expect("it is whole"), expected);
}

#[rstest]
#[case::all_are_there(3, Ending::Complete)]
#[case::some_are_missing(200, Ending::partial("page 2: the list ends after 3 of 200 records"))]
#[tokio::test]
async fn a_list_that_ends_without_a_word_must_have_the_size_it_said(#[case] size: u32, #[case] expected: Ending) {
    let site = site(&[(FIRST, &list("1 2", &sized("a", size))), (&at("a"), &list("3", ""))]);
    let done = harvest_site(&repository(""), &site).await;
    assert_eq!(done.ending.as_ref().expect("two pages"), &expected);
    assert_eq!((identifiers(&done).as_str(), done.report.memory.is_some()), ("1 2 3", expected == Ending::Complete));
}

#[tokio::test]
async fn no_more_records_on_a_later_page_is_the_end_if_all_came() {
    let none = error("noRecordsMatch");
    let whole = site(&[(FIRST, &list("1 2", &sized("a", 2))), (&at("a"), &none)]);
    assert_eq!(harvest_site(&repository(""), &whole).await.ending.expect("all came"), Ending::Complete);
    let cut = site(&[(FIRST, &list("1 2", &sized("a", 3))), (&at("a"), &none)]);
    let reason = "page 2: the list ends after 2 of 3 records";
    assert_eq!(harvest_site(&repository(""), &cut).await.ending.expect("some came"), Ending::partial(reason));
}

#[tokio::test]
async fn a_token_that_stays_the_same_while_the_list_goes_on_is_followed() {
    let (second, last) = (list("2", &token("a")), list("3", &token("")));
    let site = site(&[(FIRST, &list("1", &token("a"))), (&at("a"), &second), (&at("a"), &last)]);
    let done = harvest_site(&repository(""), &site).await;
    assert_eq!(done.ending.as_ref().expect("three pages"), &Ending::Complete);
    assert_eq!(identifiers(&done), "1 2 3");
}

#[rstest]
#[case::the_same_page("2", "a", "2", "a", 3)]
#[case::a_circle("2", "b", "1", "a", 3)]
#[case::new_tokens_without_records("", "b", "", "c", 3)]
#[case::new_tokens_for_old_records("1", "b", "1", "c", 3)]
#[tokio::test]
async fn a_list_that_goes_in_a_circle_is_left(
    #[case] second: &str,
    #[case] second_token: &str,
    #[case] third: &str,
    #[case] third_token: &str,
    #[case] requests: usize,
) {
    let (second, third) = (list(second, &token(second_token)), list(third, &token(third_token)));
    let third_at = if second_token == "a" { at("a") } else { at("b") };
    let site = site(&[(FIRST, &list("1", &token("a"))), (&at("a"), &second), (&third_at, &third)]);
    let done = harvest_site(&repository(""), &site).await;
    assert_eq!(done.ending.expect("some came"), Ending::partial("pagination-loop"));
    assert_eq!((asked(&site).len(), done.report.memory), (requests, None));
}

#[tokio::test]
async fn a_token_that_is_no_token_is_not_sent() {
    let done = harvest_site(&repository(""), &site(&[(FIRST, &list("1", &token(&"x".repeat(10_000))))])).await;
    let reason = "page 1: a resumption token of 10000 bytes; at most 8192 are sent";
    assert_eq!(done.ending.expect("one page"), Ending::partial(reason));
}

#[tokio::test]
async fn one_page_without_records_is_passed_over() {
    let (empty, last) = (list("", &token("b")), list("2", ""));
    let site = site(&[(FIRST, &list("1", &token("a"))), (&at("a"), &empty), (&at("b"), &last)]);
    let done = harvest_site(&repository(""), &site).await;
    assert_eq!(done.ending.as_ref().expect("three pages"), &Ending::Complete);
    assert_eq!(identifiers(&done), "1 2");
}

#[rstest]
#[case::no_sets(error("noSetHierarchy"), "noSetHierarchy: because")]
#[case::several(
    answer("<error code=\"badArgument\">no</error><error code=\"cannotDisseminateFormat\"/><error/>"),
    "badArgument: no; cannotDisseminateFormat"
)]
#[case::a_token_nobody_sent(error("badResumptionToken"), "badResumptionToken: because")]
#[case::nothing_there(error("noRecordsMatch"), "no records")]
#[case::an_error_without_a_word(answer("<error/>"), "no records")]
#[case::html("<!DOCTYPE html><p>Down for maintenance".to_owned(), "HTML, expected an answer in OAI-PMH")]
#[case::another_format("<rss><channel/></rss>".to_owned(), "XML with `rss`, expected an answer in OAI-PMH")]
#[tokio::test]
async fn a_first_page_that_is_no_list_ends_the_run(#[case] body: String, #[case] reason: &str) {
    let done = harvest_site(&repository(""), &site(&[(FIRST, &body)])).await;
    let error = done.ending.expect_err("nothing came").to_string();
    assert!(error.ends_with(&format!(": {reason}")), "{error}");
    assert_eq!(done.report.read, 0);
}

#[tokio::test]
async fn a_repository_that_is_none_is_known_before_a_list_is_asked_for() {
    let site = ScriptedFetcher::new().with(&format!("{OAI}?verb=Identify"), "text/xml", "<html>Moved</html>");
    let error = harvest_site(&repository(""), &site).await.ending.expect_err("HTML");
    assert_eq!(error.to_string(), format!("{OAI}?verb=Identify: HTML, expected an answer in OAI-PMH"));
    assert_eq!(asked(&site).len(), 0);
}

#[rstest]
#[case::by_an_error(None)]
#[case::by_its_status(Some(404))]
#[tokio::test]
async fn a_repository_that_does_not_say_what_it_is_is_listed_nevertheless(#[case] status: Option<u16>) {
    let address = format!("{OAI}?verb=Identify");
    let site = match status {
        Some(status) => ScriptedFetcher::new().with_status(&address, status),
        None => ScriptedFetcher::new().with(&address, "text/xml", error("badVerb")),
    };
    let site = site.with(&format!("{OAI}?verb=ListRecords&{FIRST}"), "text/html", list("1", ""));
    let done = harvest_site(&repository(""), &site).await;
    assert_eq!(done.ending.as_ref().expect("a list, whatever its type"), &Ending::Complete);
    assert_eq!(identifiers(&done), "1");
}

#[tokio::test]
async fn what_a_server_says_around_a_list_costs_nothing() {
    let body = format!("<br />\n<b>Notice</b>: x < y &c\n{}<p>0.3 s", list("1 2", ""));
    let done = harvest_site(&repository(""), &site(&[(FIRST, &body)])).await;
    assert_eq!(done.ending.as_ref().expect("it is whole"), &Ending::Complete);
    assert_eq!((identifiers(&done).as_str(), remarks(&done.intake).len()), ("1 2", 0));
}

#[rstest]
#[case::control_character("Title 2", "Title \u{8}2", "the character U+0008 may not stand in XML")]
#[case::named_entity("Title 2", "Title&nbsp;2", "`&nbsp;` is not known in XML")]
#[case::mistyped_tag("2</dc:title>", "2</dc:titel>", "`</dc:titel>` ends nothing")]
#[case::tag_in_a_title("Title 2", "Title <b>2", "`b` has no end tag")]
#[case::no_end_of_the_record("</d:dc></metadata></record><r", "<r", "`record` has no end tag")]
#[tokio::test]
async fn a_record_broken_in_the_middle_of_a_list_is_told_and_the_others_kept(
    #[case] sound: &str,
    #[case] broken: &str,
    #[case] trouble: &str,
) {
    let body = list("1 2 3", &token("a"));
    let at_record_2 = body.find("Title 2").expect("it is there");
    let body = format!("{}{}", &body[..at_record_2], body[at_record_2..].replacen(sound, broken, 1));
    let site = site(&[(FIRST, &body), (&at("a"), &list("4", ""))]);
    let done = harvest_site(&repository(""), &site).await;
    assert_eq!(done.ending.as_ref().expect("both pages"), &Ending::Complete);
    assert_eq!(identifiers(&done), "1 2 3 4");
    assert_eq!(remarks(&done.intake), [format!("oai:2: broken XML: {trouble}")]);
}

#[tokio::test]
async fn a_fault_between_records_leaves_the_run_partial() {
    let body = list("1 2", &token("a")).replacen("</record><record>", "</record></x><record>", 1);
    let site = site(&[(FIRST, &body), (&at("a"), &list("3", ""))]);
    let done = harvest_site(&repository(""), &site).await;
    assert_eq!(done.ending.as_ref().expect("both pages"), &Ending::partial("page 1: `</x>` ends nothing"));
    assert_eq!(identifiers(&done), "1 2 3");
}

#[tokio::test]
async fn a_record_without_an_identifier_is_a_problem_and_a_broken_one_may_be_any() {
    let body = list("1 2", "").replacen("<identifier>oai:2</identifier>", "", 1);
    let done = harvest_site(&repository(""), &site(&[(FIRST, &body)])).await;
    assert_eq!(done.ending.as_ref().expect("one record"), &Ending::Complete);
    let place = format!("record 2 of {OAI}?verb=ListRecords&{FIRST}");
    assert_eq!(done.intake.problems(), [format!("{place}: identifier: none in its header")]);

    let body = body.replacen("Title 2", "Title &c 2", 1);
    let done = harvest_site(&repository(""), &site(&[(FIRST, &body)])).await;
    let reason = "page 1: record 2 has no identifier: a `&` that begins no reference";
    assert_eq!(done.ending.as_ref().expect("one record"), &Ending::partial(reason));
}

#[tokio::test]
async fn an_answer_that_breaks_off_leaves_what_came() {
    let whole = list("1 2", "");
    let half = &whole[..whole.find("Title 2").expect("it is there")];
    let site = site(&[(FIRST, half)]);
    let done = harvest_site(&repository(""), &site).await;
    assert_eq!(done.ending.as_ref().expect("one record"), &Ending::partial("page 1: it breaks off before its end"));
    assert_eq!((identifiers(&done).as_str(), done.report.memory.is_none()), ("1", true));
    assert_eq!(done.intake.problems(), ["oai:2: the answer breaks off in it"]);
}

#[tokio::test]
async fn an_answer_that_breaks_off_behind_its_token_is_followed() {
    let whole = list("1", &token("a"));
    let half = &whole[..whole.find("</ListRecords>").expect("it is there")];
    let site = site(&[(FIRST, half), (&at("a"), &list("2", ""))]);
    let done = harvest_site(&repository(""), &site).await;
    assert_eq!(done.ending.as_ref().expect("two pages"), &Ending::Complete);
    assert_eq!(identifiers(&done), "1 2");
}

#[rstest]
#[case::status(500, None, "answered 500, expected a success")]
#[case::html(200, Some("<!DOCTYPE html><p>Sorry"), ": HTML, expected an answer in OAI-PMH")]
#[tokio::test]
async fn a_later_page_that_fails_leaves_what_was_read(
    #[case] status: u16,
    #[case] body: Option<&str>,
    #[case] reason: &str,
) {
    let site = site(&[(FIRST, &list("1", &token("a")))]);
    let address = format!("{OAI}?verb=ListRecords&resumptionToken=a");
    let site = match body {
        Some(body) => site.with(&address, "text/html", body),
        None => site.with_status(&address, status),
    };
    let done = harvest_site(&repository(""), &site).await;
    let Ending::Partial { reason: told } = done.ending.as_ref().expect("one page") else { panic!("{:?}", done.ending) };
    assert!(told.starts_with("page 2: ") && told.ends_with(reason), "{told}");
    assert_eq!(identifiers(&done), "1");
}

#[rstest]
#[case::by_an_error(None)]
#[case::by_its_status(Some(422))]
#[tokio::test]
async fn a_token_that_has_expired_has_the_list_begun_again_once(#[case] status: Option<u16>) {
    let expired = |site: ScriptedFetcher, token: &str| {
        let address = format!("{OAI}?verb=ListRecords&resumptionToken={token}");
        match status {
            Some(status) => site.with_status(&address, status),
            None => site.with(&address, "text/xml", error("badResumptionToken")),
        }
    };
    let lists = [(FIRST, list("1 2", &token("a"))), (FIRST, list("1 2", &token("b")))];
    let lists: Vec<(&str, &str)> = lists.iter().map(|(arguments, body)| (*arguments, body.as_str())).collect();

    let mended = expired(site(&lists), "a").with(
        &format!("{OAI}?verb=ListRecords&resumptionToken=b"),
        "text/xml",
        list("2 3", ""),
    );
    let done = harvest_site(&repository(""), &mended).await;
    assert_eq!(done.ending.as_ref().expect("the second time"), &Ending::Complete);
    assert_eq!((identifiers(&done).as_str(), done.report.duplicate), ("1 2 3", 0));
    assert_eq!(asked(&mended), [FIRST, "resumptionToken=a", FIRST, "resumptionToken=b"]);

    let again = expired(expired(site(&lists), "a"), "b");
    let done = harvest_site(&repository(""), &again).await;
    let Ending::Partial { reason } = done.ending.as_ref().expect("one page") else { panic!("{:?}", done.ending) };
    assert!(reason.starts_with("page 2: "), "{reason}");
    assert_eq!((identifiers(&done).as_str(), asked(&again).len()), ("1 2", 4));
}

#[tokio::test]
async fn a_record_in_several_sets_is_one_and_twice_in_a_list_a_duplicate() {
    let source = repository("sets = [\"a\", \"b\", \"c\"]");
    let site = site(&[
        ("metadataPrefix=oai_dc&set=a", &list("1 2 2", "")),
        ("metadataPrefix=oai_dc&set=b", &error("noRecordsMatch")),
        ("metadataPrefix=oai_dc&set=c", &list("2 3", "")),
    ]);
    let done = harvest_site(&source, &site).await;
    assert_eq!(done.ending.as_ref().expect("three lists"), &Ending::Complete);
    assert_eq!((identifiers(&done).as_str(), done.report.duplicate, done.report.read), ("1 2 3", 1, 4));
}

#[tokio::test]
async fn a_later_set_that_fails_leaves_what_was_read() {
    let source = repository("sets = [\"a\", \"b\"]");
    let none = error("noSetHierarchy");
    let lists = [("metadataPrefix=oai_dc&set=a", list("1", "")), ("metadataPrefix=oai_dc&set=b", none)];
    let lists: Vec<(&str, &str)> = lists.iter().map(|(arguments, body)| (*arguments, body.as_str())).collect();
    let done = harvest_site(&source, &site(&lists)).await;
    let address = format!("{OAI}?verb=ListRecords&metadataPrefix=oai_dc&set=b");
    let reason = format!("set `b`, page 1: {address}: noSetHierarchy: because");
    assert_eq!(done.ending.expect("one list"), Ending::partial(reason));
}

#[tokio::test]
async fn records_that_cannot_be_used_are_problems_with_their_identifiers() {
    let huge = "x".repeat(3_000);
    let body = list("1 2 3 -4", "")
        .replacen("oai:2", &format!("oai:{huge}"), 1)
        .replacen("oai:4", &format!("oai:{huge}y"), 1)
        .replacen("<metadata>", "<about>", 3)
        .replacen("<about>", "<metadata>", 2)
        .replacen("</metadata></record><record><header status", "</about></record><record><header status", 1);
    let done = harvest_site(&repository(""), &site(&[(FIRST, &body)])).await;
    assert_eq!(done.ending.as_ref().expect("one record"), &Ending::Complete);
    assert_eq!((identifiers(&done).as_str(), done.report.rejected, done.report.deleted), ("1", 3, 0));
    let problems = done.intake.problems();
    assert!(problems[0].ends_with("an identifier of 3004 bytes; at most 2048 are allowed"), "{}", problems[0]);
    assert_eq!(problems[1], "oai:3: no metadata");
}

#[tokio::test]
async fn an_endless_list_ends_at_the_limits_of_the_source() {
    let lists = [
        (FIRST.to_owned(), list("1 2", &token("a"))),
        (at("a"), list("3 4", &token("b"))),
        (at("b"), list("5 6", &token("c"))),
    ];
    let lists: Vec<(&str, &str)> = lists.iter().map(|(arguments, body)| (arguments.as_str(), body.as_str())).collect();
    for (limit, reason, ids) in [("max_records = 3", "max-records", "1 2 3"), ("max_pages = 3", "max-pages", "1 2 3 4")]
    {
        let place = format!("kind = \"oai-pmh\"\n[where]\nurl = \"{OAI}\"\n{MAPPING}[limits]\n{limit}");
        let done = harvest_site(&source(&place), &site(&lists)).await;
        assert_eq!(done.ending.as_ref().expect("some came"), &Ending::partial(reason));
        assert_eq!(identifiers(&done), ids);
    }
}

/// What a run leaves to the next, after it has listed everything.
async fn memory_of_a_full_run(source: &Source) -> Option<String> {
    let done = harvest_in(source, &site(&[(FIRST, &list("1 2", ""))]), &manner(Freshness::MayStop)).await;
    assert_eq!(done.ending.expect("it is whole"), Ending::Complete);
    done.report.memory
}

const SINCE: &str = "metadataPrefix=oai_dc&from=2026-11-18T12%3A00%3A00Z";

#[tokio::test]
async fn the_next_run_asks_for_what_has_changed() {
    let source = repository("");
    let memory = memory_of_a_full_run(&source).await;
    let next = Manner { memory, ..manner(Freshness::MayStop) };

    let changed = site(&[(SINCE, &list("2 -1", &token("a"))), (&at("a"), &list("3", ""))]);
    let done = harvest_in(&source, &changed, &next).await;
    assert_eq!(done.ending.as_ref().expect("a part"), &Ending::Update);
    assert_eq!((identifiers(&done).as_str(), done.report.deleted), ("2 3", 1));
    assert!(done.report.memory.is_some());

    let nothing = site(&[(SINCE, &error("noRecordsMatch"))]);
    let done = harvest_in(&source, &nothing, &next).await;
    assert_eq!(done.ending.expect("nothing has changed"), Ending::NothingNew);
    assert_eq!((done.report.read, done.report.memory.is_some()), (0, true));

    let silent = site(&[(SINCE, &list("", &token("")))]);
    let done = harvest_in(&source, &silent, &next).await;
    assert_eq!(done.ending.expect_err("nobody said that it is empty").to_string(), format!("{OAI}: no records"));

    let broken = site(&[(SINCE, &list("2", &sized("a", 9))), (&at("a"), &list("3", ""))]);
    let done = harvest_in(&source, &broken, &next).await;
    assert_eq!(done.ending.expect("a part of it"), Ending::partial("page 2: the list ends after 2 of 9 records"));
    assert_eq!(done.report.memory, None);
}

#[rstest]
#[case::by_an_error(None)]
#[case::by_its_status(Some(422))]
#[tokio::test]
async fn a_repository_that_does_not_list_by_date_is_asked_for_everything(#[case] status: Option<u16>) {
    let source = repository("");
    let next = Manner { memory: memory_of_a_full_run(&source).await, ..manner(Freshness::MayStop) };
    let all = site(&[(FIRST, &list("1 2", ""))]);
    let address = format!("{OAI}?verb=ListRecords&{SINCE}");
    let all = match status {
        Some(status) => all.with_status(&address, status),
        None => all.with(&address, "text/xml", error("badArgument")),
    };
    let done = harvest_in(&source, &all, &next).await;
    assert_eq!(done.ending.as_ref().expect("all of it"), &Ending::Complete);
    assert_eq!(asked(&all), [SINCE, FIRST]);
}

#[tokio::test]
async fn a_repository_that_does_not_tell_of_deleted_records_is_listed_as_a_whole() {
    let source = repository("");
    let next = Manner { memory: memory_of_a_full_run(&source).await, ..manner(Freshness::MayStop) };
    let site = ScriptedFetcher::new().with(&format!("{OAI}?verb=Identify"), "text/xml", identify("no")).with(
        &format!("{OAI}?verb=ListRecords&{FIRST}"),
        "text/xml",
        list("1", ""),
    );
    let done = harvest_in(&source, &site, &next).await;
    assert_eq!(done.ending.expect("all of it"), Ending::Complete);
}

#[tokio::test]
async fn a_record_of_a_library_is_mapped_by_its_fields() {
    let marc = "<record xmlns=\"http://www.loc.gov/MARC21/slim\"><leader>00000nam a2200000 a 4500</leader>\
                <datafield tag=\"245\" ind1=\" \" ind2=\" \"><subfield code=\"a\">Careers</subfield></datafield>\
                <datafield tag=\"856\" ind1=\" \" ind2=\" \"><subfield code=\"u\">https://example.org/1</subfield>\
                </datafield></record>";
    let body = answer(&format!(
        "<ListRecords><record><header><identifier>oai:1</identifier></header><metadata>{marc}</metadata></record>\
         <record><header><identifier>oai:2</identifier></header><metadata>{}</metadata></record></ListRecords>",
        marc.replacen("nam", "dam", 1)
    ));
    let place = format!("kind = \"oai-pmh\"\n[where]\nurl = \"{OAI}\"\nprefix = \"marc21\"\n");
    let source = source(&format!("{place}[mapping]\ntitle = \"245$a\"\nurl = \"856$u\""));
    let done = harvest_site(&source, &site(&[("metadataPrefix=marc21", &body)])).await;
    assert_eq!(done.ending.as_ref().expect("two records"), &Ending::Complete);
    assert_eq!((identifiers(&done).as_str(), done.report.deleted), ("1", 1));
}

#[tokio::test]
async fn an_answer_saved_to_a_file_is_read_too() {
    let source = source(&format!("kind = \"oai-pmh\"\n[where]\nfile = \"oai.xml\"\n{MAPPING}"));
    let done = harvest_file(&source, list("1 -2", "").as_bytes()).await;
    assert_eq!(done.ending.as_ref().expect("it is whole"), &Ending::Complete);
    assert_eq!((identifiers(&done).as_str(), done.report.deleted), ("1", 1));

    let whole = list("1 2", "");
    let half = &whole[..whole.find("Title 2").expect("it is there")];
    let done = harvest_file(&source, half.as_bytes()).await;
    assert_eq!(done.ending.expect("one record"), Ending::partial("file:oai.xml breaks off before its end"));
}
