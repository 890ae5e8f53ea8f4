//! What a visitor takes along from page to page: whose words for levels they use, and their shortlist. It stands in the
//! address of each page and nowhere else: no cookie, nothing stored.

use schemas::{ControlledField, ResourceId, Vocabularies};
use url::form_urlencoded::{self, Serializer};

use crate::error::{AppError, shown};
use crate::web::mistakes::Mistakes;
use crate::web::values::Values;

/// The parameter with the nation whose words for levels are used.
pub(crate) const WORDS_OF: &str = "words";
/// The parameter with the shortlist.
pub(crate) const LIST: &str = "list";
/// The parameters of all pages.
pub(crate) const CARRIED: [&str; 2] = [WORDS_OF, LIST];

/// So many resources a shortlist holds: what fits an address that every mail program keeps whole.
pub(crate) const MAX_LISTED: usize = 40;

/// The nations that have words of their own for levels, as concepts of the nation vocabulary.
pub(crate) const NATIONS: [&str; 4] = ["england", "scotland", "wales", "northern-ireland"];

/// What is taken along.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Carried {
    /// Whose words for levels are used, one of [`NATIONS`]; England's while nobody has chosen.
    pub(crate) chosen_nation: Option<&'static str>,
    /// The shortlist, in the order in which it grew; each resource once, at most [`MAX_LISTED`].
    pub(crate) list: Vec<ResourceId>,
}

impl Carried {
    /// Reads it out of a query string. Lenient: what cannot be read is left out, for it is in no visitor's hand; other
    /// parameters are passed over.
    pub(crate) fn read(raw: Option<&str>) -> Self {
        let mut carried = Self::default();
        for (name, value) in form_urlencoded::parse(raw.unwrap_or_default().as_bytes()) {
            match &*name {
                WORDS_OF => carried.chosen_nation = NATIONS.into_iter().find(|nation| *nation == value),
                LIST => carried.list = read_ids(&value, MAX_LISTED),
                _ => {}
            }
        }
        carried
    }

    /// The same out of parameters that were read already, each of which must be what it may be.
    pub(crate) fn strict(values: &Values, mistakes: &mut Mistakes) -> Self {
        let chosen_nation = values.one_of(WORDS_OF, &NATIONS, mistakes);
        let given = values.get(LIST).unwrap_or_default();
        for part in given.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            if ResourceId::parse(part).is_err() {
                mistakes.add(LIST, format!("`{}` is the id of no resource", shown(part)));
            }
        }
        // One more than it holds, to tell whether it holds all.
        let mut list = read_ids(given, MAX_LISTED + 1);
        if list.len() > MAX_LISTED {
            mistakes.add(LIST, format!("more than {MAX_LISTED} resources"));
            list.truncate(MAX_LISTED);
        }
        Self { chosen_nation, list }
    }

    /// The same of a page that takes nothing else.
    ///
    /// # Errors
    /// [`AppError::BadRequest`] with every mistake, any other parameter among them.
    pub(crate) fn alone(raw: Option<&str>) -> Result<Self, AppError> {
        let mut mistakes = Mistakes::default();
        let values = Values::read(raw, &CARRIED, &mut mistakes);
        let carried = Self::strict(&values, &mut mistakes);
        mistakes.into_result().map_err(AppError::BadRequest)?;
        Ok(carried)
    }

    /// Whose words for levels are used.
    pub(crate) fn nation(&self) -> &'static str {
        self.chosen_nation.unwrap_or(NATIONS[0])
    }

    /// An address of ours, with what is carried put on: `/sources` -> `/sources?words=wales`. One that has parameters or a
    /// fragment keeps them.
    pub(crate) fn address(&self, path: &str) -> String {
        let (path, fragment) = path.split_once('#').map_or((path, None), |(path, rest)| (path, Some(rest)));
        let own = self.query();
        let joined = match (own.is_empty(), path.contains('?')) {
            (true, _) => path.to_owned(),
            (false, false) => format!("{path}?{own}"),
            (false, true) => format!("{path}&{own}"),
        };
        fragment.map_or_else(|| joined.clone(), |fragment| format!("{joined}#{fragment}"))
    }

    /// The parameters as a form sends them along unseen: name and value.
    pub(crate) fn pairs(&self) -> Vec<(&'static str, String)> {
        let nation = self.chosen_nation.map(|nation| (WORDS_OF, nation.to_owned()));
        let list = (!self.list.is_empty()).then(|| (LIST, written(&self.list)));
        nation.into_iter().chain(list).collect()
    }

    /// The same in the words of another nation.
    pub(crate) fn in_words_of(&self, nation: &'static str) -> Self {
        Self { chosen_nation: Some(nation), ..self.clone() }
    }

    /// The same with one more on the shortlist; `None` when it is full.
    pub(crate) fn with(&self, id: &ResourceId) -> Option<Self> {
        if self.has(id) || self.list.len() >= MAX_LISTED {
            return self.has(id).then(|| self.clone());
        }
        let list = self.list.iter().cloned().chain([id.clone()]).collect();
        Some(Self { list, ..self.clone() })
    }

    /// The same with one less on the shortlist.
    pub(crate) fn without(&self, id: &ResourceId) -> Self {
        let list = self.list.iter().filter(|held| *held != id).cloned().collect();
        Self { list, ..self.clone() }
    }

    /// Whether it is on the shortlist.
    pub(crate) fn has(&self, id: &ResourceId) -> bool {
        self.list.contains(id)
    }

    /// The page of the shortlist, which names it as `ids`: that is what is passed on. It carries the words alone.
    pub(crate) fn shortlist_address(&self) -> String {
        let words = Self { list: Vec::new(), ..self.clone() };
        words.address(&format!("/list?ids={}", written(&self.list)))
    }

    fn query(&self) -> String {
        let mut query = Serializer::new(String::new());
        for (name, value) in self.pairs() {
            query.append_pair(name, &value);
        }
        // A comma may stand in a query string as it is (RFC 3986, 3.4), and people read these addresses.
        query.finish().replace("%2C", ",")
    }
}

/// Ids as an address lists them, `a,b`; what is no id is left out, each once, at most so many.
pub(crate) fn read_ids(text: &str, most: usize) -> Vec<ResourceId> {
    let mut ids: Vec<ResourceId> = Vec::new();
    for id in text.split(',').filter_map(|id| ResourceId::parse(id.trim()).ok()) {
        if ids.len() < most && !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

/// Ids as an address lists them.
pub(crate) fn written(ids: &[ResourceId]) -> String {
    ids.iter().map(ResourceId::as_str).collect::<Vec<_>>().join(",")
}

/// What a nation is called: "Northern Ireland".
pub(crate) fn nation_label(nation: &'static str) -> &'static str {
    Vocabularies::shipped().of(ControlledField::Nation).label(nation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ParameterMistake;

    fn strict(raw: &str) -> (Carried, Vec<ParameterMistake>) {
        let mut mistakes = Mistakes::default();
        let carried = Carried::strict(&Values::pick(Some(raw), &CARRIED, &mut mistakes), &mut mistakes);
        (carried, mistakes.into_result().err().unwrap_or_default())
    }

    #[test]
    fn what_can_be_read_is_read_alike_strictly_and_leniently() {
        let id = ResourceId::founded_on("soap");
        for raw in
            ["", "words=wales", "words=&list=", &format!("list={id},&words=scotland"), &format!("list={id},{id}")]
        {
            assert_eq!(strict(raw), (Carried::read(Some(raw)), Vec::new()), "{raw}");
        }
    }

    #[test]
    fn a_page_that_takes_nothing_else_refuses_what_it_does_not_know() {
        assert!(Carried::alone(Some("words=wales")).is_ok());
        for wrong in ["word=wales", "words=Wales", "words=wales&words=scotland", "list=zz"] {
            let told = Carried::alone(Some(wrong));
            assert!(matches!(told, Err(AppError::BadRequest(told)) if told.len() == 1), "{wrong}");
        }
    }

    #[test]
    fn strictly_what_cannot_be_read_is_a_mistake() {
        for (raw, parameter) in [("words=Wales", WORDS_OF), ("words=xx", WORDS_OF), ("list=zz", LIST)] {
            let (_, mistakes) = strict(raw);
            assert_eq!(mistakes.iter().map(|mistake| mistake.parameter.as_str()).collect::<Vec<_>>(), [parameter]);
        }
        let ids = |n: usize| written(&(0..n).map(|n| ResourceId::founded_on(&n.to_string())).collect::<Vec<_>>());
        assert!(strict(&format!("list={}", ids(MAX_LISTED))).1.is_empty());
        let (carried, mistakes) = strict(&format!("list={}", ids(MAX_LISTED + 1)));
        assert_eq!((carried.list.len(), mistakes.len()), (MAX_LISTED, 1));
    }
}
