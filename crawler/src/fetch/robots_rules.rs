//! What does a robots.txt say about one robot and one address? RFC 9309, read as its authors' own parser reads it.
//!
//! Bytes go in, rules come out; whether there is a file at all, and how long it is believed, is settled by `robots`. Where
//! the RFC leaves a choice (a missing colon, a misspelt `disallow`, `index.html`), the choice is that of the reference
//! implementation, so that a site's owner who has tried a file with it is not surprised by us.

use std::time::Duration;

/// A line is read so far. Source: the reference implementation, eight times the longest address of an old browser.
const LINE_BYTES: usize = 2083 * 8 - 1;

/// More of a file is not parsed. RFC 9309, 2.5: at least 500 KiB.
pub(super) const FILE_BYTES: usize = 500 * 1024;

/// The spellings of a key that count, each by how a key begins.
const USER_AGENT: [&str; 3] = ["user-agent", "useragent", "user agent"];
const ALLOW: [&str; 1] = ["allow"];
const DISALLOW: [&str; 6] = ["disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"];
const CRAWL_DELAY: [&str; 3] = ["crawl-delay", "crawldelay", "crawl delay"];

/// The rules of a file for one robot.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct RobotRules {
    /// Those of the groups that name the robot.
    own: Group,
    /// Those of the groups for everybody.
    global: Group,
    /// Whether any group names the robot; those for everybody do not hold for it then (2.2.1).
    is_named: bool,
}

/// The rules of some groups together.
#[derive(Debug, Clone, Default, PartialEq)]
struct Group {
    rules: Vec<Rule>,
    crawl_delay: Option<Duration>,
}

#[derive(Debug, Clone, PartialEq)]
struct Rule {
    verdict: Verdict,
    pattern: Vec<u8>,
}

/// What a rule says of the paths that it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Allow,
    Disallow,
}

/// How long the longest rule of each verdict is that matches a path; 0 for none.
#[derive(Debug, Default)]
struct Longest {
    allow: usize,
    disallow: usize,
}

impl RobotRules {
    /// Reads a file for the robot of this product token.
    pub(super) fn parse(file: &[u8], robot: &str) -> Self {
        let file = without_mark(file);
        let mut reader =
            Reader { rules: Self::default(), robot, is_own: false, is_global: false, group_is_open: false };
        for line in file.split(|&byte| byte == b'\n' || byte == b'\r') {
            reader.read(line);
        }
        reader.rules
    }

    /// Whether the robot may ask for an address. The longest rule that matches decides, and of two as long the one that
    /// allows (2.2.2).
    pub(super) fn allow(&self, address: &str) -> bool {
        let path = path_of(address);
        let path = path.as_bytes();
        let own = self.own.longest(path);
        if own.allow > 0 || own.disallow > 0 {
            return own.allow >= own.disallow;
        }
        if self.is_named {
            return true;
        }
        let global = self.global.longest(path);
        global.allow >= global.disallow
    }

    /// The least time between two requests that the file asks of the robot.
    pub(super) fn crawl_delay(&self) -> Option<Duration> {
        if self.is_named { self.own.crawl_delay } else { self.global.crawl_delay }
    }
}

impl Group {
    fn longest(&self, path: &[u8]) -> Longest {
        let mut longest = Longest::default();
        for rule in self.rules.iter().filter(|rule| matches(path, &rule.pattern)) {
            let so_far = match rule.verdict {
                Verdict::Allow => &mut longest.allow,
                Verdict::Disallow => &mut longest.disallow,
            };
            *so_far = rule.pattern.len().max(*so_far);
        }
        longest
    }
}

/// Skips a byte order mark, also one that was cut short.
fn without_mark(file: &[u8]) -> &[u8] {
    let mark = b"\xef\xbb\xbf";
    let skipped = file.iter().zip(mark).take_while(|(byte, marked)| byte == marked).count();
    &file[skipped..]
}

/// Goes through the lines of a file.
struct Reader<'r> {
    rules: RobotRules,
    robot: &'r str,
    /// Whether the group that is read names the robot, or everybody.
    is_own: bool,
    is_global: bool,
    /// Whether a rule has come since the last `User-agent`: the next one begins another group (2.1).
    group_is_open: bool,
}

impl Reader<'_> {
    fn read(&mut self, line: &[u8]) {
        let line = &line[..line.len().min(LINE_BYTES)];
        let Some((key, value)) = key_and_value(line) else { return };
        if begins_with_any(key, &USER_AGENT) {
            self.read_name(value);
        } else if begins_with_any(key, &ALLOW) {
            self.add_rule(Verdict::Allow, escaped(value));
        } else if begins_with_any(key, &DISALLOW) {
            self.add_rule(Verdict::Disallow, escaped(value));
        } else if begins_with_any(key, &CRAWL_DELAY) {
            self.add_delay(value);
        }
    }

    fn read_name(&mut self, name: &[u8]) {
        if self.group_is_open {
            (self.is_own, self.is_global, self.group_is_open) = (false, false, false);
        }
        if let [b'*'] | [b'*', b' ' | b'\t' | 0x0b | 0x0c, ..] = name {
            self.is_global = true;
            return;
        }
        // A product token ends where something else begins: `SignpostBot/0.1` names SignpostBot (2.2.1).
        let belongs = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-');
        let length = name.iter().position(|byte| !belongs(byte)).unwrap_or(name.len());
        if name[..length].eq_ignore_ascii_case(self.robot.as_bytes()) {
            (self.is_own, self.rules.is_named) = (true, true);
        }
    }

    fn add_rule(&mut self, verdict: Verdict, pattern: Vec<u8>) {
        if !self.is_own && !self.is_global {
            return;
        }
        self.group_is_open = true;
        let directory = match verdict {
            Verdict::Allow => index_of_directory(&pattern),
            Verdict::Disallow => None,
        };
        let group = if self.is_own { &mut self.rules.own } else { &mut self.rules.global };
        group.rules.push(Rule { verdict, pattern });
        group.rules.extend(directory.map(|pattern| Rule { verdict, pattern }));
    }

    fn add_delay(&mut self, value: &[u8]) {
        let seconds: Option<f64> = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
        let Some(delay) = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) else { return };
        for (is_meant, group) in [(self.is_own, &mut self.rules.own), (self.is_global, &mut self.rules.global)] {
            if is_meant {
                group.crawl_delay = group.crawl_delay.max(Some(delay));
            }
        }
    }
}

/// The two parts of a line, without comment and white space around them. A space may stand for the colon, if there is
/// no other.
fn key_and_value(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = line.iter().position(|&byte| byte == b'#' || byte == 0).unwrap_or(line.len());
    let line = line[..end].trim_ascii();
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let (key, value) = match line.iter().position(|&byte| byte == b':') {
        Some(colon) => (&line[..colon], &line[colon + 1..]),
        None => {
            let (key, value) = line.split_at(line.iter().position(is_blank)?);
            let value = value.trim_ascii_start();
            if value.iter().any(is_blank) {
                return None;
            }
            (key, value)
        }
    };
    let key = key.trim_ascii();
    (!key.is_empty()).then(|| (key, value.trim_ascii()))
}

fn begins_with_any(key: &[u8], spellings: &[&str]) -> bool {
    spellings.iter().any(|spelling| {
        let beginning = key.get(..spelling.len());
        beginning.is_some_and(|beginning| beginning.eq_ignore_ascii_case(spelling.as_bytes()))
    })
}

/// A pattern as an address would be written: bytes beyond ASCII as `%XX`, and the digits of escapes in upper case.
fn escaped(pattern: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after) {
            (b'%', [high, low, beyond @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                escaped.extend([b'%', high.to_ascii_uppercase(), low.to_ascii_uppercase()]);
                rest = beyond;
            }
            (128.., _) => {
                escaped.push(b'%');
                escaped.extend([byte >> 4, byte & 15].map(|digit| b"0123456789ABCDEF"[usize::from(digit)]));
            }
            _ => escaped.push(byte),
        }
    }
    escaped
}

/// `Allow: /a/index.html` allows `/a/` as well, and nothing below it.
fn index_of_directory(pattern: &[u8]) -> Option<Vec<u8>> {
    let slash = pattern.iter().rposition(|&byte| byte == b'/')?;
    pattern[slash..].starts_with(b"/index.htm").then(|| [&pattern[..=slash], b"$"].concat())
}

/// Path, parameters and query of an address, as it is written; `/` when there are none.
fn path_of(address: &str) -> String {
    let start = if address.starts_with("//") { 2 } else { 0 };
    let find = |what: &[char], from: usize| address[from..].find(what).map(|at| from + at);
    let early = find(&['/', '?', ';'], start);
    let scheme_end = address[start..].find("://").map(|at| start + at).filter(|end| early.is_none_or(|at| at >= *end));
    let Some(path) = find(&['/', '?', ';'], scheme_end.map_or(start, |end| end + 3)) else {
        return "/".to_owned();
    };
    let end = find(&['#'], start).unwrap_or(address.len());
    if end < path {
        return "/".to_owned();
    }
    let path = &address[path..end];
    if path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
}

/// Whether a path begins as a pattern says: `*` stands for anything, a `$` at the end for the end (2.2.3).
///
/// Each piece between stars is taken where it comes first, which loses nothing, so the cost is linear in the path for
/// each piece.
fn matches(path: &[u8], pattern: &[u8]) -> bool {
    let (pattern, to_the_end) = match pattern.strip_suffix(b"$") {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let mut pieces = pattern.split(|&byte| byte == b'*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = path.strip_prefix(first) else { return false };
    let mut pieces = pieces.peekable();
    if pieces.peek().is_none() {
        return !to_the_end || rest.is_empty();
    }
    while let Some(piece) = pieces.next() {
        if to_the_end && pieces.peek().is_none() {
            return rest.ends_with(piece);
        }
        match find(rest, piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    true
}

fn find(text: &[u8], piece: &[u8]) -> Option<usize> {
    if piece.is_empty() {
        return Some(0);
    }
    text.windows(piece.len()).position(|window| window == piece)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn allows(file: &str, path: &str) -> bool {
        RobotRules::parse(file.as_bytes(), "SignpostBot").allow(&format!("https://example.org{path}"))
    }

    #[rstest]
    #[case::star_in_the_middle("/a*b", "/a/x/b/c", true)]
    #[case::star_that_finds_nothing("/a*b", "/a/x", false)]
    #[case::end("/a$", "/a", true)]
    #[case::end_elsewhere("/a$", "/ab", false)]
    #[case::star_before_the_end("/*.pdf$", "/a/b.pdf", true)]
    #[case::more_than_once_before_the_end("/*.pdf$", "/a.pdf/b.pdf", true)]
    #[case::query_after_the_end("/*.pdf$", "/a.pdf?x", false)]
    #[case::dollar_in_the_middle("/a$b", "/a$b", true)]
    #[case::stars_only("***", "/", true)]
    #[case::too_short_for_both_ends("/aa*aa$", "/aaa", false)]
    fn a_pattern_matches_as_the_rfc_says(#[case] pattern: &str, #[case] path: &str, #[case] expected: bool) {
        assert_eq!(matches(path.as_bytes(), pattern.as_bytes()), expected);
    }

    #[rstest]
    #[case::missing_colon("user-agent SignpostBot\ndisallow /", "/a", false)]
    #[case::two_words_and_no_colon("user-agent SignpostBot\ndisallow / x", "/a", true)]
    #[case::misspelt("User-agent: SignpostBot\nDissallow: /", "/a", false)]
    #[case::letters_beyond_ascii("User-agent: *\nDisallow: /ツ", "/%E3%83%84", false)]
    #[case::small_escapes("User-agent: *\nDisallow: /%e3%83%84", "/%E3%83%84", false)]
    #[case::index("User-agent: *\nAllow: /a/index.html\nDisallow: /", "/a/", true)]
    #[case::below_the_index("User-agent: *\nAllow: /a/index.html\nDisallow: /", "/a/b", false)]
    #[case::two_groups_for_us(
        "User-agent: SignpostBot\nDisallow: /a\nUser-agent: signpostbot\nDisallow: /b",
        "/a",
        false
    )]
    #[case::rules_before_any_name("Disallow: /\nUser-agent: Other\nDisallow: /", "/a", true)]
    #[case::nothing_disallowed("User-agent: SignpostBot\nDisallow:\nUser-agent: *\nDisallow: /", "/a", true)]
    #[case::as_long_allows("User-agent: *\nDisallow: /a\nAllow: /a", "/a", true)]
    #[case::other_lines_end_no_group(
        "User-agent: SignpostBot\nSitemap: /s\nUser-agent: Other\nDisallow: /",
        "/a",
        false
    )]
    fn a_file_is_read_as_the_reference_reads_it(#[case] file: &str, #[case] path: &str, #[case] expected: bool) {
        assert_eq!(allows(file, path), expected);
    }

    #[rstest]
    #[case("https://example.org", "/")]
    #[case("https://example.org/a/b;c?d#e", "/a/b;c?d")]
    #[case("https://example.org?x=/y", "/?x=/y")]
    #[case("example.org/a", "/a")]
    #[case("//example.org/a", "/a")]
    #[case("https://example.org#/a", "/")]
    fn the_path_is_what_stands_behind_the_host(#[case] address: &str, #[case] expected: &str) {
        assert_eq!(path_of(address), expected);
    }

    #[test]
    fn a_line_beyond_the_limit_is_cut_and_the_rest_of_it_is_no_rule() {
        let long = format!("/x/{}", "a".repeat(2083 * 8 - "/x/".len() - "disallow: ".len() + 1));
        let file = format!("user-agent: SignpostBot\ndisallow: {long}/qux\n");
        assert!(allows(&file, "/fux"));
        assert!(!allows(&file, &format!("{long}/fux")));
    }

    #[test]
    fn a_hostile_pattern_costs_little() {
        let pattern = "*a".repeat(8_000);
        let path = format!("/{}", "ab".repeat(1_000));
        let file = format!("User-agent: *\n{}", format!("Disallow: /{pattern}$\n").repeat(30));
        assert!(allows(&file, &path));
    }
}
