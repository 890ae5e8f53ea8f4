//! Is the page that answers the page that was asked for?
//!
//! A success goes in, what it says about the link comes out; pure. Many sites answer a page that is gone with their
//! home page, or with a friendly page and the status 200: such a soft 404 looks well to a machine and is a dead end for
//! a teacher. Only the address, the title and the first heading are believed, never the text of a page.

use schemas::{CanonicalUrl, parse_address};
use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::LinkAnswer;
use super::missing::says_missing;
use super::parked::{SHORT_CHARACTERS, gives_away, parking_host};
use crate::fetch::Fetched;
use crate::normalise::readable::readable_part;
use crate::normalise::text::{element_text, tidy};

/// So many scripts and frames of a page are looked at; the page of a parked domain has few.
const MAX_LOADS: usize = 50;

/// A title that is quoted as a reason is cut here.
const QUOTED_CHARACTERS: usize = 100;

/// Single steps of a path that stand for the home page.
const HOMES: [&str; 13] = [
    "home", "index", "default", "welcome", "hafan", "en", "en-gb", "en_gb", "en-us", "cy", "cy-gb", "english",
    "cymraeg",
];

/// Steps of a path that stand for an error.
const ERRORS: [&str; 18] = [
    "404",
    "404error",
    "404-error",
    "404page",
    "404-page",
    "error",
    "errors",
    "error404",
    "error-404",
    "error_404",
    "errorpage",
    "error-page",
    "notfound",
    "not-found",
    "not_found",
    "pagenotfound",
    "page-not-found",
    "page_not_found",
];

/// Last steps of a path that stand for a search of the site.
const SEARCHES: [&str; 4] = ["search", "search-results", "searchresults", "site-search"];

/// Steps of a path that stand for a door: whoever has not come in is sent there, for good or not.
const DOORS: [&str; 10] =
    ["login", "log-in", "signin", "sign-in", "sso", "auth", "oauth", "oauth2", "register", "consent"];

/// Judges an answer that is a success.
pub fn judge(fetched: &Fetched) -> LinkAnswer {
    let (asked, reached) = (&fetched.requested_url, &fetched.final_url);
    if let Some(host) = parking_host(asked, reached) {
        return LinkAnswer::Parked { reason: format!("it leads to {host}, where domains are sold") };
    }
    if let Some(reason) = led_astray(asked, reached) {
        return LinkAnswer::SoftMissing { reason: reason.to_owned() };
    }
    if is_html(fetched) {
        let page = PageWords::read(&fetched.text());
        if let Some(reason) = gives_away(&page, reached) {
            return LinkAnswer::Parked { reason };
        }
        if let Some(said) = [&page.title, &page.heading].into_iter().find(|text| says_missing(text)) {
            let said: String = said.chars().take(QUOTED_CHARACTERS).collect();
            return LinkAnswer::SoftMissing { reason: format!("the page calls itself \"{said}\"") };
        }
    }
    match moved_to(fetched) {
        Some(to) => LinkAnswer::Moved { to },
        None => LinkAnswer::Ok,
    }
}

/// Where the page is for good, when that is another address for people, and one that may be published.
fn moved_to(fetched: &Fetched) -> Option<Url> {
    // Redirects to https, or to a slash at the end, move nothing.
    let to = fetched.moved_to.as_ref().filter(|to| CanonicalUrl::of(to) != CanonicalUrl::of(&fetched.requested_url))?;
    let is_door = steps(to).iter().any(|step| DOORS.contains(&step.as_str()));
    (!is_door && parse_address(to.as_str()).is_ok()).then(|| to.clone())
}

/// Why the address that answered cannot be the page that was asked for.
///
/// A page that has got a site of its own leads to a home page too, that of another host; so only the own site counts.
fn led_astray(asked: &Url, reached: &Url) -> Option<&'static str> {
    let (from, to) = (steps(asked), steps(reached));
    if from == to {
        return None;
    }
    if is_among(&to, &ERRORS) && !is_among(&from, &ERRORS) {
        return Some("it leads to an error page");
    }
    if !is_same_site(asked, reached) || is_home(&from) {
        return None;
    }
    if is_home(&to) && reached.query().is_none() && reached.fragment().is_none() {
        return Some("it leads to the home page of its site");
    }
    let ends_in_search = |steps: &[String]| steps.last().is_some_and(|last| SEARCHES.contains(&last.as_str()));
    (ends_in_search(&to) && !ends_in_search(&from)).then_some("it leads to the search of its site")
}

/// The steps of a path in lower case, without endings: `/Careers/Soap.aspx` -> `careers`, `soap`.
fn steps(url: &Url) -> Vec<String> {
    let steps = url.path().split('/').filter(|step| !step.is_empty());
    steps.map(|step| step.split('.').next().unwrap_or(step).to_ascii_lowercase()).collect()
}

fn is_among(steps: &[String], known: &[&str]) -> bool {
    steps.iter().any(|step| known.contains(&step.as_str()))
}

fn is_home(steps: &[String]) -> bool {
    match steps {
        [] => true,
        [only] => HOMES.contains(&only.as_str()),
        _ => false,
    }
}

fn is_same_site(one: &Url, other: &Url) -> bool {
    let site = |url: &Url| url.host_str().map(|host| host.strip_prefix("www.").unwrap_or(host).to_owned());
    site(one) == site(other)
}

fn is_html(fetched: &Fetched) -> bool {
    match fetched.content_type.as_deref() {
        Some(stated) => {
            let kind = stated.split(';').next().unwrap_or_default().trim();
            kind.eq_ignore_ascii_case("text/html") || kind.eq_ignore_ascii_case("application/xhtml+xml")
        }
        None => fetched.body.trim_ascii_start().starts_with(b"<"),
    }
}

/// What a page calls itself, and what of it may give away a parked domain.
#[derive(Debug)]
pub(super) struct PageWords {
    pub(super) title: String,
    /// The first heading of the highest rank.
    pub(super) heading: String,
    /// All that is read on the page; `None` when it is long.
    pub(super) short_text: Option<String>,
    /// The addresses of its scripts and frames, as they are written.
    pub(super) loads: Vec<String>,
}

impl PageWords {
    pub(super) fn read(html: &str) -> Self {
        let document = Html::parse_document(readable_part(html));
        let text = tidy(&element_text(document.root_element()));
        let addresses = all(&document, "script[src], iframe[src], frame[src]").into_iter().take(MAX_LOADS);
        Self {
            title: first_text(&document, "title"),
            heading: first_text(&document, "h1"),
            short_text: (text.chars().count() <= SHORT_CHARACTERS).then_some(text),
            loads: addresses.filter_map(|element| element.attr("src")).map(ToOwned::to_owned).collect(),
        }
    }
}

fn first_text(document: &Html, selector: &str) -> String {
    all(document, selector).first().map(|element| tidy(&element_text(*element))).unwrap_or_default()
}

fn all<'d>(document: &'d Html, selector: &str) -> Vec<ElementRef<'d>> {
    let selector = Selector::parse(selector).expect("the selectors of this file are constants");
    document.select(&selector).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::fetch::Validators;

    const ASKED: &str = "https://example.org/posters/soap";

    fn url(text: &str) -> Url {
        Url::parse(text).expect("an address")
    }

    /// What answers at one address after another was asked for.
    fn reached(asked: &str, reached: &str, html: &str) -> Fetched {
        Fetched {
            requested_url: url(asked),
            final_url: url(reached),
            status: 200,
            content_type: Some("text/html; charset=utf-8".to_owned()),
            body: html.as_bytes().to_vec(),
            validators: Validators::default(),
            not_modified: false,
            links: Vec::new(),
            moved_to: None,
        }
    }

    fn name_of(answer: &LinkAnswer) -> &'static str {
        match answer {
            LinkAnswer::Ok => "ok",
            LinkAnswer::Moved { .. } => "moved",
            LinkAnswer::Gone { .. } => "gone",
            LinkAnswer::SoftMissing { .. } => "missing",
            LinkAnswer::Parked { .. } => "parked",
            LinkAnswer::Unreachable { .. } => "unreachable",
            LinkAnswer::Busy => "busy",
            LinkAnswer::Refused { .. } => "refused",
        }
    }

    #[rstest]
    #[case::a_page("<title>Soap | Example</title><h1>Careers in soap</h1>", "ok")]
    #[case::by_title("<title>Page not found | Example</title><h1>Example Society</h1>", "missing")]
    #[case::by_heading("<title>Example Society</title><h1>Oops! That page can&rsquo;t be found.</h1>", "missing")]
    #[case::in_welsh("<title>Cymdeithas</title><h1>Tudalen heb ei chanfod</h1>", "missing")]
    #[case::only_in_the_text("<title>Soap</title><h1>Soap</h1><p>Page not found is what you see when", "ok")]
    #[case::second_heading("<title>Web</title><h1>How browsers work</h1><h1>Page not found</h1>", "ok")]
    #[case::a_lesson_on_errors("<title>404 errors in computing</title><h1>404 errors in computing</h1>", "ok")]
    #[case::a_lesson_on_nature("<title>Not found in nature - Elements | Example</title>", "ok")]
    #[case::in_a_script("<title>Soap</title><script>document.title = 'Page not found'</script>", "ok")]
    #[case::for_sale("<title>example.org</title><h1>Buy this domain</h1>", "parked")]
    #[case::nothing("", "ok")]
    #[case::nested("<div><h1><span>404</span> <b>Not found</b></h1></div>", "missing")]
    fn a_page_is_judged_by_what_it_calls_itself(#[case] html: &str, #[case] expected: &str) {
        assert_eq!(name_of(&judge(&reached(ASKED, ASKED, html))), expected, "{html}");
    }

    #[rstest]
    #[case::home(ASKED, "https://example.org/", "missing")]
    #[case::home_with_www(ASKED, "https://www.example.org/", "missing")]
    #[case::home_by_name(ASKED, "https://example.org/index.php", "missing")]
    #[case::home_of_a_language(ASKED, "https://example.org/en/", "missing")]
    #[case::error_page(ASKED, "https://example.org/errors/404.html", "missing")]
    #[case::error_page_elsewhere(ASKED, "https://example.com/not-found?from=/posters/soap", "missing")]
    #[case::search(ASKED, "https://example.org/search?q=soap", "missing")]
    #[case::seller(ASKED, "https://www.hugedomains.com/domain_profile.cfm?d=example", "parked")]
    #[case::another_page(ASKED, "https://example.org/resources/soap", "ok")]
    #[case::a_site_of_its_own(ASKED, "https://soap.example.org/", "ok")]
    #[case::a_new_name(ASKED, "https://example.com/", "ok")]
    #[case::page_by_number(ASKED, "https://example.org/?page_id=7", "ok")]
    #[case::page_behind_a_sign(ASKED, "https://example.org/#/posters/soap", "ok")]
    #[case::door(ASKED, "https://example.org/login?next=/posters/soap", "ok")]
    #[case::home_itself("https://example.org/", "https://example.org/", "ok")]
    #[case::home_is_elsewhere("https://example.org/", "https://example.org/en/", "ok")]
    #[case::home_by_its_name("https://example.org/index.html", "https://example.org/", "ok")]
    #[case::search_itself("https://example.org/jobs/search?q=soap", "https://www.example.org/search?q=soap", "ok")]
    #[case::lesson_on_errors("https://example.org/maths/error", "https://example.org/a-level/error", "ok")]
    fn a_page_is_judged_by_where_it_leads(#[case] asked: &str, #[case] to: &str, #[case] expected: &str) {
        let answer = judge(&reached(asked, to, "<title>Example Society</title>"));
        assert_eq!(name_of(&answer), expected, "{answer:?}");
    }

    #[rstest]
    #[case::another_page(ASKED, "https://example.org/resources/soap", true)]
    #[case::another_site(ASKED, "https://example.com/soap", true)]
    #[case::https("http://example.org/a", "https://example.org/a", false)]
    #[case::slash("https://example.org/a", "https://example.org/a/", false)]
    #[case::door(ASKED, "https://example.org/account/login", false)]
    #[case::credentials(ASKED, "https://user:word@example.org/soap", false)]
    fn a_page_has_moved_when_people_would_have_to_write_another_address(
        #[case] asked: &str,
        #[case] to: &str,
        #[case] expected: bool,
    ) {
        let fetched = Fetched { moved_to: Some(url(to)), ..reached(asked, to, "<title>Soap</title>") };
        let answer = judge(&fetched);
        assert_eq!(matches!(&answer, LinkAnswer::Moved { to: new } if new.as_str() == to), expected, "{answer:?}");
    }

    #[test]
    fn what_is_no_page_is_there_when_it_answers() {
        let film =
            Fetched { content_type: Some("video/mp4".to_owned()), ..reached(ASKED, ASKED, "<title>404</title>") };
        assert_eq!(judge(&film), LinkAnswer::Ok);
        let unnamed = Fetched { content_type: None, ..reached(ASKED, ASKED, "  <!doctype html><title>404</title>") };
        assert_eq!(name_of(&judge(&unnamed)), "missing");
    }

    #[test]
    fn what_gave_a_page_away_is_told_and_cut() {
        let long = format!("<title>Page not found | {}</title>", "Example ".repeat(50));
        let LinkAnswer::SoftMissing { reason } = judge(&reached(ASKED, ASKED, &long)) else { panic!("it says so") };
        assert!(reason.starts_with("the page calls itself \"Page not found") && reason.len() < 150, "{reason}");
    }
}
