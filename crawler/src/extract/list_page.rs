//! List pages: which records does a page list, and where does the list go on?
//!
//! The selectors of a listing are applied to one page. Each selected element leads to a page of its own, or is a record
//! itself, whose values are selected inside it. Which page to read next, and when to stop, is left to the kind.

use std::collections::BTreeMap;

use schemas::{ListingOptions, ListingPaging, Source, TargetField, parse_address};
use scraper::{ElementRef, Selector};
use url::Url;

use super::budget::Budget;
use super::selectors::{PageSelector, elements, inside_selectors};
use super::{Described, Page};
use crate::normalise::text::{element_text, tidy};
use crate::raw::{RawRecord, RawValues};

/// What stands on a page that lists records.
#[derive(Debug)]
pub(crate) struct ListPage {
    /// What it lists, in its order.
    pub(crate) listed: Vec<Listed>,
    /// Where the list goes on, when the source has a selector for that and it selects a link; else why that cannot be.
    pub(crate) next: Option<Result<Url, String>>,
    /// Whether it was too long to be read to its end.
    pub(crate) is_cut: bool,
}

/// One element of a list.
#[derive(Debug)]
pub(crate) enum Listed {
    /// It leads to this page, without its fragment, which no server is asked for.
    Page(Url),
    /// It leads nowhere, and why.
    Nowhere(String),
    /// It is the record itself.
    Record(Box<RawRecord>),
}

/// Reads a page that lists records. `url` is where it was read from, after redirects.
///
/// A record that is described nowhere else has, where the mapping selects no title and no address, those of the link in its
/// first heading, and where the mapping names no identifier, its address as one. The error is a selector that is none.
pub(crate) fn read_list(html: &str, url: &Url, options: &ListingOptions, source: &Source) -> Result<ListPage, String> {
    let page = Page::parse(html, url);
    let items = elements(&options.items)?;
    let link = options.link.as_deref().map(PageSelector::parse_inside).transpose()?;
    let link = link.map(|link| link.or_attribute("href"));
    let reader = RecordReader::of(source, &page.base);
    let mut list = ListPage { listed: Vec::new(), next: next_list(&page, &options.paging)?, is_cut: page.is_cut };
    let mut budget = Budget::of_a_page();
    for item in page.document.root_element().select(&items) {
        // Elements may be selected inside each other, and each selector looks at all that is in one.
        let looks = item.descendants().count() * (reader.selectors.len() + 1);
        if !budget.look(looks) {
            list.is_cut = true;
            break;
        }
        let listed = match &link {
            Some(link) => led_to(&page.base, link, item),
            None => Listed::Record(Box::new(reader.read(item))),
        };
        if !budget.keep(text_bytes(&listed)) {
            list.is_cut = true;
            break;
        }
        list.listed.push(listed);
    }
    Ok(list)
}

/// Where the list goes on. A link to a place on the same page is none, nor is one that only runs a script.
fn next_list(page: &Page, paging: &ListingPaging) -> Result<Option<Result<Url, String>>, String> {
    let selector = match paging {
        ListingPaging::Next { selector } => PageSelector::parse(selector)?.or_attribute("href"),
        ListingPaging::Single | ListingPaging::Page { .. } => return Ok(None),
    };
    let found = selector.select(&page.document).into_iter().next();
    let leads_on = |link: &String| !link.starts_with('#') && !link.to_ascii_lowercase().starts_with("javascript:");
    Ok(found.filter(leads_on).map(|link| resolved(&page.base, &link)))
}

fn led_to(base: &Url, link: &PageSelector, item: ElementRef<'_>) -> Listed {
    let Some(address) = link.select_inside(item).into_iter().next() else {
        return Listed::Nowhere("there is no link in it".to_owned());
    };
    resolved(base, &address).map_or_else(Listed::Nowhere, Listed::Page)
}

/// The whole address, without its fragment.
fn resolved(base: &Url, text: &str) -> Result<Url, String> {
    let joined = base.join(text).map_err(|error| format!("`{text}` is not an address: {error}"))?;
    let mut address = parse_address(joined.as_str())?;
    address.set_fragment(None);
    Ok(address)
}

fn text_bytes(listed: &Listed) -> usize {
    match listed {
        Listed::Page(address) => address.as_str().len(),
        Listed::Nowhere(reason) => reason.len(),
        Listed::Record(record) => {
            let RawValues::Page(selected) = &record.values else { return 0 };
            selected.values().flatten().map(String::len).sum()
        }
    }
}

/// Reads records out of elements.
struct RecordReader<'s> {
    source: &'s Source,
    base: &'s Url,
    selectors: Vec<(&'s str, PageSelector)>,
    headings: Selector,
    links: Selector,
}

impl<'s> RecordReader<'s> {
    fn of(source: &'s Source, base: &'s Url) -> Self {
        let constant = |css| Selector::parse(css).expect("the selectors of this file are constants");
        Self {
            source,
            base,
            selectors: inside_selectors(source),
            headings: constant("h1, h2, h3, h4, h5, h6"),
            links: constant("a[href]"),
        }
    }

    fn read(&self, item: ElementRef<'_>) -> RawRecord {
        let selected: BTreeMap<String, Vec<String>> = self
            .selectors
            .iter()
            .map(|(name, selector)| ((*name).to_owned(), selector.select_inside(item)))
            .filter(|(_, values)| !values.is_empty())
            .collect();
        let mut described = Described::default();
        let (title, own_address) = self.heading(item);
        described.add_text(TargetField::Title, &title.unwrap_or_default());
        if let Some(address) = &own_address {
            described.add(TargetField::Url, address.as_str());
        }
        if let Some(address) = self.identifier(&selected, own_address) {
            described.add_text(TargetField::Identifier, address.as_str());
        }
        RawRecord {
            base: Some(self.base.to_string()),
            described: described.0,
            ..RawRecord::new(self.base.as_str(), None, RawValues::Page(selected))
        }
    }

    /// The address that a record goes by: what the mapping selects for one, else that of its heading. `None` where the
    /// mapping says what its identifier is, or makes its address of other values.
    fn identifier(&self, selected: &BTreeMap<String, Vec<String>>, own_address: Option<Url>) -> Option<Url> {
        let mapping = &self.source.mapping;
        if mapping.contains_key(&TargetField::Identifier) {
            return None;
        }
        let Some(rule) = mapping.get(&TargetField::Url) else {
            return own_address;
        };
        let mapped = rule.from.iter().find_map(|name| selected.get(name)?.first());
        match mapped {
            Some(address) => resolved(self.base, address).ok(),
            None if rule.template.is_some() => None,
            None => own_address,
        }
    }

    /// The text of the first heading and the address it links to. Where no heading is a link, the address of the only link
    /// in the element; and where there is no heading, the text of that link.
    fn heading(&self, item: ElementRef<'_>) -> (Option<String>, Option<Url>) {
        let headings: Vec<ElementRef<'_>> = item.select(&self.headings).collect();
        let linked = headings.iter().find_map(|heading| {
            let inside = heading.select(&self.links).next();
            Some((*heading, inside.or_else(|| self.link_around(*heading, item))?))
        });
        let (titled, link) = match linked {
            Some((heading, link)) => (Some(heading), Some(link)),
            None => {
                let link = self.only_link(item);
                (headings.first().copied().or(link), link)
            }
        };
        let title = titled.map(|element| tidy(&element_text(element)));
        let address = link.and_then(|link| resolved(self.base, link.attr("href")?).ok());
        (title, address)
    }

    /// The link that a heading stands in, inside the element or as the element.
    fn link_around<'d>(&self, heading: ElementRef<'d>, item: ElementRef<'d>) -> Option<ElementRef<'d>> {
        let around = heading.ancestors().filter_map(ElementRef::wrap);
        let depth = around.clone().take_while(|element| element.id() != item.id()).count();
        around.take(depth + 1).find(|element| self.links.matches(element))
    }

    fn only_link<'d>(&self, item: ElementRef<'d>) -> Option<ElementRef<'d>> {
        if self.links.matches(&item) {
            return Some(item);
        }
        let mut links = item.select(&self.links);
        let first = links.next()?;
        links.all(|other| other.attr("href") == first.attr("href")).then_some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::source;
    use rstest::rstest;
    use schemas::SourceKind;

    fn read(place: &str, mapping: &str, html: &str) -> ListPage {
        let head = "kind = \"listing\"\n[where]\nurl = \"https://example.org/list\"";
        let source = source(&format!("{head}\n{place}\n[mapping]\n{mapping}\n"));
        let SourceKind::Listing(options) = &source.kind else { panic!("{:?} is no listing", source.kind) };
        let url = Url::parse("https://example.org/list/").expect("an address");
        read_list(html, &url, options, &source).expect("the selectors are right")
    }

    /// What is listed, one a line.
    fn told(list: &ListPage) -> Vec<String> {
        let lines = list.listed.iter().map(|listed| match listed {
            Listed::Page(address) => address.to_string(),
            Listed::Nowhere(reason) => reason.clone(),
            Listed::Record(record) => {
                let RawValues::Page(selected) = &record.values else { panic!("{record:?} is of no page") };
                let selected = selected.iter().map(|(name, values)| format!("{name} = {}", values.join(" + ")));
                let described =
                    record.described.iter().map(|(field, values)| format!("{}: {}", field.name(), values.join(" + ")));
                described.chain(selected).collect::<Vec<_>>().join(", ")
            }
        });
        lines.collect()
    }

    #[test]
    fn each_element_leads_to_its_page() {
        let html = "<base href=/en/><ul><li><a class=x>x</a><a href='a#top'>A</a><a href=other>O</a><li><a href=//example.com/b>B</a>
            <li>C<li><a href='mailto:jo@example.org'>D</a></ul>";
        let list = read("items = \"li\"\nlink = \"a[href]\"", "title = \"h1\"", html);
        let expected = [
            "https://example.org/en/a",
            "https://example.com/b",
            "there is no link in it",
            "`mailto:jo@example.org` is not an http or https address",
        ];
        assert_eq!(told(&list), expected);
        let cards =
            read("items = \"a.card\"\nlink = \"@href\"", "title = \"h1\"", "<a class=card href=a><h2>A</h2></a>");
        assert_eq!(told(&cards), ["https://example.org/list/a"]);
    }

    #[rstest]
    #[case::heading(
        "title = \"h2\"",
        "<h2><a href=a>A</a></h2><a href=b>B</a>",
        "identifier: https://example.org/list/a, title: A, url: https://example.org/list/a, h2 = A"
    )]
    #[case::heading_in_a_link(
        "description = \"p\"",
        "<a href=a><h2>A</h2></a><p>x</p>",
        "identifier: https://example.org/list/a, title: A, url: https://example.org/list/a, p = x"
    )]
    #[case::only_link(
        "description = \"p\"",
        "<h2>A</h2><p><a href=a>more</a> <a href=a>still more</a></p>",
        "identifier: https://example.org/list/a, title: A, url: https://example.org/list/a, p = more still more"
    )]
    #[case::no_heading(
        "description = \"p\"",
        "<a href=a>A</a>",
        "identifier: https://example.org/list/a, title: A, url: https://example.org/list/a"
    )]
    #[case::links_that_could_be_any("description = \"p\"", "<h2>A</h2><a href=tag>t</a><a href=a>more</a>", "title: A")]
    #[case::mapped_address(
        "url = \"a.b@href\"",
        "<h2><a href=a>A</a></h2><a class=b href=b>B</a>",
        "identifier: https://example.org/list/b, title: A, url: https://example.org/list/a, a.b@href = b"
    )]
    #[case::made_address(
        "url = { template = \"/x/{b}\" }",
        "<h2><a href=a>A</a></h2><b>7</b>",
        "title: A, url: https://example.org/list/a, b = 7"
    )]
    #[case::mapped_identifier(
        "identifier = \"@data-id\"",
        "<h2><a href=a>A</a></h2>",
        "title: A, url: https://example.org/list/a, @data-id = 1"
    )]
    fn an_element_is_a_record(#[case] mapping: &str, #[case] html: &str, #[case] expected: &str) {
        let list = read("items = \"div\"", mapping, &format!("<div data-id=1>{html}</div>"));
        assert_eq!(told(&list), [expected]);
    }

    #[rstest]
    #[case::link("<a rel=next href='?page=2#x'>next</a>", Some("https://example.org/list/?page=2"))]
    #[case::first_of_several("<a rel=next href=/2>2</a><a rel=next href=/3>3</a>", Some("https://example.org/2"))]
    #[case::same_page("<a rel=next href='#'>next</a>", None)]
    #[case::script("<a rel=next href='JavaScript:next()'>next</a>", None)]
    #[case::disabled("<a rel=next>next</a>", None)]
    #[case::none("<a href=x>x</a>", None)]
    fn a_list_says_where_it_goes_on(#[case] html: &str, #[case] expected: Option<&str>) {
        let list = read("items = \"li\"\nnext = \"a[rel=next]\"", "title = \"h2\"", html);
        let next = list.next.map(|next| next.expect("an address").to_string());
        assert_eq!(next.as_deref(), expected);
    }

    #[test]
    fn a_next_list_that_cannot_be_is_told() {
        let list = read("items = \"li\"\nnext = \"a\"", "title = \"h2\"", "<a href='file:///etc/passwd'>next</a>");
        assert_eq!(list.next, Some(Err("`file:///etc/passwd` is not an http or https address".to_owned())));
    }

    #[test]
    fn a_list_without_end_is_read_in_part() {
        let deep = "<div>".repeat(450) + &"<i>x</i>".repeat(20_000);
        let list = read("items = \"div\"", "title = \"i\"", &deep);
        assert!(list.is_cut && !list.listed.is_empty(), "{}", list.listed.len());
        let short = read("items = \"div\"", "title = \"i\"", "<div><i>x</i></div>");
        assert!(!short.is_cut);
    }
}
