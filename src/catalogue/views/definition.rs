//! What a view is made of, as it is stored.

use std::collections::BTreeMap;

use schemas::ResourceId;
use serde::{Deserialize, Serialize};

/// What a view is made of, checked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ViewDefinition {
    /// What people read for it.
    pub title: String,
    /// What its searches are narrowed by before anything is asked: values by the name of their facet.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub filters: BTreeMap<String, Vec<String>>,
    /// What stands first in each of its searches that lets it in, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pins: Vec<ResourceId>,
    /// Sources whose records do not count in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hidden_sources: Vec<String>,
    /// What is put on the addresses of its results.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub link_parameters: BTreeMap<String, String>,
    /// How it looks.
    #[serde(default)]
    pub theme: Theme,
}

/// How a view looks; what is `None` is for the page that shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Theme {
    /// The colour of links and buttons, `#rrggbb`.
    pub accent: Option<String>,
    /// The colour behind the text, `#rrggbb`.
    pub background: Option<String>,
    /// The colour of the text, `#rrggbb`.
    pub text: Option<String>,
    /// The letters.
    pub font: Option<Font>,
    /// How round corners are.
    pub corner_px: Option<u8>,
    /// How close things stand.
    pub density: Option<Density>,
}

/// The letters of a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Font {
    /// Those of the page around it.
    Inherit,
    /// Those of the reader's system.
    System,
}

impl Font {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Inherit, Self::System];

    /// The name in the store and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inherit => "inherit",
            Self::System => "system",
        }
    }

    /// The letters of this name, if there are any.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|font| font.name() == name)
    }
}

/// How close things stand in a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Density {
    /// With room around them.
    Comfortable,
    /// More on a screen.
    Compact,
}

impl Density {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Comfortable, Self::Compact];

    /// The name in the store and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Comfortable => "comfortable",
            Self::Compact => "compact",
        }
    }

    /// The density of this name, if there is one.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|density| density.name() == name)
    }
}
