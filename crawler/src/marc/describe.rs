//! What does a MARC record say in our fields?
//!
//! A record goes in, texts by field come out, without the punctuation that cataloguers put between the parts of a
//! record. What a thing is made of and how many pages it has is passed over. Source: MARC 21 Format for Bibliographic
//! Data, whose numbers of fields and places stand here as they are.

use schemas::{ControlledField, TargetField};

use super::leader::leader_at;
use super::record::{DataField, MarcRecord};
use crate::formats::{
    Described, add, add_addresses, add_audience, add_licence, add_subject, addresses, concepts, whole_date,
};
use crate::normalise::parse_date;

/// ISBD puts these before the next part of a description.
const PUNCTUATION: [char; 6] = [' ', '/', ':', ';', ',', '='];

/// Words that keep their full stop.
const ABBREVIATIONS: [&str; 10] = ["inc", "ltd", "corp", "etc", "dept", "univ", "bros", "esq", "calif", "mass"];

/// Shorter words before a full stop are initials: `Gatewood, Willard B.`
const MIN_WORD_CHARACTERS: usize = 3;

/// Of a name everything but its role in the work: the form under which a library's catalogue knows it.
const NAME_CODES: &str = "abcdnq";

const CREATOR_TAGS: [&str; 6] = ["100", "110", "111", "700", "710", "711"];
const SUBJECT_TAGS: [&str; 7] = ["600", "610", "611", "650", "651", "653", "655"];

/// Headings of these fields are names, whose parts stay together.
const NAME_SUBJECT_TAGS: [&str; 3] = ["600", "610", "611"];

/// How cataloguers write that nobody knows who published it.
const UNKNOWN_PUBLISHERS: [&str; 3] = ["[s.n.]", "[publisher not identified]", "s.n."];

/// Target audience, 008/22: the ages that each code stands for.
const AGES: [(char, &str); 4] = [('a', "0-5"), ('b', "6-8"), ('c', "9-13"), ('d', "14-17")];

/// Language codes that name no language: undetermined, several, none.
const NO_LANGUAGES: [&str; 3] = ["und", "mul", "zxx"];

/// What a record says by itself.
pub(crate) fn describe(record: &MarcRecord) -> Described {
    let mut described = Described::new();
    add(&mut described, TargetField::Identifier, &identifier_of(record));
    add_titles(record, &mut described);
    add_makers(record, &mut described);
    add(&mut described, TargetField::DatePublished, &date_of(record).unwrap_or_default());
    add_notes(record, &mut described);
    add_subjects(record, &mut described);
    add(&mut described, concepts(ControlledField::Language), language_of(record).unwrap_or_default());
    add_audiences(record, &mut described);
    add_links(record, &mut described);
    add_holder(record, &mut described);
    described
}

/// The number of the library that made the record, as other libraries quote it: `(DLC)4055693`. Else a number of
/// another system, else an ISBN.
fn identifier_of(record: &MarcRecord) -> String {
    let control = |tag: &str| record.control(tag).map(str::trim).filter(|text| !text.is_empty());
    if let Some(number) = control("001") {
        return control("003").map_or_else(|| number.to_owned(), |library| format!("({library}){number}"));
    }
    // "0253325528 (alk. paper)"
    let isbn = |text: &String| text.split_whitespace().next().map(|number| format!("ISBN {number}"));
    let other = record.values("035$a").first().map(|number| number.trim().to_owned());
    other.or_else(|| record.values("020$a").first().and_then(isbn)).unwrap_or_default()
}

fn add_titles(record: &MarcRecord, described: &mut Described) {
    for field in record.fields("245") {
        add(described, TargetField::Title, without_punctuation(&field.text("abnp")));
    }
    for (tag, codes) in [("246", "abnp"), ("740", "anp")] {
        for field in record.fields(tag) {
            add(described, TargetField::AlternativeTitles, without_punctuation(&field.text(codes)));
        }
    }
}

fn add_makers(record: &MarcRecord, described: &mut Described) {
    for tag in CREATOR_TAGS {
        // With a title in it, the field names another work that this one holds.
        for field in record.fields(tag).filter(|field| field.text("t").is_empty()) {
            add(described, TargetField::Creators, &name_of(field));
        }
    }
    for field in publications(record) {
        let name = without_punctuation(&field.text("b")).to_owned();
        if !UNKNOWN_PUBLISHERS.contains(&name.to_lowercase().as_str()) {
            add(described, TargetField::Publisher, &name);
        }
    }
}

/// Fields 264 that are about publication, then fields 260.
fn publications(record: &MarcRecord) -> impl Iterator<Item = &DataField> {
    let rda = record.fields("264").filter(|field| matches!(field.indicators[1], '1' | ' '));
    rda.chain(record.fields("260"))
}

/// A date in full where one is written, else the first day of the year.
fn date_of(record: &MarcRecord) -> Option<String> {
    let coded = record.control("008").unwrap_or_default();
    let coded_year = coded.get(7..11).and_then(year_in).filter(|year| *year != "9999");
    if coded.get(6..7) == Some("e")
        && let (Some(year), Some(month), Some(day)) = (coded.get(7..11), coded.get(11..13), coded.get(13..15))
    {
        let date = format!("{year}-{month}-{day}");
        if parse_date(&date).is_some() {
            return Some(date);
        }
    }
    let written: Vec<String> =
        publications(record).map(|field| without_punctuation(&field.text("c")).to_owned()).collect();
    if let Some(date) = written.iter().find(|text| parse_date(text).is_some()) {
        return Some(date.clone());
    }
    coded_year.or_else(|| written.iter().find_map(|text| year_in(text))).map(whole_date)
}

/// The first run of four digits: of `[2001?]`, `c1998.` and `1998-2001` the year.
fn year_in(text: &str) -> Option<&str> {
    text.split(|c: char| !c.is_ascii_digit()).find(|digits| digits.len() == 4)
}

/// A summary; without one the contents, and without these what notes there are.
fn add_notes(record: &MarcRecord, described: &mut Described) {
    for (tag, codes) in [("520", "ab"), ("505", "atrg"), ("500", "a")] {
        for field in record.fields(tag) {
            add(described, TargetField::Description, &field.text(codes));
        }
        if described.contains_key(&TargetField::Description) {
            return;
        }
    }
}

/// The headings, each part of them a word: `Science`, `Vocational guidance`, `Great Britain`.
fn add_subjects(record: &MarcRecord, described: &mut Described) {
    for field in record.data_fields.iter().filter(|field| SUBJECT_TAGS.contains(&field.tag.as_str())) {
        let is_name = NAME_SUBJECT_TAGS.contains(&field.tag.as_str());
        if is_name {
            add(described, TargetField::Keywords, &name_of(field));
        }
        for (code, value) in &field.subfields {
            match *code {
                'a' if !is_name => add_subject(described, without_full_stop(without_punctuation(value))),
                'v' | 'x' | 'y' | 'z' => {
                    add(described, TargetField::Keywords, without_full_stop(without_punctuation(value)));
                }
                _ => {}
            }
        }
    }
}

/// 008/35-37, or the first code of 041.
fn language_of(record: &MarcRecord) -> Option<&str> {
    let is_language = |code: &&str| code.bytes().all(|byte| byte.is_ascii_lowercase()) && !NO_LANGUAGES.contains(code);
    let coded = record.control("008").and_then(|text| text.get(35..38)).filter(is_language);
    let first_codes = record.fields("041").flat_map(|field| &field.subfields).filter(|(code, _)| *code == 'a');
    // Codes that run on, `engfre`, are an older way to write two.
    coded.or_else(|| first_codes.filter_map(|(_, codes)| codes.get(..3)).find(is_language))
}

/// Whom it is for: by a note that can be understood, else by its code.
fn add_audiences(record: &MarcRecord, described: &mut Described) {
    for field in record.fields("521") {
        let text = field.text("a");
        let text = text.trim().trim_end_matches('.');
        // Indicator 2: grades of interest; 0, how hard it is to read, says little about whom it is for.
        if field.indicators[0] == '2' && text.starts_with(|c: char| c.is_ascii_digit()) {
            add(described, concepts(ControlledField::Level), &format!("Grades {text}"));
        } else if field.indicators[0] != '0' {
            add_audience(described, text);
        }
    }
    let level = concepts(ControlledField::Level);
    let is_stated = described.contains_key(&TargetField::AgeRange) || described.contains_key(&level);
    if !is_stated && has_audience_code(record) {
        let code = record.control("008").and_then(|text| text.chars().nth(22));
        let ages = AGES.iter().find(|(own, _)| Some(*own) == code).map(|(_, ages)| *ages);
        add(described, TargetField::AgeRange, ages.unwrap_or_default());
    }
}

/// Whether 008/22 is about the audience: in books, music, computer files and visual materials it is.
fn has_audience_code(record: &MarcRecord) -> bool {
    match leader_at(record, 6) {
        'c' | 'd' | 'g' | 'i' | 'j' | 'k' | 'm' | 'o' | 'r' => true,
        'a' | 't' => matches!(leader_at(record, 7), 'a' | 'c' | 'd' | 'm'),
        _ => false,
    }
}

/// Links to the thing or a version of it, and its DOIs; if there are none, links that do not say what they lead to.
/// Those to related things, a table of contents or a licence, are not where it is.
fn add_links(record: &MarcRecord, described: &mut Described) {
    let is_doi = |field: &&DataField| field.text("2").eq_ignore_ascii_case("doi");
    let dois: Vec<String> = record.fields("024").filter(is_doi).map(|field| field.text("a")).collect();
    let own = links(record, &['0']).into_iter().chain(links(record, &['1'])).chain(dois.iter().map(String::as_str));
    add_addresses(described, own);
    if !described.contains_key(&TargetField::Url) {
        let unclear = links(record, &[' ', '8', 'z', '#']);
        add(described, TargetField::Url, addresses(unclear.into_iter()).first().map_or("", String::as_str));
    }
    for field in record.fields("540").chain(record.fields("506")) {
        add_licence(described, &field.text("u"));
        add_licence(described, &field.text("a"));
    }
}

/// The addresses of links of these kinds, which indicator 2 says.
fn links<'r>(record: &'r MarcRecord, kinds: &[char]) -> Vec<&'r str> {
    let of_kind = record.fields("856").filter(|field| kinds.contains(&field.indicators[1]));
    let urls = of_kind.flat_map(|field| &field.subfields).filter(|(code, _)| *code == 'u');
    urls.map(|(_, url)| url.as_str()).collect()
}

/// Who holds it. Field 040 is not asked: it says who typed the record, which most libraries have from elsewhere.
fn add_holder(record: &MarcRecord, described: &mut Described) {
    for field in record.fields("852") {
        let parts = [field.text("a"), field.text("b")];
        let parts: Vec<&str> =
            parts.iter().map(|part| without_punctuation(part)).filter(|part| !part.is_empty()).collect();
        add(described, TargetField::HeldBy, &parts.join(", "));
    }
    for holder in record.values("850$a") {
        add(described, TargetField::HeldBy, &holder);
    }
    if described.contains_key(&TargetField::HeldBy) && !described.contains_key(&TargetField::Url) {
        add(described, concepts(ControlledField::Medium), "reference-only");
    }
}

fn name_of(field: &DataField) -> String {
    without_full_stop(without_punctuation(&field.text(NAME_CODES))).to_owned()
}

fn without_punctuation(text: &str) -> &str {
    text.trim_start().trim_end_matches(PUNCTUATION)
}

/// `Vocational guidance.` -> `Vocational guidance`; `Gatewood, Willard B.` and `Example Co. Ltd.` keep theirs.
fn without_full_stop(text: &str) -> &str {
    let Some(rest) = text.strip_suffix('.') else { return text };
    let word = rest.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let is_word = word.chars().count() >= MIN_WORD_CHARACTERS;
    let is_abbreviation = ABBREVIATIONS.contains(&word.to_lowercase().as_str());
    if is_word && !is_abbreviation { rest } else { text }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::formats::tests::lines;

    /// A record of fields as a mapping would write them: `245 10 $aWater :$ba guide /`.
    fn record(leader: &str, fields: &[&str]) -> MarcRecord {
        let mut record = MarcRecord { leader: leader.to_owned(), ..MarcRecord::default() };
        for field in fields {
            let (tag, rest) = (&field[..3], &field[4..]);
            if tag.starts_with("00") {
                record.control_fields.push((tag.to_owned(), rest.to_owned()));
                continue;
            }
            let mut signs = rest.chars();
            let indicators = [signs.next().expect("two indicators"), signs.next().expect("two indicators")];
            let subfields = rest[3..].split('$').skip(1).map(|part| {
                let mut letters = part.chars();
                (letters.next().expect("a code"), letters.as_str().to_owned())
            });
            record.data_fields.push(DataField { tag: tag.to_owned(), indicators, subfields: subfields.collect() });
        }
        record
    }

    /// What a book with these fields says in one field.
    fn said(field: &str, fields: &[&str]) -> String {
        let described = describe(&record("01387cam a22002771  4500", fields));
        let of_field = described.into_iter().find(|(own, _)| own.name() == field);
        of_field.map(|(_, values)| values.join(" | ")).unwrap_or_default()
    }

    #[test]
    fn a_book_on_a_shelf_says_its_fields() {
        let book = record(
            "01387cam a22002771  4500",
            &[
                "001   4055693 ",
                "003 UkExL",
                "008 890831s1998    enka   c      001 0 eng  ",
                "040    $aDLC$cDLC",
                "100 1  $aWard, Ann,$d1950-$eauthor.",
                "245 10 $aCareers in chemistry :$ba guide /$cAnn Ward.",
                "246 3  $aChemistry careers",
                "260    $aLondon :$bExample Press,$cc1998.",
                "300    $a120 p. :$bill.",
                "500    $aIncludes index.",
                "505 0  $aLaboratories -- Schools.",
                "650  0 $aChemistry$xVocational guidance$zGreat Britain.",
                "655  7 $aHandbooks.$2lcgft",
                "700 1  $aRay, Sam B.",
                "700 12 $aRay, Sam.$tAnother work.",
                "852    $aExample Library,$bScience shelf",
            ],
        );
        let expected = "identifier: (UkExL)4055693\ntitle: Careers in chemistry : a guide\n\
            alternative_titles: Chemistry careers\ndescription: Laboratories -- Schools.\n\
            publisher: Example Press\ncreators: Ward, Ann, 1950- | Ray, Sam B.\n\
            keywords: Chemistry | Vocational guidance | Great Britain | Handbooks\ndate_published: 1998-01-01\n\
            age_range: 9-13\nheld_by: Example Library, Science shelf\nsubjects: Chemistry\nmedium: reference-only\n\
            language: eng";
        assert_eq!(lines(&describe(&book)), expected);
    }

    #[rstest]
    #[case::own_links_first(
        &["856 42 $uhttps://example.org/toc", "856 41 $uhttps://example.org/copy", "856 40 $uhttps://example.org/a"],
        "https://example.org/a",
        "https://example.org/copy"
    )]
    #[case::doi(&["024 7  $a10.1000/182$2doi"], "https://doi.org/10.1000/182", "")]
    #[case::unclear(
        &["856 4  $uhttps://example.org/a", "856 4  $uhttps://example.org/terms"],
        "https://example.org/a",
        ""
    )]
    #[case::only_related(&["856 42 $uhttps://example.org/contents"], "", "")]
    #[case::no_address(&["856 40 $uftp://example.org/a"], "", "")]
    fn links_say_where_it_is(#[case] fields: &[&str], #[case] url: &str, #[case] same_as: &str) {
        assert_eq!((said("url", fields).as_str(), said("same_as", fields).as_str()), (url, same_as));
    }

    #[rstest]
    #[case::publication_of_rda(
        &["264  4 $c\u{a9}2014", "264  1 $bNew Press,$c[2015?]", "260    $bOld,$c1990"],
        "2015-01-01"
    )]
    #[case::day(&["008 081103e20081103xx", "260    $c2008"], "2008-11-03")]
    #[case::day_in_words(&["008 100813s9999    xx", "260    $c03 Nov 2008"], "03 Nov 2008")]
    #[case::unknown_digits(&["008 081103s19uu    xx", "260    $c1990s"], "1990-01-01")]
    #[case::nothing(&["008 081103"], "")]
    fn a_year_is_its_first_day(#[case] fields: &[&str], #[case] expected: &str) {
        assert_eq!(said("date_published", fields), expected);
    }

    #[rstest]
    #[case::ages("521 1  $a11-14.", "age_range", "11-14")]
    #[case::grades("521 2  $a6-8.", "levels", "Grades 6-8")]
    #[case::stage("521    $aKey stage 3.", "levels", "Key stage 3")]
    #[case::role("521    $aTeachers and lecturers", "audiences", "Teachers and lecturers")]
    #[case::sentence("521    $aFor all who like stones.", "audiences", "")]
    #[case::reading_level("521 0  $a3.1.", "age_range", "")]
    fn an_audience_is_taken_when_it_is_understood(#[case] note: &str, #[case] field: &str, #[case] expected: &str) {
        assert_eq!(said(field, &[note]), expected);
    }

    #[rstest]
    #[case::number_alone(&["001 7"], "7")]
    #[case::number_of_another_system(&["001  ", "035    $a(OCoLC)20854397"], "(OCoLC)20854397")]
    #[case::isbn(&["020    $a0253325528 (alk. paper)"], "ISBN 0253325528")]
    #[case::nothing(&[], "")]
    fn a_record_has_an_identifier(#[case] fields: &[&str], #[case] expected: &str) {
        assert_eq!(said("identifier", fields), expected);
    }

    #[test]
    fn the_rest_is_read_where_it_stands() {
        assert_eq!(said("language", &["008 081103s2008    xx", "041 1  $aengfre$hger"]), "eng");
        assert_eq!(said("description", &["520    $aA summary.", "505    $aContents."]), "A summary.");
        assert_eq!(said("publisher", &["260    $b[s.n.],"]), "");
        assert_eq!(said("held_by", &["040    $aDLC"]), "");
        let licence = "https://creativecommons.org/licenses/by/4.0/";
        assert_eq!(said("licence", &["540    $aSome rights.$uhttps://creativecommons.org/licenses/by/4.0/"]), licence);
        assert_eq!(said("creators", &["110 2  $aExample Co. Ltd."]), "Example Co. Ltd.");
        assert_eq!(said("keywords", &["600 10 $aCurie, Marie,$d1867-1934."]), "Curie, Marie, 1867-1934");
    }
}
