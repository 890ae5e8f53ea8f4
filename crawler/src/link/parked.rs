//! Is this the page of somebody who sells the domain?
//!
//! A domain that was given up often answers again soon, for everything, with advertisements. Known by the hosts that do
//! this business, and by what such pages say; they say little else, so a long page is never one.

use url::Url;

use super::soft_404::PageWords;

/// Hosts that sell and park domains, those below them included.
const PARKING_HOSTS: [&str; 17] = [
    "above.com",
    "afternic.com",
    "bodis.com",
    "buydomains.com",
    "cashparking.com",
    "dan.com",
    "domainmarket.com",
    "domainnamesales.com",
    "hugedomains.com",
    "parkingcrew.net",
    "parkingpage.namecheap.com",
    "parklogic.com",
    "sedo.com",
    "sedoparking.com",
    "smartname.com",
    "undeveloped.com",
    "uniregistry.com",
];

/// What such pages say, in lower case.
const PHRASES: [&str; 16] = [
    "this domain is for sale",
    "this domain name is for sale",
    "this domain may be for sale",
    "this domain name may be for sale",
    "this web page is parked",
    "this domain is parked",
    "this domain has expired",
    "this domain name has expired",
    "domain parking",
    "domain is for sale",
    "parked domain",
    "parked free",
    "buy this domain",
    "enquire about this domain",
    "inquire about this domain",
    "make an offer on this domain",
];

/// A page of a domain that is for sale has a few sentences. So short a text about a subject is rarely on a page of
/// its own, and hardly ever about parked domains.
pub(super) const SHORT_CHARACTERS: usize = 1_500;

/// The host that sells domains to which a link leads that was not its own.
pub(super) fn parking_host(asked: &Url, reached: &Url) -> Option<&'static str> {
    let own = asked.host_str().and_then(in_the_business);
    reached.host_str().and_then(in_the_business).filter(|_| own.is_none())
}

/// What on a page gives away that its domain is for sale.
pub(super) fn gives_away(page: &PageWords, reached: &Url) -> Option<String> {
    let text = page.short_text.as_deref()?;
    let shop = page.loads.iter().find_map(|address| in_the_business(reached.join(address).ok()?.host_str()?));
    if let Some(shop) = shop {
        return Some(format!("it shows what {shop} sells"));
    }
    let said = text.to_lowercase();
    if let Some(phrase) = PHRASES.iter().find(|phrase| said.contains(**phrase)) {
        return Some(format!("it says \"{phrase}\""));
    }
    let host = reached.host_str()?;
    let name = host.strip_prefix("www.").unwrap_or(host);
    said.contains(&format!("{name} is for sale")).then(|| format!("it says that {name} is for sale"))
}

/// The host of the table that this is, or is below.
fn in_the_business(host: &str) -> Option<&'static str> {
    PARKING_HOSTS.into_iter().find(|known| {
        let above = host.strip_suffix(*known);
        above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("an address")
    }

    #[rstest]
    #[case::sold("https://example.org/a", "https://www.hugedomains.com/domain_profile.cfm", Some("hugedomains.com"))]
    #[case::itself("https://dan.com/careers", "https://dan.com/careers", None)]
    #[case::only_ends_alike("https://example.org/", "https://jordan.com/", None)]
    #[case::elsewhere("https://example.org/", "https://example.com/", None)]
    fn a_link_that_leads_to_a_seller_of_domains_is_parked(
        #[case] asked: &str,
        #[case] reached: &str,
        #[case] expected: Option<&str>,
    ) {
        assert_eq!(parking_host(&url(asked), &url(reached)), expected);
    }

    #[rstest]
    #[case::said("<title>example.org</title><h2>This domain is for sale!</h2>", true)]
    #[case::expired("<h1>This domain has expired.</h1><p>Is it yours? Renew it now.</p>", true)]
    #[case::named("<title>example.org is for sale</title>", true)]
    #[case::frame("<title>example.org</title><iframe src='//www.sedoparking.com/frame'></iframe>", true)]
    #[case::script("<script src='https://d.parkingcrew.net/a.js'></script>", true)]
    #[case::seller_is_linked("<p>We bought our name at <a href='https://sedo.com/'>Sedo</a>.</p>", false)]
    #[case::something_else("<h1>Careers in soap</h1><p>All our posters are for sale.</p>", false)]
    fn a_page_of_a_parked_domain_gives_itself_away(#[case] html: &str, #[case] expected: bool) {
        let page = PageWords::read(html);
        assert_eq!(gives_away(&page, &url("https://www.example.org/posters")).is_some(), expected);
    }

    #[test]
    fn a_long_page_about_parked_domains_is_none() {
        let html = format!("<h1>Domain parking</h1>{}", "<p>A name on the internet has an owner.</p>".repeat(60));
        assert_eq!(gives_away(&PageWords::read(&html), &url("https://example.org/lesson")), None);
    }
}
