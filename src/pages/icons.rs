//! The icons: drawn for this service, one for each type of resource and for what pages do. They stand inside the page, so
//! that they cost no request and take the colour of the text beside them; whoever does not see them misses nothing.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use askama::filters::Safe;
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "src/pages/icons/"]
struct Drawings;

/// Shown where there is none of a name.
const ANY: &str = "resource";
const LOGO: &str = "logo";

static ICONS: LazyLock<BTreeMap<String, String>> =
    LazyLock::new(|| Drawings::iter().filter_map(|path| read(&path)).collect());

fn read(path: &str) -> Option<(String, String)> {
    let name = path.strip_suffix(".svg")?;
    let drawing = String::from_utf8(Drawings::get(path)?.data.into_owned()).ok()?;
    Some((name.to_owned(), drawing.trim().to_owned()))
}

/// A drawing as it stands in a page; the one for any resource where there is none of this name.
pub(crate) fn icon(name: &str) -> Safe<&'static str> {
    Safe(ICONS.get(name).or_else(|| ICONS.get(ANY)).map_or("", String::as_str))
}

/// The logo.
pub(super) fn logo() -> &'static str {
    icon(LOGO).0
}
