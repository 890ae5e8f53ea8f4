//! The arguments of a request: what is asked for, or everything that is wrong with it at once.
//!
//! Pairs of names and values go in, from an address or a form. What needs the store, such as whether there is a record,
//! is for the verbs.

use std::collections::BTreeMap;

use schemas::nearest;

use super::dates::Moment;
use super::errors::{ErrorCode, OaiError};
use super::token::Token;
use crate::error::shown;
use crate::web::mistakes::hint;

/// No request of the protocol is longer: a token has 500 bytes and an identifier 40.
pub(super) const MAX_RAW_BYTES: usize = 8 << 10;
/// Who made so many mistakes learns nothing from the next one.
const MAX_ERRORS: usize = 20;

/// What can be asked. Source: OAI-PMH 2.0, 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    /// What this repository is.
    Identify,
    /// In which formats records come.
    ListMetadataFormats,
    /// The sets.
    ListSets,
    /// One record.
    GetRecord,
    /// What there is.
    List(ListVerb),
}

/// The two verbs that walk through the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ListVerb {
    /// Identifiers, datestamps and sets.
    ListIdentifiers,
    /// Records.
    ListRecords,
}

impl ListVerb {
    /// Both; a place in this list stands in resumption tokens and never changes.
    pub(super) const ALL: [Self; 2] = [Self::ListIdentifiers, Self::ListRecords];

    /// The name in requests and answers.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::ListIdentifiers => "ListIdentifiers",
            Self::ListRecords => "ListRecords",
        }
    }
}

impl Verb {
    /// All of them.
    pub(super) const ALL: [Self; 6] = [
        Self::Identify,
        Self::ListMetadataFormats,
        Self::ListSets,
        Self::GetRecord,
        Self::List(ListVerb::ListIdentifiers),
        Self::List(ListVerb::ListRecords),
    ];

    /// The name in requests and answers.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Identify => "Identify",
            Self::ListMetadataFormats => "ListMetadataFormats",
            Self::ListSets => "ListSets",
            Self::GetRecord => "GetRecord",
            Self::List(verb) => verb.name(),
        }
    }

    /// What it takes besides itself.
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Identify => &[],
            Self::ListMetadataFormats => &["identifier"],
            Self::ListSets => &[RESUMPTION_TOKEN],
            Self::GetRecord => &["identifier", "metadataPrefix"],
            Self::List(_) => &["from", "until", "set", "metadataPrefix", RESUMPTION_TOKEN],
        }
    }

    /// What it does not go without, unless there is a resumption token.
    fn required(self) -> &'static [&'static str] {
        match self {
            Self::Identify | Self::ListMetadataFormats | Self::ListSets => &[],
            Self::GetRecord => &["identifier", "metadataPrefix"],
            Self::List(_) => &["metadataPrefix"],
        }
    }
}

const RESUMPTION_TOKEN: &str = "resumptionToken";

/// A format in which records come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MetadataPrefix {
    /// Simple Dublin Core.
    OaiDc,
    /// IEEE LOM.
    OaiLom,
}

impl MetadataPrefix {
    /// All of them; a place in this list stands in resumption tokens and never changes.
    pub(super) const ALL: [Self; 2] = [Self::OaiDc, Self::OaiLom];

    /// The name in requests and answers.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::OaiDc => "oai_dc",
            Self::OaiLom => "oai_lom",
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    /// What this repository is.
    Identify,
    /// In which formats records come, or one of them.
    ListMetadataFormats {
        /// The record; all when `None`.
        identifier: Option<String>,
    },
    /// The sets.
    ListSets,
    /// One record.
    GetRecord {
        /// The record.
        identifier: String,
        /// In which format.
        prefix: MetadataPrefix,
    },
    /// A walk from its beginning.
    List {
        /// What is listed.
        verb: ListVerb,
        /// In which format.
        prefix: MetadataPrefix,
        /// Only this set.
        set: Option<String>,
        /// Only what is dated then or later.
        from: Option<String>,
        /// Only what is dated then or earlier.
        until: Option<String>,
    },
    /// A walk that goes on.
    GoOn(Box<Token>),
}

/// A request, read.
#[derive(Debug)]
pub(super) struct Arguments {
    /// What was sent, for the answer to say again; empty where it must not.
    pub(super) echo: Vec<(&'static str, String)>,
    /// What is asked for, or all that is wrong with it.
    pub(super) asked: Result<Asked, Vec<OaiError>>,
}

impl Arguments {
    /// Reads the arguments of a request.
    pub(super) fn parse(pairs: &[(String, String)]) -> Self {
        let verb = match verb_of(pairs) {
            Ok(verb) => verb,
            Err(error) => return Self::refused(error),
        };
        let (given, mut errors) = take_given(verb, pairs);
        let asked = understand(verb, &given, &mut errors);
        let may_echo = errors.iter().all(|error| error.code.allows_echo());
        let echo = std::iter::once(("verb", verb.name().to_owned())).chain(given).filter(|_| may_echo).collect();
        let asked = match asked {
            Some(asked) if errors.is_empty() => Ok(asked),
            Some(_) | None => Err(errors),
        };
        Self { echo, asked }
    }

    /// A request that was not read at all.
    pub(super) fn refused(error: OaiError) -> Self {
        Self { echo: Vec::new(), asked: Err(vec![error]) }
    }
}

fn verb_of(pairs: &[(String, String)]) -> Result<Verb, OaiError> {
    let names = Verb::ALL.map(Verb::name).join(", ");
    let bad = |what: &str| Err(OaiError::new(ErrorCode::BadVerb, format!("{what}; the verbs are {names}")));
    let mut given = pairs.iter().filter(|(name, _)| name == "verb");
    match (given.next(), given.next()) {
        (None, _) => bad("there is no verb"),
        (Some(_), Some(_)) => bad("there is more than one verb"),
        (Some((_, name)), None) => match Verb::ALL.into_iter().find(|verb| verb.name() == name) {
            Some(verb) => Ok(verb),
            None => {
                let name = shown(name);
                let hint = hint(nearest(&name, Verb::ALL.into_iter().map(Verb::name)));
                bad(&format!("`{name}` is no verb{hint}"))
            }
        },
    }
}

type Given = BTreeMap<&'static str, String>;

/// The arguments that the verb takes, each once, and what is wrong with the others.
fn take_given(verb: Verb, pairs: &[(String, String)]) -> (Given, Vec<OaiError>) {
    let mut given = Given::new();
    let mut errors = Vec::new();
    let allowed = verb.arguments();
    for (name, value) in pairs.iter().filter(|(name, _)| name != "verb") {
        let sent = shown(name);
        let wrong = match allowed.iter().find(|known| *known == name) {
            None if allowed.is_empty() => Some(format!("{} takes no `{sent}`, nor anything else", verb.name())),
            None => {
                let hint = hint(nearest(&sent, allowed.iter().copied()));
                Some(format!("{} takes no `{sent}`{hint}; it takes {}", verb.name(), allowed.join(", ")))
            }
            Some(known) if given.contains_key(known) => Some(format!("`{sent}` is given more than once")),
            Some(_) if value.is_empty() => Some(format!("`{sent}` is empty")),
            Some(known) => {
                given.insert(*known, value.clone());
                None
            }
        };
        if let Some(message) = wrong {
            errors.push(OaiError::new(ErrorCode::BadArgument, message));
        }
        if errors.len() == MAX_ERRORS {
            break;
        }
    }
    let has_token = given.contains_key(RESUMPTION_TOKEN);
    if has_token && given.len() > 1 {
        let message = "`resumptionToken` holds all other arguments, and goes with none of them";
        errors.push(OaiError::new(ErrorCode::BadArgument, message));
    }
    for name in verb.required().iter().filter(|name| !has_token && !given.contains_key(*name)) {
        // One that was sent empty or in vain has been told of.
        if !pairs.iter().any(|(sent, _)| sent == name) {
            errors.push(OaiError::new(ErrorCode::BadArgument, format!("{} needs `{name}`", verb.name())));
        }
    }
    (given, errors)
}

/// What is asked for; `None` when that cannot be said, for which there is an error then.
fn understand(verb: Verb, given: &Given, errors: &mut Vec<OaiError>) -> Option<Asked> {
    if let Some(text) = given.get(RESUMPTION_TOKEN) {
        return read_token(verb, text, errors).map(|token| Asked::GoOn(Box::new(token)));
    }
    let identifier = given.get("identifier").cloned();
    if identifier.as_deref().is_some_and(|identifier| !is_uri(identifier)) {
        errors.push(OaiError::new(ErrorCode::BadArgument, "`identifier`: this is not a URI"));
    }
    let prefix = given.get("metadataPrefix").and_then(|name| read_prefix(name, errors));
    Some(match verb {
        Verb::Identify => Asked::Identify,
        Verb::ListMetadataFormats => Asked::ListMetadataFormats { identifier },
        Verb::ListSets => Asked::ListSets,
        Verb::GetRecord => Asked::GetRecord { identifier: identifier?, prefix: prefix? },
        Verb::List(verb) => {
            let set = given.get("set").cloned();
            if set.as_deref().is_some_and(|set| !set.split(':').all(is_name)) {
                errors.push(OaiError::new(ErrorCode::BadArgument, "`set`: this is not the name of a set"));
            }
            let (from, until) = read_range(given, errors);
            Asked::List { verb, prefix: prefix?, set, from, until }
        }
    })
}

fn read_token(verb: Verb, text: &str, errors: &mut Vec<OaiError>) -> Option<Token> {
    let token = Token::parse(text).filter(|token| Verb::List(token.verb) == verb);
    if token.is_none() {
        let message = "this token was not given out here for this verb, or was changed on the way";
        errors.push(OaiError::new(ErrorCode::BadResumptionToken, message));
    }
    token
}

fn read_prefix(name: &str, errors: &mut Vec<OaiError>) -> Option<MetadataPrefix> {
    if !is_name(name) {
        errors.push(OaiError::new(ErrorCode::BadArgument, "`metadataPrefix`: this is not the name of a format"));
        return None;
    }
    let prefix = MetadataPrefix::ALL.into_iter().find(|prefix| prefix.name() == name);
    if prefix.is_none() {
        let (name, names) = (shown(name), MetadataPrefix::ALL.map(MetadataPrefix::name));
        let hint = hint(nearest(&name, names.into_iter()));
        let message = format!("nothing is given as `{name}`{hint}; the formats are {}", names.join(", "));
        errors.push(OaiError::new(ErrorCode::CannotDisseminateFormat, message));
    }
    prefix
}

/// Between which times, both included.
fn read_range(given: &Given, errors: &mut Vec<OaiError>) -> (Option<String>, Option<String>) {
    let mut bad = |message: &str| errors.push(OaiError::new(ErrorCode::BadArgument, message));
    let mut read = |name: &str| {
        let text = given.get(name)?;
        let moment = Moment::parse(text);
        if moment.is_none() {
            bad(&format!("`{name}`: expected a day such as 2026-11-21 or a time such as 2026-11-21T09:30:00Z"));
        }
        moment
    };
    let (from, until) = (read("from"), read("until"));
    if let (Some(from), Some(until)) = (&from, &until) {
        if from.granularity != until.granularity {
            bad("`from` and `until`: one is a day and the other a time; both must be the same");
        } else if from.first > until.last {
            bad("`from` is later than `until`");
        }
    }
    (from.map(|moment| moment.first), until.map(|moment| moment.last))
}

/// Whether a text can be the name of a format, or a part of that of a set. Source: OAI-PMH.xsd, `metadataPrefixType`.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte))
}

/// Whether a text can be a URI, or the end of one. Source: RFC 3986.
///
/// Stricter than that where what is said again would not be valid against the schema of the answer: no fragment, no
/// brackets, and an authority that can be read.
fn is_uri(text: &str) -> bool {
    let has_scheme = text.split_once(':').is_some_and(|(scheme, rest)| {
        let mut bytes = scheme.bytes();
        bytes.next().is_some_and(|first| first.is_ascii_alphabetic())
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
            && !rest.is_empty()
    });
    let has_only_its_characters = text.bytes().enumerate().all(|(at, byte)| match byte {
        b'%' => text.as_bytes().get(at + 1..at + 3).is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit)),
        other => other.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?".contains(&other),
    });
    let authority_can_be_read = !text.contains("//") || url::Url::parse(text).is_ok();
    has_only_its_characters && authority_can_be_read && (has_scheme || !text.contains(':'))
}

#[cfg(test)]
mod tests {
    use schemas::ResourceId;

    use super::*;

    fn parse(query: &str) -> Arguments {
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Arguments::parse(&pairs)
    }

    /// The codes of all errors, with spaces between.
    fn codes(query: &str) -> String {
        match parse(query).asked {
            Ok(_) => String::new(),
            Err(errors) => errors.iter().map(|error| error.code.name()).collect::<Vec<_>>().join(" "),
        }
    }

    fn token(verb: ListVerb) -> Token {
        Token {
            verb,
            prefix: MetadataPrefix::OaiDc,
            set: None,
            from: None,
            until: None,
            began: "2026-11-21T09:30:00Z".to_owned(),
            next: ResourceId::founded_on("x"),
            cursor: 200,
            size: 450,
        }
    }

    #[test]
    fn what_is_right_has_no_error() {
        for query in [
            "verb=Identify",
            "verb=ListSets",
            "verb=ListMetadataFormats",
            "verb=ListMetadataFormats&identifier=oai:x.org:1",
            "metadataPrefix=oai_dc&verb=ListRecords",
            "verb=ListIdentifiers&metadataPrefix=oai_lom&set=subject:chemistry&from=2026-01-01&until=2026-01-01",
            "verb=ListRecords&metadataPrefix=oai_dc&from=2026-01-01T00:00:00Z&until=2026-01-01T00:00:00Z",
            "verb=GetRecord&identifier=nothing&metadataPrefix=oai_dc",
        ] {
            assert_eq!(codes(query), "", "{query}");
        }
    }

    #[test]
    fn every_mistake_has_its_code() {
        for (query, expected) in [
            ("", "badVerb"),
            ("verb=", "badVerb"),
            ("verb=identify", "badVerb"),
            ("verb=Identify&verb=Identify", "badVerb"),
            ("verb=Nothing&until=x", "badVerb"),
            ("verb=Identify&a=b", "badArgument"),
            ("verb=Identify&metadataPrefix=oai_dc", "badArgument"),
            ("verb=ListSets&resumptionToken=x", "badResumptionToken"),
            ("verb=ListSets&set=source", "badArgument"),
            ("verb=ListRecords", "badArgument"),
            ("verb=ListRecords&metadataPrefix=", "badArgument"),
            ("verb=ListRecords&metadataPrefix=oai_dc&metadataPrefix=oai_dc", "badArgument"),
            ("verb=ListRecords&metadataPrefix=marc21", "cannotDisseminateFormat"),
            ("verb=ListRecords&metadataPrefix=oai+dc", "badArgument"),
            ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-02-30", "badArgument"),
            ("verb=ListRecords&metadataPrefix=oai_dc&from=x&until=y", "badArgument badArgument"),
            ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-01-01&until=2026-01-01T00:00:00Z", "badArgument"),
            ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-01-02&until=2026-01-01", "badArgument"),
            ("verb=ListRecords&metadataPrefix=oai_dc&set=a::b", "badArgument"),
            ("verb=ListRecords&metadataPrefix=oai_dc&set=%C3%A9", "badArgument"),
            ("verb=ListRecords&resumptionToken=x", "badResumptionToken"),
            ("verb=ListRecords&resumptionToken=x&metadataPrefix=oai_dc", "badArgument badResumptionToken"),
            ("verb=GetRecord", "badArgument badArgument"),
            ("verb=GetRecord&identifier=oai:x:1", "badArgument"),
            ("verb=GetRecord&identifier=a%20b&metadataPrefix=oai_dc", "badArgument"),
            ("verb=GetRecord&identifier=a&metadataPrefix=oai_dc&from=2026-01-01", "badArgument"),
            ("verb=GetRecord&identifier=a%22b&metadataPrefix=marc21", "badArgument cannotDisseminateFormat"),
        ] {
            assert_eq!(codes(query), expected, "{query}");
        }
    }

    #[test]
    fn a_token_is_good_for_its_own_verb_alone() {
        for (verb, other) in [("ListRecords", "ListIdentifiers"), ("ListIdentifiers", "ListRecords")] {
            let own = ListVerb::ALL.into_iter().find(|one| one.name() == verb).expect("a verb");
            let token = token(own).to_string();
            assert_eq!(codes(&format!("verb={verb}&resumptionToken={token}")), "");
            for wrong in [other, "ListSets"] {
                assert_eq!(codes(&format!("verb={wrong}&resumptionToken={token}")), "badResumptionToken");
            }
        }
    }

    #[test]
    fn the_arguments_are_said_again_unless_they_are_at_fault() {
        let names = |query: &str| -> Vec<&'static str> { parse(query).echo.iter().map(|(name, _)| *name).collect() };
        assert_eq!(names("set=a&verb=ListRecords&metadataPrefix=oai_dc"), ["verb", "metadataPrefix", "set"]);
        assert_eq!(names("verb=ListRecords&metadataPrefix=marc21"), ["verb", "metadataPrefix"]);
        assert_eq!(names("verb=ListRecords&resumptionToken=x"), ["verb", "resumptionToken"]);
        assert!(names("verb=ListRecords&metadataPrefix=marc21&a=b").is_empty());
        assert!(names("verb=Nothing").is_empty());
    }

    #[test]
    fn a_day_as_until_reaches_to_its_end() {
        let Ok(Asked::List { from, until, .. }) =
            parse("verb=ListRecords&metadataPrefix=oai_dc&from=2026-11-21&until=2026-11-21").asked
        else {
            panic!("a walk");
        };
        assert_eq!(from.as_deref(), Some("2026-11-21T00:00:00Z"));
        assert_eq!(until.as_deref(), Some("2026-11-21T23:59:59Z"));
    }

    #[test]
    fn of_many_mistakes_the_first_are_told() {
        let query = format!("verb=Identify{}", "&a=b".repeat(1_000));
        assert_eq!(codes(&query).split(' ').count(), MAX_ERRORS);
    }

    #[test]
    fn what_cannot_be_said_again_as_a_uri_is_none() {
        for text in ["oai:x.org:1", "nothing", "http://x.org/a?b=%20", "urn:isbn:123", "a/b"] {
            assert!(is_uri(text), "{text}");
        }
        for text in ["a b", "a\"b", "%zz", "%2", "a#b", "http://[x", "http://x:port/", "1:2", ":a", "é", "//x"] {
            assert!(!is_uri(text), "{text}");
        }
    }
}
