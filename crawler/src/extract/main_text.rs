//! Main text: what does a page say to its readers, when it describes itself nowhere?
//!
//! The part of the page with the most paragraph text outside links is found: what the page marks as its main part or as an
//! article first. Its first heading is the title, its first paragraphs are the description. What surrounds it on every
//! page of a site is dropped before.

use std::collections::HashMap;

use schemas::TargetField;
use scraper::{ElementRef, Html};

use super::Described;
use crate::normalise::text::{element_text, tidy};

/// So much of the main text describes a page. A search looks no further, and a reader neither.
const MAX_CHARACTERS: usize = 2_000;

/// Shorter ones are labels and buttons. Source: Mozilla's Readability, which counts no paragraph below 25 characters.
const MIN_PARAGRAPH_CHARACTERS: usize = 25;

/// So many paragraphs of a page are weighed.
const MAX_PARAGRAPHS: usize = 5_000;

/// What stands around the text of a page, or is not for readers.
const BOILERPLATE: [&str; 18] = [
    "nav", "footer", "aside", "form", "script", "style", "noscript", "template", "svg", "iframe", "object", "button",
    "select", "dialog", "menu", "figure", "audio", "video",
];
const BOILERPLATE_ROLES: [&str; 7] =
    ["navigation", "banner", "contentinfo", "complementary", "search", "dialog", "alert"];

/// Words in the class or the id of what is laid over a page, or shows the way to it.
const BOILERPLATE_WORDS: [&str; 5] = ["cookie", "cookies", "consent", "breadcrumb", "breadcrumbs"];

/// Elements that may hold a paragraph of text, when they hold no element that stands for itself.
const PARAGRAPHS: [&str; 10] = ["p", "pre", "blockquote", "dd", "li", "div", "td", "section", "article", "main"];

/// Elements that stand for themselves.
const BLOCKS: &str = "p pre blockquote dl dd dt ul ol li div table tbody tr td section article main header footer nav \
    aside form figure fieldset details h1 h2 h3 h4 h5 h6";

/// The title and the description that the text of a page gives; nothing when it has none.
pub(super) fn read(document: &Html) -> Described {
    let text = PageText::of(document.root_element());
    let main = main_part(&text.paragraphs);
    let mut described = Described::default();
    let is_in_main = |element: ElementRef<'_>| {
        main.is_some_and(|main| element.id() == main.id() || element.ancestors().any(|around| around.id() == main.id()))
    };
    let title = ["h1", "h2"].iter().find_map(|name| {
        let named: Vec<_> = text.headings.iter().filter(|heading| heading.value().name() == *name).collect();
        let heading = named.iter().find(|heading| is_in_main(***heading)).or(named.first())?;
        Some(tidy(&element_text(**heading)))
    });
    described.add_text(TargetField::Title, &title.unwrap_or_default());
    let mut description = String::new();
    for paragraph in text.paragraphs.iter().filter(|paragraph| is_in_main(paragraph.element)) {
        if description.chars().count() >= MAX_CHARACTERS {
            break;
        }
        if !description.is_empty() {
            description.push(' ');
        }
        description.push_str(&paragraph.text);
    }
    described.add_text(TargetField::Description, beginning(&description, MAX_CHARACTERS));
    described
}

/// What of a page is for reading.
struct PageText<'d> {
    /// `h1` and `h2`, none of them empty, in the order of the page.
    headings: Vec<ElementRef<'d>>,
    paragraphs: Vec<Paragraph<'d>>,
}

struct Paragraph<'d> {
    element: ElementRef<'d>,
    text: String,
    /// The characters outside links.
    weight: usize,
}

impl<'d> PageText<'d> {
    fn of(root: ElementRef<'d>) -> Self {
        let mut found = Self { headings: Vec::new(), paragraphs: Vec::new() };
        let mut waiting = vec![root];
        while let Some(element) = waiting.pop() {
            if found.paragraphs.len() == MAX_PARAGRAPHS {
                break;
            }
            let name = element.value().name();
            if is_boilerplate(element) {
                continue;
            }
            if matches!(name, "h1" | "h2") {
                if !tidy(&element_text(element)).is_empty() {
                    found.headings.push(element);
                }
            } else if PARAGRAPHS.contains(&name) && !holds_blocks(element) {
                found.paragraphs.extend(paragraph(element));
            } else {
                waiting.extend(element.children().rev().filter_map(ElementRef::wrap));
            }
        }
        found
    }
}

fn is_boilerplate(element: ElementRef<'_>) -> bool {
    let name = element.value().name();
    if matches!(name, "html" | "head" | "body" | "main" | "article") {
        return name == "head";
    }
    let is_hidden = element.attr("hidden").is_some() || element.attr("aria-hidden") == Some("true");
    let role = element.attr("role").unwrap_or_default();
    if is_hidden || BOILERPLATE.contains(&name) || BOILERPLATE_ROLES.contains(&role) {
        return true;
    }
    // The head of an article is its own, that of a page belongs to the site.
    if name == "header" {
        return landmark(element).is_none();
    }
    [element.attr("class"), element.attr("id")].into_iter().flatten().any(|words| {
        words
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| BOILERPLATE_WORDS.iter().any(|boilerplate| word.eq_ignore_ascii_case(boilerplate)))
    })
}

fn holds_blocks(element: ElementRef<'_>) -> bool {
    element.child_elements().any(|child| stands_for_itself(child.value().name()))
}

fn stands_for_itself(name: &str) -> bool {
    BLOCKS.split(' ').any(|block| block == name)
}

/// The text of an element, unless it is too short or mostly links.
fn paragraph(element: ElementRef<'_>) -> Option<Paragraph<'_>> {
    let text = tidy(&element_text(element));
    let characters = text.chars().count();
    let links = element.descendent_elements().filter(|inner| inner.value().name() == "a");
    let in_links: usize = links.map(|link| tidy(&element_text(link)).chars().count()).sum();
    let is_text = characters >= MIN_PARAGRAPH_CHARACTERS && in_links * 2 <= characters;
    is_text.then(|| Paragraph { element, text, weight: characters - in_links })
}

/// The part of the page that its text is in: a landmark when at least half of it is there, else the element whose
/// paragraphs weigh most, those one level deeper counting two thirds.
fn main_part<'d>(paragraphs: &[Paragraph<'d>]) -> Option<ElementRef<'d>> {
    let whole: usize = paragraphs.iter().map(|paragraph| paragraph.weight).sum();
    let in_landmarks = paragraphs.iter().filter_map(|one| Some((landmark(one.element)?, one.weight)));
    if let Some((landmark, weight)) = heaviest(in_landmarks)
        && weight * 2 >= whole
    {
        return Some(landmark);
    }
    let in_parents = paragraphs.iter().flat_map(|one| {
        let parents = one.element.ancestors().filter_map(ElementRef::wrap).take(2);
        parents.zip([one.weight, one.weight * 2 / 3])
    });
    heaviest(in_parents).map(|(element, _)| element)
}

/// The `main` part that an element is in or is, else the outermost article.
fn landmark(element: ElementRef<'_>) -> Option<ElementRef<'_>> {
    let mut article = None;
    for one in std::iter::once(*element).chain(element.ancestors()).filter_map(ElementRef::wrap) {
        match one.value().name() {
            "main" => return Some(one),
            _ if one.attr("role") == Some("main") => return Some(one),
            "article" => article = Some(one),
            _ => {}
        }
    }
    article
}

/// The element that gathers the most weight, and how much; of several the one that comes first.
fn heaviest<'d>(weights: impl Iterator<Item = (ElementRef<'d>, usize)>) -> Option<(ElementRef<'d>, usize)> {
    let mut places = HashMap::new();
    let mut gathered: Vec<(ElementRef<'d>, usize)> = Vec::new();
    for (element, weight) in weights {
        let place = *places.entry(element.id()).or_insert(gathered.len());
        match gathered.get_mut(place) {
            Some((_, sum)) => *sum += weight,
            None => gathered.push((element, weight)),
        }
    }
    // Of equals `max_by_key` takes the last.
    gathered.into_iter().rev().max_by_key(|(_, weight)| *weight)
}

/// A text of at most so many characters, cut behind a sentence where one ends in its second half, else behind a word.
fn beginning(text: &str, max_characters: usize) -> &str {
    let Some((end, _)) = text.char_indices().nth(max_characters) else {
        return text;
    };
    let cut = &text[..end];
    let sentence = [". ", "! ", "? "].iter().filter_map(|sign| cut.rfind(*sign)).max().map(|at| at + 1);
    let word = || cut.rfind(' ').unwrap_or(end);
    &cut[..sentence.filter(|at| *at > end / 2).unwrap_or_else(word)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn said(html: &str) -> (String, String) {
        let mut described = read(&Html::parse_document(html));
        let mut text = |field| described.0.remove(&field).map(|values| values.join(" + ")).unwrap_or_default();
        (text(TargetField::Title), text(TargetField::Description))
    }

    const BEES: &str = "Bees live in hives and look after them.";
    const WASPS: &str = "Wasps build their nests out of paper.";

    #[rstest]
    #[case::main("<p>WASPS WASPS</p><main><h1>Bees</h1><p>BEES</p><p>WASPS</main>")]
    #[case::role("<div role=main><h1>Bees</h1><div>BEES</div><ul><li>WASPS</ul></div>")]
    #[case::only_the_landmark("<h1>Bees</h1><article>BEES <b>WASPS</b></article>")]
    #[case::article("<h1>Bees</h1><article><p>BEES<p>WASPS</article><p>Written by Jo Bloggs last week.</p>")]
    #[case::most_text(
        "<div><p>Sign up to read more of these.</p></div><div><h1>Bees</h1><p>BEES</p><p>WASPS</p></div>"
    )]
    #[case::each_in_its_own("<h2>Bees</h2><div><div><p>BEES</div><div><p>WASPS</div><div><br></div></div>")]
    #[case::without_paragraphs("<table><tr><td><h1>Bees</h1></td></tr><tr><td>BEES <b>WASPS</b></td></tr></table>")]
    #[case::boilerplate(
        "<header><h1>Example Society</h1><p>WASPS BEES WASPS</p></header><nav><p>WASPS BEES</p></nav>
         <div class='cookie-banner'><p>WASPS BEES WASPS</p></div><main><header><h1>Bees</h1></header><p>BEES</p>
         <p>WASPS</p><aside><p>WASPS</p></aside><form><p>WASPS</p></form><p hidden>WASPS</p>
         <script>let a = 'WASPS'</script></main><footer><p>WASPS BEES WASPS</p></footer>"
    )]
    #[case::links(
        "<div><h1>Bees</h1><p>BEES</p><p>WASPS</p></div>
         <div><p><a href=1>WASPS WASPS</a> more</p><p><a href=2>WASPS BEES</a></p></div>"
    )]
    fn the_main_text_of_a_page_is_found(#[case] page: &str) {
        let html = page.replace("BEES", BEES).replace("WASPS", WASPS);
        assert_eq!(said(&html), ("Bees".to_owned(), format!("{BEES} {WASPS}")));
    }

    #[test]
    fn a_page_without_text_gives_nothing() {
        for html in ["", "plain words", "<p>Short.</p>", "<nav><h1>Menu</h1></nav>"] {
            assert_eq!(said(html), (String::new(), String::new()), "{html}");
        }
    }

    #[test]
    fn a_long_text_is_cut_behind_a_sentence() {
        let paragraphs = format!("<p>{BEES}</p>").repeat(100);
        let (_, description) = said(&format!("<main>{paragraphs}</main>"));
        assert!(
            description.ends_with("them.") && (1_900..=MAX_CHARACTERS).contains(&description.len()),
            "{description}"
        );
        assert_eq!(beginning("One two. Three four", 15), "One two.");
        assert_eq!(beginning("One. Two three four", 15), "One. Two three");
        assert_eq!(beginning("Onetwothree", 5), "Onetw");
        assert_eq!(beginning("Bee", 3), "Bee");
    }

    #[test]
    fn a_page_that_nests_or_goes_on_without_end_ends() {
        let deep = format!("{}{BEES}", "<div>".repeat(500));
        assert_eq!(said(&deep).1, BEES);
        let wide = format!("<p>{BEES}</p>").repeat(MAX_PARAGRAPHS * 2);
        assert!(said(&wide).1.starts_with(BEES));
    }
}
