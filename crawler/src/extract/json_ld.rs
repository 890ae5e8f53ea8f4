//! JSON-LD: which blocks of it does a page hold?
//!
//! A block is what stands in a `script` of its type, as JSON. What templates put around JSON and into it is taken away
//! first; a block that is no JSON then is passed over, and the others count. What a block means is left to
//! [`super::terms`]; nothing that it names, a context least of all, is ever fetched.

use scraper::Html;
use serde_json::Value;

/// Larger blocks carry data and do not describe the page.
const MAX_BLOCK_BYTES: usize = 1 << 20;

/// Of all blocks together; JSON takes many times its own length when it is read.
const MAX_BYTES: usize = 2 << 20;

/// Every block of JSON-LD in a page. The members of a block that is a list count as blocks; what is no object does not.
pub(super) fn blocks(document: &Html) -> Vec<Value> {
    let mut bytes_left = MAX_BYTES;
    let mut found = Vec::new();
    for element in document.root_element().descendent_elements() {
        let is_block = element.value().name() == "script" && element.attr("type").is_some_and(is_json_ld);
        if !is_block {
            continue;
        }
        let text: String = element.text().collect();
        if text.len() > MAX_BLOCK_BYTES.min(bytes_left) {
            continue;
        }
        bytes_left -= text.len();
        match parse_block(&text) {
            Some(Value::Array(members)) => found.extend(members.into_iter().filter(Value::is_object)),
            Some(block @ Value::Object(_)) => found.push(block),
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => {}
        }
    }
    found
}

/// `application/ld+json`, with or without parameters.
fn is_json_ld(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/ld+json")
}

fn parse_block(text: &str) -> Option<Value> {
    let text = text.trim_start_matches('\u{feff}').trim();
    serde_json::from_str(text).ok().or_else(|| serde_json::from_str(&repaired(text)?).ok())
}

/// The text as JSON: without comments, the marks of CDATA, semicolons and commas before a closing bracket, and with
/// line breaks inside quotes as JSON writes them.
///
/// `None` when a comment of HTML that is around all is not closed, was never opened, or holds another. Source: JSON-LD
/// 1.1 API, 4.1.1: such a script is invalid.
fn repaired(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut is_wrapped = false;
    while let Some(c) = rest.chars().next() {
        if c == '"' {
            let (quoted, after) = rest.split_at(quoted_bytes(rest)?);
            if is_wrapped && (quoted.contains("<!--") || quoted.contains("-->")) {
                return None;
            }
            push_quoted(&mut out, quoted);
            rest = after;
            continue;
        }
        match mark_at(rest, &mut is_wrapped) {
            Mark::Broken => return None,
            Mark::Passed(after) => rest = after,
            Mark::Absent => {
                push_outside(&mut out, c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    (!is_wrapped).then_some(out)
}

/// Adds a character that stands outside quotes.
fn push_outside(out: &mut String, c: char) {
    match c {
        ';' => {}
        '}' | ']' => {
            let without_comma = out.trim_end().strip_suffix(',').map(str::len);
            out.truncate(without_comma.unwrap_or(out.len()));
            out.push(c);
        }
        c if c.is_whitespace() || c.is_control() => out.push(' '),
        c => out.push(c),
    }
}

/// What stands at a place outside quotes.
enum Mark<'t> {
    /// No mark.
    Absent,
    /// A comment, or a mark of one or of CDATA; this is what follows.
    Passed(&'t str),
    /// A comment that does not end, or an end without a beginning.
    Broken,
}

fn mark_at<'t>(text: &'t str, is_wrapped: &mut bool) -> Mark<'t> {
    if let Some(after) = text.strip_prefix("<!--") {
        if *is_wrapped {
            return Mark::Broken;
        }
        *is_wrapped = after.trim_start().starts_with(['{', '[']);
        return if *is_wrapped { Mark::Passed(after) } else { behind(after, "-->") };
    }
    if let Some(after) = text.strip_prefix("-->") {
        return if std::mem::take(is_wrapped) { Mark::Passed(after) } else { Mark::Broken };
    }
    if let Some(after) = text.strip_prefix("<![CDATA[").or_else(|| text.strip_prefix("]]>")) {
        return Mark::Passed(after);
    }
    if let Some(after) = text.strip_prefix("/*") {
        return behind(after, "*/");
    }
    text.strip_prefix("//").map_or(Mark::Absent, |after| Mark::Passed(behind_line_comment(after, is_wrapped)))
}

fn behind<'t>(text: &'t str, end: &str) -> Mark<'t> {
    text.split_once(end).map_or(Mark::Broken, |(_, after)| Mark::Passed(after))
}

fn behind_line_comment<'t>(comment: &'t str, is_wrapped: &mut bool) -> &'t str {
    let marked = comment.trim_start_matches([' ', '\t']);
    // `//<![CDATA[` and `//]]>` hide a mark, and what is behind it on the same line counts.
    if marked.starts_with("<![CDATA[") || marked.starts_with("]]>") {
        return marked;
    }
    let (line, below) = comment.split_at(comment.find(['\n', '\r']).unwrap_or(comment.len()));
    if line.contains("-->") {
        *is_wrapped = false;
    }
    below
}

/// The length of the quoted text at the beginning, with both quotes; `None` when it does not end.
fn quoted_bytes(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// Adds a quoted text, control characters escaped, and without the backslashes that JSON does not know: `\'`.
fn push_quoted(out: &mut String, quoted: &str) {
    let mut characters = quoted.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\\' => {
                if let Some(known) = characters.next_if(|next| "\"\\/bfnrtu".contains(*next)) {
                    out.extend(['\\', known]);
                }
            }
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_ascii_control() => out.push(' '),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn blocks_of(html: &str) -> Vec<Value> {
        blocks(&Html::parse_document(html))
    }

    fn script(json: &str) -> String {
        format!("<script type=\"application/ld+json\">{json}</script>")
    }

    #[rstest]
    #[case::plain(r#"{"a": "b"}"#)]
    #[case::byte_order_mark("\u{feff}{\"a\": \"b\"}")]
    #[case::comment(r#"<!-- {"a": "b"} -->"#)]
    #[case::comment_before("<!-- the page -->\n{\"a\": \"b\"}")]
    #[case::comment_closed_in_a_line("<!--\n{\"a\": \"b\"}\n//-->")]
    #[case::cdata("//<![CDATA[\n{\"a\": \"b\"}\n//]]>")]
    #[case::cdata_on_one_line(r#"// <![CDATA[ {"a": "b"} // ]]>"#)]
    #[case::cdata_in_comments(r#"/*<![CDATA[*/ {"a": "b"}; /*]]>*/"#)]
    #[case::cdata_as_drupal_writes_it("<!--//--><![CDATA[//><!--\n{\"a\": \"b\"}\n//--><!]]>")]
    #[case::line_comments("// first\n{ // second\n\"a\": \"b\" /* third */ // \"c\": 1\n}")]
    #[case::trailing_commas("{\"a\": \"b\",\n}")]
    #[case::trailing_comma_before_a_comment("{\"a\": \"b\", // last\n}")]
    #[case::semicolon(r#"{"a": "b"};"#)]
    #[case::hard_spaces("{\u{a0}\"a\":\u{a0}\"b\"}")]
    fn what_templates_put_around_json_is_taken_away(#[case] text: &str) {
        assert_eq!(blocks_of(&script(text)), [json!({"a": "b"})], "{text}");
    }

    #[rstest]
    #[case::line_breaks("one\n\ttwo\r\n", "one\n\ttwo\n")]
    #[case::control_characters("one\u{1}two", "one two")]
    #[case::quotes(r#"say \"yes\" \\ \u00e9"#, "say \"yes\" \\ é")]
    #[case::needless_backslash(r"it\'s", "it's")]
    #[case::looks_like_a_comment("// no <!-- comment --> /* at */ all,]", "// no <!-- comment --> /* at */ all,]")]
    fn what_stands_in_quotes_stays(#[case] written: &str, #[case] expected: &str) {
        // The comma at the end makes it a block that needs repair.
        let block = script(&format!("{{\"a\": \"{written}\",}}"));
        assert_eq!(blocks_of(&block), [json!({"a": expected})]);
    }

    #[rstest]
    #[case::no_json("{nope")]
    #[case::nothing("")]
    #[case::only_a_comment("<!-- {} -- -->")]
    #[case::comment_never_closed(r#"<!-- {"a": "b"}"#)]
    #[case::comment_never_opened(r#"{"a": "b"} -->"#)]
    #[case::comment_in_a_comment(r#"<!-- {"a": "<!-- -->"} -->"#)]
    #[case::quote_never_closed(r#"{"a": "b}"#)]
    #[case::no_object("null")]
    #[case::list_of_nothing("[null, 1, []]")]
    fn what_is_no_block_is_passed_over_and_the_good_ones_stay(#[case] text: &str) {
        let page = script(text) + &script(r#"{"good": true}"#);
        assert_eq!(blocks_of(&page), [json!({"good": true})], "{text}");
    }

    #[test]
    fn scripts_of_the_type_count_and_nothing_else() {
        let page = r#"<script type="Application/LD+JSON; charset=utf-8">{"a": 1}</script><script>{"b": 2}</script>
            <script type="application/json">{"c": 3}</script><pre type="application/ld+json">{"d": 4}</pre>
            <body><script type="application/ld+json">[{"e": "&lt;"}, {"f": 6}]</script>"#;
        assert_eq!(blocks_of(page), [json!({"a": 1}), json!({"e": "&lt;"}), json!({"f": 6})]);
    }

    #[test]
    fn blocks_that_carry_data_are_passed_over() {
        let large = script(&format!("{{\"a\": \"{}\"}}", "x".repeat(MAX_BLOCK_BYTES)));
        let several = script(&format!("{{\"b\": \"{}\"}}", "x".repeat(MAX_BLOCK_BYTES - 100))).repeat(3);
        assert_eq!(blocks_of(&(large + &several + &script("{\"c\": 1}"))).len(), 2 + 1);
    }
}
