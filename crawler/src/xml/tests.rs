//! What the reader makes of XML that is right, and of XML that is not.

use rstest::rstest;

use super::{Found, XmlReader};

const WANTED: &[&str] = &["a", "e"];

/// What was found, each as its name, what it holds, and its trouble behind a `!`; the trouble of the document last.
fn read(text: &str) -> Vec<String> {
    let mut reader = XmlReader::new(text, WANTED);
    let mut lines: Vec<String> = reader.by_ref().map(|found| shown(&found)).collect();
    lines.extend(reader.trouble().map(|trouble| format!("!{trouble}")));
    lines
}

fn shown(found: &Found) -> String {
    let trouble = found.trouble.as_ref().map(|trouble| format!(" !{trouble}")).unwrap_or_default();
    format!("{}: {}{trouble}", found.element.name, found.element.inner_xml())
}

#[rstest]
#[case::in_order("<r><a>1</a><x><e>2</e></x><a/></r>", &["a: 1", "e: 2", "a: "])]
#[case::whole("<r><a>1 <b c='d'>2</b><br/> 3</a></r>", &["a: 1 <b c=\"d\">2</b><br> 3"])]
#[case::not_inside_one_that_was_given("<r><a><e>1</e></a><e>2</e></r>", &["a: <e>1</e>", "e: 2"])]
#[case::the_root_itself("<a>1</a>", &["a: 1"])]
#[case::whatever_the_prefix("<r xmlns:p='u'><p:a>1</p:a></r>", &["a: 1"])]
#[case::cdata("<r><a>1<![CDATA[<b>&amp;]]>2</a></r>", &["a: 1&lt;b&gt;&amp;amp;2"])]
#[case::comments("<r><a>1<!-- </a> -->2<?x </a> ?>3</a></r>", &["a: 123"])]
#[case::nothing("", &[])]
#[case::nothing_wanted("<r>1</r>", &[])]
fn sound_xml_is_read(#[case] text: &str, #[case] expected: &[&str]) {
    assert_eq!(read(text), expected);
}

#[rstest]
#[case::before_the_declaration("<br />\n<b>Warning</b>: x<y\n<?xml version='1.0'?><r><a>1</a></r>", &["a: 1"])]
#[case::before_the_root("Warning: 1 < 2 & 3\n<r><a>1</a></r>", &["a: 1"])]
#[case::after_the_end("<r><a>1</a></r>\n<!-- 0.3 s --> 1 < 2 <script>if (a<b && c) {", &["a: 1"])]
#[case::another_document("<r><a>1</a></r><r><a>2</a></r>", &["a: 1", "a: 2"])]
fn what_a_server_says_around_a_document_is_no_trouble(#[case] text: &str, #[case] expected: &[&str]) {
    assert_eq!(read(text), expected);
}

#[rstest]
#[case::unclosed_in_it("<r><a><b>1<c>2</c></a><a>3</a></r>", &["a: <b>1<c>2</c></b> !`b` has no end tag", "a: 3"])]
#[case::unclosed_itself("<r><a>1</r>", &["a: 1 !`a` has no end tag"])]
#[case::unclosed_before_the_next("<r><a><b>1</b><a>2</a></r>", &["a: <b>1</b> !`a` has no end tag", "a: 2"])]
#[case::unclosed_deep_before_the_next(
    "<r xmlns='u'><a><b>1<a>2</a><a>3</a></r>",
    &["a: <b>1</b> !`a` has no end tag", "a: 2", "a: 3"]
)]
#[case::another_of_its_name("<r><a><b><a xmlns='u'>1</a></b></a></r>", &["a: <b><a>1</a></b>"])]
#[case::end_of_nothing("<r><a>1</b>2</a></r>", &["a: 12 !`</b>` ends nothing"])]
#[case::slip("<r><a><title>1</titel><c>2</c></a></r>", &["a: <title>1</title><c>2</c> !`</titel>` ends nothing"])]
#[case::slip_of_case("<r><a><b>1</B><c>2</c></a></r>", &["a: <b>1</b><c>2</c> !`</B>` ends nothing"])]
#[case::slip_of_name("<r><a><p:b>1</p:c><d>2</d></a></r>", &["a: <b>1</b><d>2</d> !`</p:c>` ends nothing"])]
#[case::no_slip("<r><a><title>1</tit>2</title></a></r>", &["a: <title>12</title> !`</tit>` ends nothing"])]
#[case::less_than("<r><a>1 < 2</a></r>", &["a: 1 &lt; 2 !a `<` that begins no tag"])]
#[case::less_than_a_name("<r><a>1 <b</a></r>", &["a: 1 &lt;b !a `<` that begins no tag"])]
#[case::and_alone("<r><a>AT&T</a></r>", &["a: AT&amp;T !a `&` that begins no reference"])]
#[case::name_of_html("<r><a>1&nbsp;2</a></r>", &["a: 1\u{a0}2 !`&nbsp;` is not known in XML"])]
#[case::control_character("<r><a>1\u{8}2</a></r>", &["a: 1\u{fffd}2 !the character U+0008 may not stand in XML"])]
#[case::open_quote("<r><a><b c=\"1>2</b></a></r>", &[
    "a: <b>2</b> !a start tag with a quote that does not end",
])]
#[case::end_tag_unclosed("<r><a><b>1</b<c>2</c></a></r>", &["a: <b>1</b><c>2</c> !an end tag without its `>`"])]
#[case::comment_unclosed("<r><a>1<!-- 2<b>3</b></a></r>", &["a: 1<b>3</b> !a comment without an end"])]
#[case::cdata_unclosed("<r><a>1<![CDATA[ 2</a></r>", &["a: 1 2 !a CDATA section without an end"])]
#[case::the_others_are_sound("<r><a>1</a><a>&x;</a><a>3</a></r>", &["a: 1", "a: &amp;x; !`&x;` is not known", "a: 3"])]
fn what_is_broken_in_an_element_stays_in_it(#[case] text: &str, #[case] expected: &[&str]) {
    assert_eq!(read(text), expected);
}

#[rstest]
#[case::between("<r><a>1</a><a>2", &["a: 1", "a: 2 !it breaks off before its end", "!it breaks off before its end"])]
#[case::in_a_tag("<r><a>1</a><a b='", &["a: 1", "!it breaks off before its end"])]
#[case::in_an_end_tag("<r><a>1</a><a>2</", &[
    "a: 1", "a: 2 !it breaks off before its end", "!it breaks off before its end",
])]
#[case::before_the_last_end_tag("<r><a>1</a>", &["a: 1", "!it breaks off before its end"])]
#[case::behind_another("<br/><r><a>1</a>", &["a: 1", "!it breaks off before its end"])]
#[case::around("<r><x><a>1</a></r>", &["a: 1", "!`x` has no end tag"])]
#[case::end_of_nothing("<r><a>1</a></x></r>", &["a: 1", "!`</x>` ends nothing"])]
#[case::broken_tag("<r><a>1</a><e <a>2</a></r>", &["a: 1", "a: 2", "!a `<` that begins no tag"])]
fn what_is_broken_around_them_is_trouble_of_the_document(#[case] text: &str, #[case] expected: &[&str]) {
    assert_eq!(read(text), expected);
}

#[test]
fn names_of_html_are_no_trouble_where_a_document_type_may_declare_them() {
    let text = "<!DOCTYPE r SYSTEM \"x.dtd\" [<!ENTITY y \"<a>bomb</a>\"> <!ENTITY z SYSTEM \"file:///z\">]>\
                <r><a>&nbsp;</a><a>&y;&z;</a></r>";
    assert_eq!(read(text), ["a: \u{a0}", "a: &amp;y;&amp;z; !`&y;` is not known"]);
}

#[test]
fn the_root_is_known_before_anything_is_read() {
    let text = "<?xml version='1.0'?><p:r xmlns:p='u' v='2.0' xml:lang='en'><a/></p:r>";
    let mut reader = XmlReader::new(text, WANTED);
    let root = reader.root().expect("there is one");
    assert_eq!((root.name.as_str(), root.prefix.as_str(), root.namespace.as_str()), ("r", "p", "u"));
    let attributes = [("v".to_owned(), "2.0".to_owned()), ("xml:lang".to_owned(), "en".to_owned())];
    assert_eq!(root.attributes, attributes);
    assert_eq!(reader.count(), 1);

    let mut wanted = XmlReader::new("<a>1</a>", WANTED);
    assert_eq!(wanted.root().map(|root| root.name), Some("a".to_owned()));
    assert_eq!(wanted.count(), 1);
    assert_eq!(XmlReader::new("no <3 elements", WANTED).root(), None);
}

#[test]
fn it_is_known_where_an_element_stands() {
    let text = "<r xml:base='/1/'><x xml:base='/2/'><p:y><a xml:base='/3/'/></p:y></x><e/><a/></r>";
    let found: Vec<Found> = XmlReader::new(text, WANTED).collect();
    let places: Vec<_> =
        found.iter().map(|found| (found.parents.join("/"), found.base.as_deref(), found.number)).collect();
    let expected =
        [("r/x/y".to_owned(), Some("/2/"), 1), ("r".to_owned(), Some("/1/"), 1), ("r".to_owned(), Some("/1/"), 2)];
    assert_eq!(places, expected);
    assert_eq!(found[0].element.attribute("xml:base"), Some("/3/"));
}

#[test]
fn namespaces_hold_where_they_are_declared() {
    let text = "<r xmlns='1' xmlns:p='2'><a><p:b/><b xmlns='3'><c/></b><d/></a></r>";
    let found = XmlReader::new(text, WANTED).next().expect("there is one");
    let of = |name: &str| found.element.element(name).map(|element| element.namespace.clone()).unwrap_or_default();
    assert_eq!((found.element.namespace.as_str(), of("b"), of("d")), ("1", "2".to_owned(), "1".to_owned()));
    assert_eq!(found.element.elements().nth(1).map(|b| b.children.len()), Some(1));
    assert_eq!(found.element.values("b/c"), [""]);
}

#[test]
fn what_nests_too_deep_is_dropped_and_the_rest_kept() {
    let deep = format!("<r><a>1{}2{}3</a><a>4</a></r>", "<b>".repeat(200_000), "</b>".repeat(200_000));
    let mut reader = XmlReader::new(&deep, WANTED);
    let first = reader.next().expect("the first");
    assert_eq!(first.trouble.as_deref(), Some("elements nested deeper than 128"));
    assert_eq!(first.element.text(), "13");
    assert_eq!(reader.next().map(|found| found.element.text()), Some("4".to_owned()));
    assert_eq!(reader.trouble(), None);
}

#[test]
fn an_element_with_too_much_in_it_is_cut() {
    let many = format!("<r><a>{}</a><a>1</a></r>", "<b/>".repeat(60_000));
    let found: Vec<Found> = XmlReader::new(&many, WANTED).collect();
    assert_eq!((found[0].element.children.len(), found.len()), (49_999, 2));
    assert_eq!(found[0].trouble.as_deref(), Some("more than 50000 elements"));

    let long = format!("<r><a>{}</a></r>", "é".repeat(600_000));
    let found = XmlReader::new(&long, WANTED).next().expect("it is there");
    assert_eq!(found.element.text().len(), 1024 * 1024);
    assert_eq!(found.trouble.as_deref(), Some("a text of more than 1048576 bytes"));
}

/// What takes quadratic time in many readers: with 200,000 of them such a one would not come to its end.
#[rstest]
#[case::attributes("<r><a", " b='1'", "/></r>")]
#[case::declarations_in_one_tag("<r><a", " xmlns:b='1'", "/></r>")]
#[case::declarations("<r><a>", "<b xmlns='1' xmlns:c='2'>", "</a></r>")]
#[case::open_elements("<r>", "<x>", "")]
#[case::open_quotes("<r><a>", "<x '", "")]
#[case::comments("<r><a>", "<!-- ", "")]
#[case::cdata("<r><a>", "<![CDATA[ ", "")]
#[case::instructions("<r><a>", "<? ", "")]
#[case::document_types("<r><a>", "<!DOCTYPE [ ", "")]
#[case::ends_of_nothing("<r><a><b>", "</b:", "")]
#[case::references("<r><a>", "&x;&", "</a></r>")]
fn time_is_linear(#[case] before: &str, #[case] repeated: &str, #[case] after: &str) {
    let text = format!("{before}{}{after}", repeated.repeat(200_000));
    let mut reader = XmlReader::new(&text, WANTED);
    let troubles = reader.by_ref().filter(|found| found.trouble.is_some()).count();
    assert!(troubles == 1 || reader.trouble().is_some());
}
