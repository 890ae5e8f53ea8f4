//! What a visitor takes along from page to page: whose words for levels they use, and their shortlist. It stands in the
//! address of each page and nowhere else: no cookie, nothing stored.

use schemas::{ControlledField, ResourceId, Vocabularies};
use url::form_urlencoded::{self, Serializer};

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
