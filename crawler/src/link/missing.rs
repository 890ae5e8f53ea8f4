//! Does a title or a heading say that there is no such page?
//!
//! Text goes in, yes or no comes out. Only what can hardly be the name of a resource counts: "Page not found" does,
//! "404 errors in computing" and "Not found in nature" do not. A page that is hidden by mistake is worse than a dead
//! link that is seen.

/// Signs between the statement of a page and the name of its site, or the end of one.
const SIGNS: [char; 11] = ['|', '–', '—', '·', '•', '«', '»', '‹', '›', '.', '!'];

/// Words before a statement that add nothing to it.
const BEFORE: [&str; 32] = [
    "404",
    "error",
    "http",
    "https",
    "status",
    "code",
    "oops",
    "whoops",
    "uh",
    "oh",
    "hmm",
    "hmmm",
    "dear",
    "sorry",
    "apologies",
    "unfortunately",
    "but",
    "we",
    "we're",
    "we've",
    "it",
    "looks",
    "seems",
    "like",
    "that",
    "this",
    "the",
    "your",
    "requested",
    "web",
    "i'm",
    "afraid",
];

/// Words after a statement that add nothing to it.
const AFTER: [&str; 8] = ["404", "error", "sorry", "oops", "here", "anymore", "yet", "server"];

/// With one of these, whatever it is that cannot be found is what was asked for.
const APOLOGIES: [&str; 4] = ["sorry", "oops", "whoops", "apologies"];

/// What a page may call itself.
const THINGS: [&str; 27] = [
    "page",
    "webpage",
    "file",
    "content",
    "resource",
    "document",
    "item",
    "event",
    "course",
    "lesson",
    "activity",
    "job",
    "vacancy",
    "opportunity",
    "article",
    "post",
    "video",
    "url",
    "address",
    "link",
    "entry",
    "product",
    "topic",
    "programme",
    "record",
    "site",
    "website",
];

/// What may stand between the thing and what became of it.
const ASKED_FOR: [&str; 11] = [
    "you requested",
    "you have requested",
    "you've requested",
    "you are looking for",
    "you're looking for",
    "you were looking for",
    "you are trying to reach",
    "you're trying to reach",
    "you are trying to access",
    "you tried to reach",
    "requested",
];

/// What became of it.
const FATES: [&str; 23] = [
    "not found",
    "cannot be found",
    "can not be found",
    "can't be found",
    "could not be found",
    "couldn't be found",
    "was not found",
    "wasn't found",
    "not available",
    "is not available",
    "isn't available",
    "is unavailable",
    "no longer available",
    "is no longer available",
    "no longer exists",
    "does not exist",
    "doesn't exist",
    "is missing",
    "has been removed",
    "has been deleted",
    "has expired",
    "may have been moved",
    "might have been moved",
];

/// How a site says that it has looked.
const LOOKED: [&str; 8] = [
    "can't find",
    "cannot find",
    "can not find",
    "couldn't find",
    "could not find",
    "can't seem to find",
    "unable to find",
    "can't locate",
];

/// What it did not find, before the thing itself.
const WHICH: [&str; 5] = ["the", "that", "this", "your", "a"];

/// Welsh, as the pages of councils, museums and universities in Wales put it: "page not found", "the page is not
/// available", "the page does not exist", "the page cannot be found".
const WELSH: [&str; 10] = [
    "heb ei chanfod",
    "heb ei ganfod",
    "heb ei darganfod",
    "nid yw'r dudalen ar gael",
    "nid yw'r dudalen hon ar gael",
    "nid yw'r dudalen yn bodoli",
    "nid yw'r dudalen hon yn bodoli",
    "dod o hyd i'r dudalen",
    "ni chafwyd hyd i'r dudalen",
    "ni chafwyd y dudalen",
];

/// Whether a title or a heading says that there is no such page.
pub(super) fn says_missing(text: &str) -> bool {
    let text = text.to_lowercase().replace('’', "'");
    if WELSH.iter().any(|phrase| text.contains(phrase)) {
        return true;
    }
    text.split(SIGNS).flat_map(|part| part.split(" - ")).any(|part| {
        // "404: the film" names a film, "Example Society: Page not found" names no page.
        is_error(&words(part)) || part.split(": ").any(|part| is_statement(&words(part)))
    })
}

fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty()).collect()
}

/// "404", "HTTP error 404", "404 Not found", and any statement.
fn is_error(words: &[&str]) -> bool {
    let bare = without_filling(words);
    let is_number_alone = bare.is_empty() && words.contains(&"404");
    is_number_alone || bare == ["not", "found"] || is_statement(words)
}

/// "The page you requested could not be found", "Sorry, we can't find that", "The course is no longer available".
fn is_statement(words: &[&str]) -> bool {
    let said = without_filling(words).join(" ");
    let is_sorry = words.iter().any(|word| APOLOGIES.contains(word));
    says_what_became(&said) || says_not_found(&said, is_sorry) || said.ends_with("is no longer available")
}

fn says_what_became(said: &str) -> bool {
    let Some(rest) = THINGS.iter().find_map(|thing| after(said, thing)) else {
        return false;
    };
    let fate = ASKED_FOR.iter().find_map(|asked| after(rest, asked)).unwrap_or(rest);
    // "doesn't exist or has been moved"
    FATES.iter().any(|known| after(fate, known).is_some_and(|more| more.is_empty() || more.starts_with("or ")))
}

fn says_not_found(said: &str, is_sorry: bool) -> bool {
    let Some(rest) = LOOKED.iter().find_map(|looked| after(said, looked)) else {
        return false;
    };
    let thing = WHICH.iter().find_map(|which| after(rest, which)).unwrap_or(rest);
    is_sorry || after(rest, "what you").is_some() || THINGS.iter().any(|known| after(thing, known).is_some())
}

/// What follows whole words: of "page not found" after "page" it is "not found". `None` when it begins otherwise.
fn after<'t>(text: &'t str, words: &str) -> Option<&'t str> {
    let rest = text.strip_prefix(words)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix(' ') }
}

fn without_filling<'w, 't>(words: &'w [&'t str]) -> &'w [&'t str] {
    let mut bare = words;
    while let [first, rest @ ..] = bare
        && BEFORE.contains(first)
    {
        bare = rest;
    }
    while let [rest @ .., last] = bare
        && AFTER.contains(last)
    {
        bare = rest;
    }
    bare
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::number("404")]
    #[case::number_and_site("404 | Example Society")]
    #[case::number_as_a_sentence("404. That's an error.")]
    #[case::error_number("HTTP Error 404")]
    #[case::not_found("Not Found")]
    #[case::server("404 Not Found")]
    #[case::page("Page not found - Example Society")]
    #[case::site_first("Example Society | Page not found")]
    #[case::site_before_a_colon("Example Society: Page Not Found")]
    #[case::number_behind("Page not found (404)")]
    #[case::with_regret("Sorry, this page isn’t available")]
    #[case::surprised("Oops! That page can’t be found.")]
    #[case::asked_for("The page you requested could not be found")]
    #[case::looked_for("The page you're looking for doesn't exist or has been moved")]
    #[case::looks_like("It looks like that page does not exist")]
    #[case::cannot("Page cannot be found")]
    #[case::sorry("Sorry, we can't find what you're looking for")]
    #[case::sorry_for_anything("Sorry, we can't find Careers in Soap")]
    #[case::could_not("We couldn't find that page")]
    #[case::no_longer("This resource is no longer available")]
    #[case::named("The Careers in Soap poster is no longer available")]
    #[case::course("Course no longer available | Example College")]
    #[case::vacancy("This vacancy has expired")]
    #[case::site("Site not found · Example Pages")]
    #[case::welsh("Tudalen heb ei chanfod | Cymdeithas Enghraifft")]
    #[case::welsh_with_an_apostrophe("Mae’n ddrwg gennym, nid yw’r dudalen hon ar gael")]
    fn a_page_that_is_not_there_says_so(#[case] text: &str) {
        assert!(says_missing(text));
    }

    #[rstest]
    #[case::computing("404 errors in computing")]
    #[case::nature("Not found in nature")]
    #[case::film("404: the story of an error")]
    #[case::question("Page not found? How a browser finds a page")]
    #[case::error("Error analysis in physics")]
    #[case::error_alone("Error")]
    #[case::missing_link("The missing link: careers in palaeontology")]
    #[case::medicines("Why some medicines are no longer available")]
    #[case::lost("Lost and found: a maths investigation")]
    #[case::search("We can't find the words: poetry and science")]
    #[case::matter("Scientists can't find most of the universe")]
    #[case::room("Room 404")]
    #[case::job("Web page designer")]
    #[case::apology("Sorry Mrs Smith, a play about genes")]
    #[case::new("What is new on this site")]
    #[case::empty("")]
    fn a_resource_may_be_about_what_is_not_there(#[case] text: &str) {
        assert!(!says_missing(text));
    }
}
