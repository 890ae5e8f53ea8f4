//! MODS: what does a record of a library's digital collection say in our fields?
//!
//! An element goes in, texts by field come out. What it says of related things, the journal that an article is from, is
//! not about the record and passed over. Source: Metadata Object Description Schema 3.8.

use schemas::{ControlledField, TargetField};

use super::{
    Described, add, add_addresses, add_audience, add_licence, add_subject, add_type, concepts, earliest,
    in_one_language, is_known, whole_date,
};
use crate::xml::XmlElement;

/// Who made it, by name and by code. Source: MARC relators.
const CREATOR_ROLES: [&str; 6] = ["author", "creator", "aut", "cre", "artist", "art"];

/// Who issued it, likewise.
const PUBLISHER_ROLES: [&str; 2] = ["publisher", "pbl"];

/// What a record in MODS says.
pub(super) fn describe(element: &XmlElement) -> Described {
    let mut described = Described::new();
    add_titles(element, &mut described);
    add_names(element, &mut described);
    add_origin(element, &mut described);
    add_what_it_is(element, &mut described);
    add_subjects(element, &mut described);
    add_places(element, &mut described);
    for condition in element.elements_named("accessCondition") {
        add_licence(&mut described, condition.attribute("href").unwrap_or_default());
        add_licence(&mut described, &condition.text());
    }
    described
}

fn add_titles(element: &XmlElement, described: &mut Described) {
    for title in element.elements_named("titleInfo") {
        let is_other = title.attribute("type").is_some() || described.contains_key(&TargetField::Title);
        let field = if is_other { TargetField::AlternativeTitles } else { TargetField::Title };
        add(described, field, &title_in(title));
    }
}

/// `The`, `Water cycle`, `a guide` -> `The Water cycle: a guide`.
fn title_in(info: &XmlElement) -> String {
    let said = |name: &str| {
        let parts = info.elements_named(name).map(|part| part.text().trim().to_owned());
        parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    };
    let (article, title) = (said("nonSort"), said("title"));
    let mut whole = if article.is_empty() { title } else { format!("{article} {title}") };
    for (sign, name) in [(": ", "subTitle"), (". ", "partNumber"), (". ", "partName")] {
        let part = said(name);
        if !part.is_empty() {
            whole.push_str(sign);
            whole.push_str(&part);
        }
    }
    whole
}

/// Creators are those whose role says so, or says nothing; when there are none, whoever else had a part in it.
fn add_names(element: &XmlElement, described: &mut Described) {
    let mut others = Vec::new();
    for name in element.elements_named("name") {
        let roles: Vec<String> = name.values("role/roleTerm").iter().map(|role| role.trim().to_lowercase()).collect();
        let has_role = |known: &[&str]| roles.iter().any(|role| known.contains(&role.as_str()));
        if has_role(&PUBLISHER_ROLES) {
            add(described, TargetField::Publisher, &name_in(name));
        } else if roles.is_empty() || has_role(&CREATOR_ROLES) {
            add(described, TargetField::Creators, &name_in(name));
        } else {
            others.push(name_in(name));
        }
    }
    if !described.contains_key(&TargetField::Creators) {
        for name in others {
            add(described, TargetField::Creators, &name);
        }
    }
}

/// A name as it is shown, or its parts: given names before the family's, no dates.
fn name_in(name: &XmlElement) -> String {
    if let Some(shown) = name.element("displayForm").map(XmlElement::text).filter(|text| !text.trim().is_empty()) {
        return shown;
    }
    let parts = |kinds: &[Option<&str>]| {
        let wanted = name.elements_named("namePart").filter(|part| kinds.contains(&part.attribute("type")));
        wanted.map(|part| part.text().trim().to_owned()).collect::<Vec<_>>().join(" ")
    };
    let whole = parts(&[None]);
    if whole.is_empty() { format!("{} {}", parts(&[Some("given")]), parts(&[Some("family")])) } else { whole }
}

fn add_origin(element: &XmlElement, described: &mut Described) {
    for publisher in element.values("originInfo/publisher") {
        add(described, TargetField::Publisher, &publisher);
    }
    let dates = |names: &[&str]| {
        let of_name = |name: &&str| element.values(&format!("originInfo/{name}"));
        names.iter().map(of_name).find(|dates| dates.iter().any(|date| !date.trim().is_empty())).unwrap_or_default()
    };
    let published = [
        (TargetField::DatePublished, dates(&["dateIssued", "dateCreated", "copyrightDate"])),
        (TargetField::DateModified, dates(&["dateModified"])),
    ];
    for (field, dates) in published {
        let texts: Vec<&str> = dates.iter().map(|date| date.trim()).filter(|date| !date.is_empty()).collect();
        add(described, field, &earliest(&texts).map(whole_date).unwrap_or_default());
    }
}

fn add_what_it_is(element: &XmlElement, described: &mut Described) {
    let abstracts: Vec<&XmlElement> = element.elements_named("abstract").collect();
    for text in in_one_language(&abstracts) {
        add(described, TargetField::Description, &text.text());
    }
    if !described.contains_key(&TargetField::Description) {
        add(described, TargetField::Description, &element.values("tableOfContents").join(" "));
    }
    for word in element.values("typeOfResource") {
        add_type(described, &word);
    }
    // Genres are many and free: "thesis", "detective fiction".
    for word in element.values("genre") {
        let field = if is_known(ControlledField::Type, &word) {
            concepts(ControlledField::Type)
        } else {
            TargetField::Keywords
        };
        add(described, field, &word);
    }
    for text in element.values("targetAudience") {
        if !add_audience(described, &text) {
            add(described, concepts(ControlledField::Audience), &text);
        }
    }
    let codes = element.values("language/languageTerm[type=code]");
    let languages = if codes.is_empty() { element.values("language/languageTerm") } else { codes };
    for language in languages {
        add(described, concepts(ControlledField::Language), &language);
    }
}

fn add_subjects(element: &XmlElement, described: &mut Described) {
    for subject in element.elements_named("subject") {
        for part in subject.elements() {
            match part.name.as_str() {
                "topic" | "genre" => add_subject(described, &part.text()),
                "geographic" | "temporal" | "occupation" => add(described, TargetField::Keywords, &part.text()),
                "name" => add(described, TargetField::Keywords, &name_in(part)),
                "titleInfo" => add(described, TargetField::Keywords, &title_in(part)),
                _ => {}
            }
        }
    }
}

/// Where it is: the address that is meant for readers first, then identifiers that are addresses.
fn add_places(element: &XmlElement, described: &mut Described) {
    let mut urls: Vec<(bool, String)> = Vec::new();
    for location in element.elements_named("location") {
        for url in location.elements_named("url") {
            if url.attribute("access") == Some("preview") {
                add(described, TargetField::Image, &url.text());
                continue;
            }
            let is_for_readers = url.attribute("usage").is_some_and(|usage| usage.starts_with("primary"))
                || url.attribute("access") == Some("object in context");
            urls.push((!is_for_readers, url.text()));
        }
        for holder in location.elements_named("physicalLocation") {
            add(described, TargetField::HeldBy, &holder.text());
        }
    }
    urls.sort_by_key(|(is_other, _)| *is_other);
    let identifiers = element.elements_named("identifier").map(identifier_in);
    let places: Vec<String> = urls.into_iter().map(|(_, url)| url).chain(identifiers).collect();
    add_addresses(described, places.iter().map(String::as_str));
}

/// An identifier with its kind before it, where only the attribute says which it is: `doi:10.1000/182`.
fn identifier_in(identifier: &XmlElement) -> String {
    let text = identifier.text().trim().to_owned();
    match identifier.attribute("type") {
        Some("hdl") if !text.contains(':') => format!("hdl:{text}"),
        Some("doi") if text.starts_with("10.") => format!("doi:{text}"),
        Some(_) | None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::tests::{element, lines, text, text_with};

    fn holding(name: &str, children: Vec<XmlElement>) -> XmlElement {
        element(name, &[], children)
    }

    fn name(role: &str, parts: Vec<XmlElement>) -> XmlElement {
        let role = holding("role", vec![text_with("roleTerm", ("type", "text"), role)]);
        holding("name", [parts, vec![role]].concat())
    }

    #[test]
    fn a_digital_collection_says_its_fields() {
        let titles = [
            holding(
                "titleInfo",
                vec![text("nonSort", "The "), text("title", "Water cycle"), text("subTitle", "a guide")],
            ),
            element("titleInfo", &[("type", "alternative")], vec![text("title", "Rain")]),
        ];
        let family = text_with("namePart", ("type", "family"), "Ward");
        let given = text_with("namePart", ("type", "given"), "Ann");
        let born = text_with("namePart", ("type", "date"), "1950-");
        let names = [name("Author", vec![family, given, born]), name("editor", vec![text("namePart", "Ray, Sam")])];
        let preview = text_with("url", ("access", "preview"), "https://example.org/7.jpg");
        let file = text("url", "https://example.org/7.pdf");
        let page = text_with("url", ("usage", "primary display"), "https://example.org/7");
        let host = holding("relatedItem", vec![holding("titleInfo", vec![text("title", "A journal")])]);
        let rest = [
            text("typeOfResource", "moving image"),
            text("genre", "thesis"),
            holding("originInfo", vec![text("publisher", "Example Press"), text("dateIssued", "1999")]),
            holding(
                "language",
                vec![text_with("languageTerm", ("type", "code"), "eng"), text("languageTerm", "English")],
            ),
            text("abstract", "All about it."),
            holding("subject", vec![text("topic", "Chemistry"), text("geographic", "Wales")]),
            text("targetAudience", "juvenile"),
            holding("location", vec![preview, file, page, text("physicalLocation", "Example Library")]),
            text_with("identifier", ("type", "hdl"), "2027/1"),
            element("accessCondition", &[("xlink:href", "https://creativecommons.org/licenses/by/4.0/")], Vec::new()),
            host,
        ];
        let mods = holding("mods:mods", titles.into_iter().chain(names).chain(rest).collect());
        let expected = "title: The Water cycle: a guide\nalternative_titles: Rain\ndescription: All about it.\n\
            url: https://example.org/7\nsame_as: https://example.org/7.pdf | https://hdl.handle.net/2027/1\n\
            image: https://example.org/7.jpg\npublisher: Example Press\ncreators: Ann Ward\n\
            keywords: thesis | Chemistry | Wales\ndate_published: 1999-01-01\nheld_by: Example Library\n\
            subjects: Chemistry\nresource_types: video\naudiences: juvenile\n\
            licence: https://creativecommons.org/licenses/by/4.0/\nlanguage: eng";
        assert_eq!(lines(&describe(&mods)), expected);
    }

    #[test]
    fn without_an_author_whoever_had_a_part_in_it_is_named() {
        let mods = holding("mods", vec![name("editor", vec![text("namePart", "Ray, Sam")])]);
        assert_eq!(lines(&describe(&mods)), "creators: Ray, Sam");
    }
}
