//! `Card`: a resource in a list, as much of it as helps to choose between several, with the link that puts it on the
//! visitor's shortlist. The template `card.html` shows one.

use askama::filters::Safe;
use schemas::{ConceptRef, ControlledField, LinkState, Method, Resource, ResourceId, Vocabularies};

use super::carried::Carried;
use super::outbound::Outbound;
use super::resource::back::Back;
use super::wording::{say, word};
use super::{levels, markup, wording};

/// So much of a description.
pub(super) const DESCRIPTION_CHARACTERS: usize = 240;
/// So many values of one field.
const VALUES_OF_A_FIELD: usize = 3;

/// What a card follows from besides its resource.
pub(super) struct CardContext<'a> {
    /// What the visitor takes along: in whose words levels are said, and what is on the shortlist.
    pub(super) carried: &'a Carried,
    /// The words.
    pub(super) vocabularies: &'a Vocabularies,
    /// The address of the page it stands on, without what is carried: where the links of the shortlist come back to, and,
    /// if it is a page of results, the page of the resource.
    pub(super) here: &'a str,
}

/// One resource in a list.
pub(super) struct Card {
    pub(super) id: ResourceId,
    /// Its page with us.
    pub(super) href: String,
    pub(super) title: Safe<String>,
    /// Its language, when it is not English.
    pub(super) language: Option<String>,
    /// The name of the drawing of what it is.
    pub(super) icon: String,
    /// What it is: "Video".
    pub(super) kind: Option<String>,
    pub(super) publisher: Option<String>,
    /// The site it is on; of what stands on a shelf, who holds it.
    pub(super) place: Option<String>,
    /// Where it is, for those who read on paper.
    pub(super) address: Option<String>,
    /// What they cannot look up on its page: "Terms of use: CC BY 4.0".
    pub(super) on_paper: Vec<String>,
    pub(super) is_closed: bool,
    /// Whether an editor put it first for these words.
    pub(super) is_pinned: bool,
    /// For whom and about what, a few words of each.
    pub(super) tags: Vec<String>,
    /// The same, as far as no catalogue states it: "Chemistry, Key Stage 3".
    pub(super) inferred: Option<String>,
    pub(super) description: Option<Safe<String>>,
    /// When it takes place, and until when one may enter.
    pub(super) dates: Vec<String>,
    /// What one should know before following it.
    pub(super) notes: Vec<String>,
    pub(super) link: LinkNote,
    pub(super) shortlist: ShortlistLink,
}

/// What is known of its address.
pub(super) struct LinkNote {
    /// The name of the drawing beside it.
    pub(super) icon: &'static str,
    /// "Link worked on 3 March 2026".
    pub(super) text: String,
}

/// The way onto the shortlist, or off it.
pub(super) struct ShortlistLink {
    /// The same page with the other shortlist; `None` while the shortlist is full.
    pub(super) href: Option<String>,
    pub(super) label: &'static str,
    /// The name of the drawing beside it.
    pub(super) icon: &'static str,
    /// The shortlist, for what is on it: its address, and what it is called with how many it holds.
    pub(super) list: Option<(String, String)>,
}

/// A resource as a card.
pub(super) fn card(resource: &Resource, context: &CardContext<'_>) -> Card {
    let outbound = resource.url.as_deref().and_then(Outbound::parse);
    let site = outbound.as_ref().map(|link| link.host.clone());
    let holder = || resource.held_by.as_ref().map(|holder| say("card.held-by", &[("holder", holder)]));
    let kinds = || resource.resource_types.iter().take(VALUES_OF_A_FIELD);
    let values = values(resource, context);
    let description = resource.description.as_deref();
    Card {
        href: context.carried.address(&page_of(&resource.id, context.here)),
        title: markup::marked(None, &resource.title),
        language: wording::foreign_language(resource),
        icon: resource.resource_types.first().map_or_else(|| "resource".to_owned(), |kind| kind.id.to_string()),
        kind: said(kinds()),
        publisher: resource.publisher.clone(),
        place: site.or_else(holder),
        address: outbound.map(|link| link.href),
        on_paper: on_paper(resource),
        is_closed: resource.closed.is_some(),
        is_pinned: false,
        tags: tags(resource, &values),
        inferred: said(kinds().chain(values.iter().copied()).filter(|value| value.method == Method::Inferred)),
        description: description.map(|text| markup::marked(None, &wording::shorten(text, DESCRIPTION_CHARACTERS))),
        dates: dates(resource),
        notes: Vec::new(),
        link: link_note(resource),
        shortlist: shortlist_link(&resource.id, context),
        id: resource.id.clone(),
    }
}

/// The page of a resource, which knows the page of results it was opened from.
fn page_of(id: &ResourceId, here: &str) -> String {
    let path = format!("/resources/{id}");
    Back::parse(here).map_or_else(|| path.clone(), |back| back.on(&path))
}

/// The terms of use, also that nobody states them; how long it takes and what it costs, as far as that is known.
fn on_paper(resource: &Resource) -> Vec<String> {
    let concepts = |field| said(resource.concepts(field).iter());
    let line = |name, value: String| say("card.paper", &[("name", &word(name)), ("value", &value)]);
    let licence = concepts(ControlledField::Licence).unwrap_or_else(|| word("card.paper-unsaid").to_owned());
    let duration = resource.duration.as_deref().map(wording::duration);
    let known = [
        duration.map(|time| line("card.paper-duration", time)),
        concepts(ControlledField::Cost).map(|cost| line("card.paper-cost", cost)),
    ];
    known.into_iter().flatten().chain([line("card.paper-licence", licence)]).collect()
}

/// The levels in the visitor's words, then the subjects; a few of each.
fn values<'a>(resource: &'a Resource, context: &CardContext<'_>) -> Vec<&'a ConceptRef> {
    let list = context.vocabularies.of(ControlledField::Level);
    let levels = levels::said_in(&resource.levels, list, context.carried.nation());
    levels.into_iter().take(VALUES_OF_A_FIELD).chain(resource.subjects.iter().take(VALUES_OF_A_FIELD)).collect()
}

fn tags(resource: &Resource, values: &[&ConceptRef]) -> Vec<String> {
    let stated = values.iter().filter(|value| value.method != Method::Inferred).map(|value| value.label.clone());
    resource.age_range.map(wording::ages).into_iter().chain(stated).collect()
}

/// "Video, Case study"; `None` of nothing.
fn said<'a>(values: impl Iterator<Item = &'a ConceptRef>) -> Option<String> {
    let labels: Vec<&str> = values.map(|value| value.label.as_str()).collect();
    (!labels.is_empty()).then(|| labels.join(", "))
}

fn dates(resource: &Resource) -> Vec<String> {
    let starts = resource.starts.as_deref().map(|time| say("card.starts", &[("when", &wording::moment(time))]));
    let deadline = resource.deadline.as_deref().map(|time| say("card.deadline", &[("when", &wording::moment(time))]));
    starts.into_iter().chain(deadline).collect()
}

fn link_note(resource: &Resource) -> LinkNote {
    let checked = resource.link.checked_at.as_deref().map(wording::day);
    let (icon, dated, undated) = match resource.link.state {
        LinkState::Ok => ("check", "card.link-ok-on", "card.link-ok"),
        LinkState::Moved => ("arrow", "card.link-moved-on", "card.link-moved"),
        LinkState::Broken => ("warning", "card.link-broken-on", "card.link-broken"),
        LinkState::Unchecked => ("question", "card.link-unchecked-since", "card.link-unchecked"),
        LinkState::None => ("question", "card.link-none", "card.link-none"),
    };
    let text = checked.map_or_else(|| word(undated).to_owned(), |day| say(dated, &[("day", &day)]));
    LinkNote { icon, text }
}

fn shortlist_link(id: &ResourceId, context: &CardContext<'_>) -> ShortlistLink {
    let back = |carried: &Carried| carried.address(&format!("{}#r-{id}", context.here));
    if context.carried.has(id) {
        let href = Some(back(&context.carried.without(id)));
        let label = say("card.see-list", &[("n", &context.carried.list.len())]);
        let list = Some((context.carried.shortlist_address(), label));
        return ShortlistLink { href, label: word("card.take-off"), icon: "remove", list };
    }
    match context.carried.with(id) {
        Some(longer) => ShortlistLink { href: Some(back(&longer)), label: word("card.add"), icon: "add", list: None },
        None => ShortlistLink { href: None, label: word("card.full"), icon: "warning", list: None },
    }
}

#[cfg(test)]
mod tests {
    use schemas::{Link, Metadata, Publication};

    use super::*;
    use crate::pages::carried::MAX_LISTED;

    fn resource(link: Link) -> Resource {
        let metadata = Metadata { title: "Soap & <b>water</b>".to_owned(), ..Metadata::default() };
        let publication = Publication {
            id: ResourceId::founded_on("soap"),
            records: Vec::new(),
            link,
            created: "2026-11-02T08:00:00Z".to_owned(),
            updated: "2026-11-20T10:30:00Z".to_owned(),
            description_in_full: true,
            pinned: false,
        };
        Resource::publish(&metadata, publication, Vocabularies::shipped())
    }

    fn card_with(link: Link, carried: &Carried) -> Card {
        card(&resource(link), &CardContext { carried, vocabularies: Vocabularies::shipped(), here: "/?q=soap" })
    }

    fn unchecked() -> Link {
        Link { state: LinkState::Unchecked, checked_at: None }
    }

    #[test]
    fn the_link_of_the_shortlist_comes_back_to_the_card_with_one_more_or_one_less() {
        let id = ResourceId::founded_on("soap");
        let add = card_with(unchecked(), &Carried::default()).shortlist;
        assert_eq!(add.href, Some(format!("/?q=soap&list={id}#r-{id}")));
        let carried = Carried { list: vec![id.clone()], ..Carried::default() };
        let take_off = card_with(unchecked(), &carried).shortlist;
        assert_eq!(take_off.href, Some(format!("/?q=soap#r-{id}")));
        assert_ne!(add.label, take_off.label);
    }

    #[test]
    fn a_full_shortlist_takes_no_more_and_says_so() {
        let list = (0..MAX_LISTED).map(|number| ResourceId::founded_on(&number.to_string())).collect();
        let shortlist = card_with(unchecked(), &Carried { list, ..Carried::default() }).shortlist;
        assert_eq!((shortlist.href, shortlist.label), (None, "Your shortlist is full"));
    }

    #[test]
    fn the_state_of_the_link_is_said_with_the_day_it_was_checked() {
        let checked_at = Some("2026-03-03T09:00:00Z".to_owned());
        for (state, said) in [
            (LinkState::Ok, "Link worked on 3 March 2026"),
            (LinkState::Broken, "Link did not work on 3 March 2026"),
            (LinkState::None, "No web address"),
        ] {
            let card = card_with(Link { state, checked_at: checked_at.clone() }, &Carried::default());
            assert_eq!(card.link.text, said);
        }
        assert_eq!(card_with(unchecked(), &Carried::default()).link.text, "Link not checked yet");
    }

    #[test]
    fn a_resource_opened_from_results_knows_the_way_back_and_one_opened_elsewhere_does_not() {
        let id = ResourceId::founded_on("soap");
        let (carried, vocabularies) = (Carried::read(Some("words=wales")), Vocabularies::shipped());
        for (here, back) in
            [("/?q=soap", "back=/?q=soap&"), ("/students?q=soap", "back=/students?q=soap&"), ("/list", "")]
        {
            let card = card(&resource(unchecked()), &CardContext { carried: &carried, vocabularies, here });
            assert_eq!(card.href, format!("/resources/{id}?{back}words=wales"));
        }
    }

    #[test]
    fn what_is_on_the_shortlist_leads_to_it() {
        let id = ResourceId::founded_on("soap");
        let carried = Carried { list: vec![id.clone()], chosen_nation: Some("wales") };
        let list = card_with(unchecked(), &carried).shortlist.list;
        assert_eq!(list, Some((format!("/list?ids={id}&words=wales"), say("card.see-list", &[("n", &1)]))));
        assert_eq!(card_with(unchecked(), &Carried::default()).shortlist.list, None);
    }

    #[test]
    fn paper_says_the_terms_of_use_or_that_nobody_states_them() {
        assert_eq!(card_with(unchecked(), &Carried::default()).on_paper, ["Terms of use: not stated"]);
    }

    #[test]
    fn a_title_is_text_and_never_markup() {
        let title = card_with(unchecked(), &Carried::default()).title.0;
        assert!(!title.contains("<b>"), "{title}");
    }
}
