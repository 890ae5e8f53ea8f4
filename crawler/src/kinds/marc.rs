//! The marc kind: the catalogue of a library in one file, MARC21 or MARCXML.
//!
//! Which of the two it is shows in the file. Each record is handed over with what its fields say by themselves, or as
//! deleted when its library says so; authority and other records that describe nothing are problems. Records are
//! counted from 1, the broken ones too. What the fields mean is left to `marc` and the mapping; who holds what they do
//! not say a holder of, to `held_by` under `[defaults]`.

use encoding_rs::Encoding;
use schemas::{MarcOptions, Problem, Source, TargetField};

use super::{Document, read_one_document};
use crate::error::HarvestError;
use crate::harvest::{Ending, Run};
use crate::limits::TABLE_BYTES;
use crate::marc::{
    BrokenRecord, MarcRecord, ReadRecord, Standing, describe, element_of, from_xml, is_iso_2709, read_records,
    standing_of,
};
use crate::normalise::gather::gather;
use crate::raw::{RawRecord, RawValues};
use crate::xml::{Found, XmlReader, XmlRoot};

const EXPECTED: &str = "expected MARC21 or MARCXML";

/// Reads the source.
pub(super) async fn read(run: &mut Run<'_>) -> Result<Ending, HarvestError> {
    read_one_document(run, TABLE_BYTES).await
}

/// Hands over the records in one document.
pub(super) async fn take_apart(
    run: &mut Run<'_>,
    options: &MarcOptions,
    document: &Document,
) -> Result<Ending, HarvestError> {
    let unreadable = |reason: String| HarvestError::unreadable(&document.place, reason);
    let charset = charset_of(options).map_err(unreadable)?;
    if is_iso_2709(&document.body) {
        return take_iso_2709(run, document, charset).await;
    }
    let text = match charset {
        Some(encoding) => encoding.decode(&document.body).0.into_owned(),
        None => document.text(),
    };
    let mut reader = XmlReader::new(&text, &["record"]);
    check_root(reader.root()).map_err(unreadable)?;
    take_xml(run, document, &mut reader).await
}

fn charset_of(options: &MarcOptions) -> Result<Option<&'static Encoding>, String> {
    let Some(charset) = &options.charset else { return Ok(None) };
    let encoding = Encoding::for_label(charset.as_bytes()).ok_or_else(|| format!("unknown charset `{charset}`"))?;
    Ok(Some(encoding))
}

/// Says what a document is that cannot hold records: the page of a server that has something else to say, or no XML.
fn check_root(root: Option<XmlRoot>) -> Result<(), String> {
    match root.map(|root| root.name.to_lowercase()).as_deref() {
        None => Err(format!("neither binary records nor XML, {EXPECTED}")),
        Some("html" | "head" | "body") => Err(format!("HTML, {EXPECTED}")),
        Some(_) => Ok(()),
    }
}

async fn take_iso_2709(
    run: &mut Run<'_>,
    document: &Document,
    charset: Option<&'static Encoding>,
) -> Result<Ending, HarvestError> {
    for (index, read) in read_records(&document.body, charset).enumerate() {
        if let Some(ending) = run.enough_records() {
            return Ok(ending);
        }
        let place = format!("record {}", index + 1);
        match read {
            Ok(ReadRecord { record, troubles }) => hand_over(run, document, &place, record, &troubles).await?,
            Err(BrokenRecord { reason, known, breaks_off }) => {
                refuse(run, &raw_record(document, &place, known), &reason).await?;
                if breaks_off {
                    return Ok(breaks_off_in(document, &place));
                }
            }
        }
    }
    Ok(Ending::Complete)
}

/// Takes the records out of an XML document. The last waits until it is known whether the document breaks off in it.
async fn take_xml(run: &mut Run<'_>, document: &Document, reader: &mut XmlReader<'_>) -> Result<Ending, HarvestError> {
    let mut last: Option<Found> = None;
    for found in reader.by_ref() {
        if let Some(before) = last.replace(found) {
            if let Some(ending) = run.enough_records() {
                return Ok(ending);
            }
            take_element(run, document, &before).await?;
        }
    }
    let Some(last) = last else { return Ok(Ending::Complete) };
    if let Some(ending) = run.enough_records() {
        return Ok(ending);
    }
    if !reader.breaks_off() {
        if let Some(trouble) = reader.trouble() {
            run.remark(Problem::warning(&document.place, None, trouble));
        }
        take_element(run, document, &last).await?;
        return Ok(Ending::Complete);
    }
    let place = place_of(&last);
    if last.is_half {
        let record = element_of(&last.element).map(from_xml).unwrap_or_default();
        refuse(run, &raw_record(document, &place, record), last.trouble.as_deref().unwrap_or_default()).await?;
        Ok(breaks_off_in(document, &place))
    } else {
        take_element(run, document, &last).await?;
        Ok(breaks_off_in(document, &format!("what follows {place}")))
    }
}

fn breaks_off_in(document: &Document, place: &str) -> Ending {
    Ending::partial(format!("{} breaks off in {place}", document.place))
}

fn place_of(found: &Found) -> String {
    format!("record {}", found.number)
}

async fn take_element(run: &mut Run<'_>, document: &Document, found: &Found) -> Result<(), HarvestError> {
    let place = place_of(found);
    match element_of(&found.element) {
        Some(element) => hand_over(run, document, &place, from_xml(element), found.trouble.as_slice()).await,
        None => run.problem(Problem::rejected(&place, None, format!("no fields of MARC, {EXPECTED}"))).await,
    }
}

/// Hands over a record by what its leader says it is.
async fn hand_over(
    run: &mut Run<'_>,
    document: &Document,
    place: &str,
    record: MarcRecord,
    troubles: &[String],
) -> Result<(), HarvestError> {
    let standing = standing_of(&record);
    let raw = raw_record(document, place, record);
    match standing {
        Standing::Bibliographic => {
            for trouble in troubles {
                run.remark(Problem::warning(place, None, trouble));
            }
            run.record(&raw).await
        }
        Standing::Deleted => match identifier_of(&raw, run.source) {
            Some(identifier) => run.deleted(&identifier, place).await,
            None => refuse(run, &raw, "a deleted record without an identifier").await,
        },
        Standing::Other(kind) => refuse(run, &raw, &format!("{kind}, expected a bibliographic one")).await,
    }
}

/// Hands over why a record cannot be used, with its identifier where that much is known: it is not absent then.
async fn refuse(run: &mut Run<'_>, raw: &RawRecord, reason: &str) -> Result<(), HarvestError> {
    let problem = Problem::rejected(&raw.place, None, reason);
    match identifier_of(raw, run.source) {
        Some(identifier) => run.problem_with(&identifier, problem).await,
        None => run.problem(problem).await,
    }
}

/// The identifier by the mapping of the source, or by what the record says itself.
fn identifier_of(raw: &RawRecord, source: &Source) -> Option<String> {
    gather(raw, source).ok()?.remove(&TargetField::Identifier)?.into_iter().next()
}

fn raw_record(document: &Document, place: &str, record: MarcRecord) -> RawRecord {
    RawRecord {
        base: document.url.as_ref().map(ToString::to_string),
        described: describe(&record),
        ..RawRecord::new(place, Some(document.hash.clone()), RawValues::Marc(record))
    }
}

#[cfg(test)]
mod tests {
    use schemas::Metadata;

    use super::*;
    use crate::intake::Outcome;
    use crate::marc::{iso_2709_record, iso_2709_record_of_bytes};
    use crate::testing::{Harvested, harvest_file, source};

    const LIBRARY: &str = r#"
kind = "marc"
[where]
file = "records.mrc"
[defaults]
held_by = ["Example Library"]
"#;

    async fn harvest(body: impl AsRef<[u8]>) -> Harvested {
        harvest_file(&source(LIBRARY), body.as_ref()).await
    }

    fn binary(leader: &str, number: &str) -> Vec<u8> {
        let title = format!("10$aTitle {number} :$ba guide /$cJo.");
        iso_2709_record(leader, &[("001", number), ("245", title.as_str())])
    }

    fn xml(leader: &str, number: &str) -> String {
        format!(
            "<marc:record><marc:leader>00000{leader}2200000 a 4500</marc:leader>\
             <marc:controlfield tag=\"001\">{number}</marc:controlfield>\
             <marc:datafield tag=\"245\" ind1=\"1\" ind2=\"0\">\
             <marc:subfield code=\"a\">Title {number} :</marc:subfield>\
             <marc:subfield code=\"b\">a guide /</marc:subfield></marc:datafield></marc:record>"
        )
    }

    fn collection(records: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?><!-- made by hand -->\
             <marc:collection xmlns:marc=\"http://www.loc.gov/MARC21/slim\">{records}</marc:collection>"
        )
    }

    /// The first record that was accepted.
    fn first(done: &Harvested) -> Metadata {
        let first = done.intake.outcomes.iter().find_map(|outcome| match outcome {
            Outcome::Record(record, _) => Some(record.metadata.clone()),
            Outcome::Rejected { .. } | Outcome::Duplicate(_) | Outcome::Deleted(_) => None,
        });
        first.expect("a record")
    }

    fn warnings(done: &Harvested) -> Vec<String> {
        let told = done.intake.outcomes.iter().flat_map(|outcome| match outcome {
            Outcome::Record(_, problems) => problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
            Outcome::Rejected { .. } | Outcome::Duplicate(_) | Outcome::Deleted(_) => Vec::new(),
        });
        told.collect()
    }

    #[tokio::test]
    async fn both_forms_of_a_file_give_the_same_records() {
        let binary_file = [binary("nam a", "1"), binary("cam a", "2")].concat();
        let xml_file = collection(&[xml("nam a", "1"), xml("cam a", "2")].concat());
        let without_namespace = xml_file.replace("marc:", "");
        for body in [binary_file, xml_file.into_bytes(), without_namespace.into_bytes()] {
            let done = harvest(&body).await;
            assert_eq!(done.intake.identifiers(), ["1", "2"]);
            let metadata = first(&done);
            assert_eq!((metadata.title.as_str(), metadata.url.as_deref()), ("Title 1 : a guide", None));
            assert_eq!(metadata.held_by.as_deref(), Some("Example Library"));
            assert_eq!(done.ending.expect("it is whole"), Ending::Complete);
        }
    }

    #[tokio::test]
    async fn a_single_record_and_one_in_the_answer_of_a_protocol_are_read() {
        let single =
            xml("nam a", "1").replace("<marc:record>", "<marc:record xmlns:marc=\"http://www.loc.gov/MARC21/slim\">");
        let answer = format!(
            "<searchRetrieveResponse xmlns=\"http://www.loc.gov/zing/srw/\"><records><record><recordData>{single}\
             </recordData></record></records></searchRetrieveResponse>"
        );
        for body in [single, answer] {
            let done = harvest(&body).await;
            assert_eq!(done.intake.identifiers(), ["1"]);
            assert_eq!(done.ending.expect("it is whole"), Ending::Complete);
        }
    }

    #[tokio::test]
    async fn the_mapping_goes_before_what_the_fields_say() {
        let mapping = "[mapping]\nidentifier = \"245$c\"\ntitle = \"245$a\"\nheld_by = \"001\"\n";
        let done = harvest_file(&source(&format!("{LIBRARY}{mapping}")), &binary("nam a", "7")).await;
        let metadata = first(&done);
        assert_eq!((metadata.title.as_str(), metadata.held_by.as_deref()), ("Title 7 :", Some("7")));
        assert_eq!(done.intake.identifiers(), ["Jo."]);
    }

    #[tokio::test]
    async fn a_record_that_its_library_deleted_is_told_as_deleted() {
        for body in [
            [binary("nam a", "1"), binary("dam a", "2")].concat(),
            collection(&[xml("nam a", "1"), xml("dam a", "2")].concat()).into_bytes(),
        ] {
            let done = harvest(&body).await;
            assert_eq!((done.report.accepted(), done.report.deleted), (1, 1));
            assert!(matches!(&done.intake.outcomes[1], Outcome::Deleted(identifier) if identifier == "2"));
        }
    }

    #[tokio::test]
    async fn an_authority_record_is_no_resource() {
        let done = harvest([binary("nam a", "1"), binary("nz  a", "2")].concat()).await;
        assert_eq!(done.intake.problems(), ["record 2: an authority record, expected a bibliographic one"]);
        assert_eq!(done.ending.expect("it is whole"), Ending::Complete);
    }

    #[tokio::test]
    async fn a_broken_record_is_told_with_its_identifier_and_the_others_are_kept() {
        let mut broken = binary("nam a", "2");
        broken[12..17].copy_from_slice(b"99999");
        let done = harvest([binary("nam a", "1"), broken, binary("nam a", "3")].concat()).await;
        assert_eq!(done.intake.identifiers(), ["1", "3"]);
        let expected = "record 2: its leader is wrong about where its fields begin";
        assert_eq!(done.intake.problems(), [expected]);
        let Outcome::Rejected { identifier, .. } = &done.intake.outcomes[1] else { panic!("it is broken") };
        assert_eq!(identifier.as_deref(), Some("2"));
    }

    #[tokio::test]
    async fn of_a_file_that_breaks_off_the_records_before_are_kept() {
        let binary_file = [binary("nam a", "1"), binary("nam a", "2")].concat();
        let xml_file = collection(&[xml("nam a", "1"), xml("nam a", "2")].concat());
        let in_the_title = xml_file.rfind("guide").expect("it is there");
        let bodies = [binary_file[..binary_file.len() - 5].to_vec(), xml_file.as_bytes()[..in_the_title].to_vec()];
        for body in bodies {
            let done = harvest(&body).await;
            assert_eq!((done.intake.identifiers(), done.report.rejected), (vec!["1"], 1));
            let Outcome::Rejected { identifier, .. } = &done.intake.outcomes[1] else { panic!("it is half a record") };
            assert_eq!(identifier.as_deref(), Some("2"));
            let expected = Ending::partial("file:records.mrc breaks off in record 2");
            assert_eq!(done.ending.expect("one record"), expected);
        }
    }

    #[tokio::test]
    async fn between_two_records_nothing_is_lost_but_what_would_follow() {
        let whole = collection(&[xml("nam a", "1"), xml("nam a", "2")].concat());
        let done = harvest(whole.replace("</marc:collection>", "")).await;
        assert_eq!(done.intake.identifiers(), ["1", "2"]);
        let expected = Ending::partial("file:records.mrc breaks off in what follows record 2");
        assert_eq!(done.ending.expect("two records"), expected);
    }

    #[tokio::test]
    async fn what_of_a_record_is_lost_is_told_with_it() {
        let bytes = b"10\x1faNa\xffve".to_vec();
        let fields = [("001", b"7".to_vec()), ("245", bytes)];
        let done = harvest(iso_2709_record_of_bytes("nam  ", &fields)).await;
        assert_eq!(first(&done).title, "Na ve");
        assert!(warnings(&done)[0].starts_with("record 1: bytes that mean nothing in MARC-8"), "{:?}", warnings(&done));

        let slip = collection(&xml("nam a", "1").replace(" :<", " &bogus; :<"));
        let done = harvest(slip).await;
        assert_eq!(done.intake.identifiers(), ["1"]);
        assert_eq!(warnings(&done).len(), 1, "{:?}", warnings(&done));
    }

    #[tokio::test]
    async fn the_charset_of_the_source_goes_before_the_leader() {
        let fields = [("001", b"7".to_vec()), ("245", b"10\x1fa\xcc\xe8\xf0".to_vec())];
        let body = iso_2709_record_of_bytes("nam  ", &fields);
        let with_charset = LIBRARY.replace("[defaults]", "charset = \"windows-1251\"\n[defaults]");
        let done = harvest_file(&source(&with_charset), &body).await;
        assert_eq!(first(&done).title, "Мир");

        let unknown = LIBRARY.replace("[defaults]", "charset = \"klingon\"\n[defaults]");
        let error = harvest_file(&source(&unknown), &body).await.ending.expect_err("no such charset");
        assert_eq!(error.to_string(), "file:records.mrc: unknown charset `klingon`");
    }

    #[tokio::test]
    async fn what_is_no_marc_is_told() {
        for (body, expected) in [
            ("<!DOCTYPE html><html><p>Sorry</html>", "HTML, expected MARC21 or MARCXML"),
            ("id,title\n1,One\n", "neither binary records nor XML, expected MARC21 or MARCXML"),
            ("<rss><channel/></rss>", "no records"),
        ] {
            let error = harvest(body).await.ending.expect_err(expected);
            assert_eq!(error.to_string(), format!("file:records.mrc: {expected}"));
        }
        let rows = harvest("<rows><record><name>A row</name></record></rows>").await;
        assert_eq!(rows.intake.problems(), ["record 1: no fields of MARC, expected MARC21 or MARCXML"]);
    }

    #[tokio::test]
    async fn a_record_that_nobody_holds_needs_an_address() {
        let nobody = LIBRARY.replace("held_by = [\"Example Library\"]", "");
        let done = harvest_file(&source(&nobody), &binary("nam a", "1")).await;
        assert_eq!(done.intake.problems(), ["record 1: url: no address"]);
    }
}
