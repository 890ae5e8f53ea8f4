//! The values of facets: why one cannot be asked for, and which was probably meant.

use index::{Facet, NOT_STATED};
use schemas::{ControlledField, Found, LinkState, Vocabularies, nearest};

use super::mistakes::{hint, not_among};
use super::query::MAX_PUBLISHER_CHARACTERS;
use crate::app::App;
use crate::error::{AppError, shown};

/// Why a value cannot be one of this facet; `None` when it can.
pub fn refusal(app: &App, facet: Facet, value: &str) -> Option<String> {
    if value == NOT_STATED {
        return None;
    }
    match facet {
        Facet::Controlled(field) => {
            let is_known = app.vocabularies.of(field).get(value).is_some();
            (!is_known).then(|| no_concept(app.vocabularies, field, value))
        }
        Facet::Source => {
            let names = app.source_names();
            let unknown = || AppError::no_such_among("source", value, names.keys().map(String::as_str));
            (!names.contains_key(value)).then(|| format!("{}; /v1/sources lists them", unknown()))
        }
        Facet::Publisher => {
            let is_long = value.chars().count() > MAX_PUBLISHER_CHARACTERS;
            is_long.then(|| format!("longer than {MAX_PUBLISHER_CHARACTERS} characters"))
        }
        Facet::Link => {
            let allowed = LinkState::ALL.map(LinkState::name);
            (!allowed.contains(&value)).then(|| not_among(value, &allowed))
        }
    }
}

/// What is said of a value that is no concept of a field: it names the concept whose label it is, else the one whose id
/// is most like it.
pub fn no_concept(vocabularies: &Vocabularies, field: ControlledField, value: &str) -> String {
    let (value, list) = (shown(value), vocabularies.of(field));
    let meant = match vocabularies.find(field, &value, "uk") {
        Found::ByLabel(id) | Found::ByAlternative(id) => hint(Some(id.as_str())),
        Found::Ambiguous(_) | Found::Nothing => {
            hint(nearest(&value, list.concepts.iter().map(|concept| concept.id.as_str())))
        }
    };
    let name = &list.name;
    format!("`{value}` is not in the {name} vocabulary{meant}; /v1/vocabularies/{name} lists what is")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_answered_with_its_id_and_a_slip_with_the_nearest() {
        for (value, meant) in [("Maths", "mathematics"), ("chemisty", "chemistry")] {
            let told = no_concept(Vocabularies::shipped(), ControlledField::Subject, value);
            let expected = format!("`{value}` is not in the subject vocabulary; did you mean `{meant}`?; /v1/");
            assert!(told.starts_with(&expected), "{told}");
        }
    }
}
