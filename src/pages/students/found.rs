//! What there is for what a student chose: jobs, ways into them, how it is, and what to try; of each a few, and a link to
//! all of them in the search.

use askama::Template;
use index::{Corrected, Facet, Interpretation, SearchRequest, SearchResults};
use schemas::Resource;

use super::ways::{Way, ways};
use super::{Asking, JOBS, LOOK, PATH, ROUTE, TRY, address, all_types, among, asked, levels_for};
use crate::app::App;
use crate::pages::cards::{Card, CardContext, card};
use crate::pages::carried::Carried;
use crate::pages::errors::PageError;
use crate::pages::facet_words::value_label;
use crate::pages::layout::Layout;
use crate::pages::nations::{NationLink, nation_links};
use crate::pages::wording::{counted, say, shorten, word};
use crate::pages::{filters, hits};
use crate::web::answers::CountedSearch;
use crate::web::query::{MAX_QUERY_CHARACTERS, SearchQuery};

#[derive(Template)]
#[template(path = "students_found.html")]
pub(super) struct FoundPage {
    layout: Layout,
    asking: Asking,
    max_characters: usize,
    /// What was chosen or typed: "Chemistry".
    about: String,
    /// "67 things".
    count: String,
    is_nothing: bool,
    /// How the words were read, where that is not as they were typed.
    read_as: Option<ReadAs>,
    /// Another spelling that finds something.
    suggestion: Option<PageLink>,
    jobs: Option<Shelf>,
    looks: Option<Shelf>,
    tries: Option<Shelf>,
    nations: Vec<NationLink>,
    ways: Vec<Way>,
    /// All of it in the search, what is for teachers too.
    search: PageLink,
    /// Back to the choice.
    start: String,
}

/// What was done to the words so that something is found.
struct ReadAs {
    /// The words that nothing says, and those in their place: "enginer", "engineer".
    corrected: Option<(String, String)>,
    /// Whether what has only some of the words is shown as well.
    is_loosened: bool,
    /// The same for exactly these words; `None` where they are too many to be asked for so.
    exactly: Option<String>,
}

/// Some resources of one kind.
struct Shelf {
    cards: Vec<Card>,
    /// All of them, where there are more.
    all: Option<PageLink>,
}

/// A link with its words.
struct PageLink {
    href: String,
    label: String,
}

/// So many jobs, and so many of the others: a screen or two of each.
const MOST_JOBS: usize = 6;
const MOST: usize = 4;
/// So many times as much is looked through for what is for those still at school.
const LOOKED_THROUGH: usize = 3;
/// At this age school is over in all nations.
const ADULT_AGE: u8 = 18;
/// Longer than most job titles; a browser's tab shows no more.
const TITLE_CHARACTERS: usize = 60;

/// The page, and what it counts for: a search that found nothing is one that found nothing for students, whatever there
/// is for teachers.
///
/// # Errors
/// When the index cannot be searched.
pub(super) async fn found_page(
    app: &App,
    query: &SearchQuery,
    carried: &Carried,
) -> Result<(FoundPage, CountedSearch), PageError> {
    let pairs = asked(query);
    let here = address(PATH, &pairs);
    let context = CardContext { carried, vocabularies: app.vocabularies, here: &here };
    // With the help that the search it leads to has, so that it finds as much.
    let everything = SearchRequest { limit: 0, facets: vec![ROUTE], ..query.request.clone() };
    let everything = app.search(everything).await?;
    let levels = levels_for(&query.request, &everything.interpretation);
    let for_students = app.search(among(&query.request, &all_types(), levels, 0)).await?;
    let is_loosened = for_students.interpretation.loosened;
    let shelves = Shelves { app, query, context: &context, levels, is_loosened };
    let about = about(&pairs, app);
    let title = say("students.found-title", &[("words", &shorten(&about, TITLE_CHARACTERS))]);
    let page = FoundPage {
        layout: Layout::new(&title, PATH)
            .described(&say("students.found-description", &[("words", &about)]))
            .scripted(&["search.js"])
            .carrying(carried),
        asking: Asking::new(&query.request.text, carried),
        max_characters: MAX_QUERY_CHARACTERS,
        count: counted("students.things", for_students.total),
        is_nothing: for_students.total == 0,
        read_as: read_as(query, &for_students.interpretation),
        suggestion: suggestion(query, &for_students),
        jobs: shelves.of(&JOBS, MOST_JOBS).await?,
        looks: shelves.of(&LOOK, MOST).await?,
        tries: shelves.of(&TRY, MOST).await?,
        nations: nation_links(carried, |carried| carried.address(&format!("{here}#ways"))),
        ways: ways(carried, everything.facets.first(), &pairs),
        search: PageLink {
            href: carried.address(&address("/", &pairs)),
            label: counted("students.in-search", everything.total),
        },
        start: carried.address(PATH),
        about,
    };
    Ok((page, CountedSearch::of(query, &for_students)))
}

/// Where shelves are filled from.
struct Shelves<'a> {
    app: &'a App,
    query: &'a SearchQuery,
    context: &'a CardContext<'a>,
    /// The levels of what stands on them; of all when there are none.
    levels: &'static [&'static str],
    /// Whether what has only some of the words belongs on them.
    is_loosened: bool,
}

impl Shelves<'_> {
    /// A few of these types, and the way to all of them; `None` where there are none.
    async fn of(&self, types: &[&str], most: usize) -> Result<Option<Shelf>, PageError> {
        let among = among(&self.query.request, types, self.levels, most * LOOKED_THROUGH);
        let results = self.app.search(SearchRequest { help: self.is_loosened, ..among }).await?;
        let mut resources = hits::resources(&results);
        // Stable: among those at school, and among adults, the best match stays first.
        resources.sort_by_key(is_for_adults);
        let cards: Vec<Card> = resources.iter().take(most).map(|resource| card(resource, self.context)).collect();
        if cards.is_empty() {
            return Ok(None);
        }
        let is_cut = results.total > u64::try_from(cards.len()).unwrap_or(u64::MAX);
        let all = is_cut.then(|| PageLink {
            href: self.context.carried.address(&address("/", &narrowed(&asked(self.query), types, self.levels))),
            label: counted("students.see-all", results.total),
        });
        Ok(Some(Shelf { cards, all }))
    }
}

fn is_for_adults(resource: &Resource) -> bool {
    resource.age_range.is_some_and(|ages| ages.from() >= ADULT_AGE)
}

fn narrowed<'a>(pairs: &[(&'a str, &'a str)], types: &[&'a str], levels: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let types = types.iter().map(|id| ("type", *id));
    pairs.iter().copied().chain(types).chain(levels.iter().map(|id| ("level", *id))).collect()
}

/// What was chosen or typed, as people say it: `subject=chemistry` -> "Chemistry".
fn about(pairs: &[(&str, &str)], app: &App) -> String {
    let sources = app.source_names();
    let said = |&(name, value): &(&str, &str)| match Facet::by_name(name) {
        Some(facet) => Some(value_label(app.vocabularies, &sources, facet, value)),
        None => (name == "q").then(|| value.to_owned()),
    };
    let said: Vec<String> = pairs.iter().filter_map(said).collect();
    if said.is_empty() { word("students.your-choice").to_owned() } else { said.join(", ") }
}

/// What is to be told of how the words were read; `None` where they were searched as they were typed.
fn read_as(query: &SearchQuery, understood: &Interpretation) -> Option<ReadAs> {
    let Interpretation { corrected, loosened, .. } = understood;
    if corrected.is_empty() && !loosened {
        return None;
    }
    let listed = |words: fn(&Corrected) -> &str| corrected.iter().map(words).collect::<Vec<_>>().join(", ");
    let exact = exact_words(&query.request.text);
    Some(ReadAs {
        corrected: (!corrected.is_empty()).then(|| (listed(|one| &one.typed), listed(|one| &one.to))),
        is_loosened: *loosened,
        // What is carried is among the parameters of the search already.
        exactly: exact.map(|words| format!("{PATH}{}", query.replace("q", &words))),
    })
}

/// The words as a phrase, which is searched as it stands; `None` of what is one already, or too long to be one.
fn exact_words(text: &str) -> Option<String> {
    let phrase = format!("\"{}\"", text.replace(['"', '“', '”'], ""));
    (phrase != text && phrase.chars().count() <= MAX_QUERY_CHARACTERS).then_some(phrase)
}

fn suggestion(query: &SearchQuery, results: &SearchResults) -> Option<PageLink> {
    let suggestion = results.suggestion.as_ref()?;
    // What is carried is among the parameters of the search already.
    let search = query.suggested(suggestion)?;
    let href = format!("{PATH}{}", search.trim_start_matches('/'));
    Some(PageLink { href, label: suggestion.text.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_words_are_a_phrase_that_the_search_takes() {
        assert_eq!(exact_words("working outdoors").as_deref(), Some("\"working outdoors\""));
        assert_eq!(exact_words("“working” outdoors").as_deref(), Some("\"working outdoors\""));
        assert_eq!(exact_words("\"working outdoors\""), None, "it is one already");
        assert_eq!(exact_words(&"a".repeat(MAX_QUERY_CHARACTERS)), None, "it would be refused");
    }

    #[test]
    fn all_of_a_shelf_are_found_by_its_types() {
        let pairs = narrowed(&[("q", "vet")], &["video", "podcast"], &["phase-secondary"]);
        assert_eq!(address("/", &pairs), "/?q=vet&type=video&type=podcast&level=phase-secondary");
    }
}
