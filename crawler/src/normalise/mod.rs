//! Normalising: what does one value, as a real source writes it, mean in our terms?
//!
//! One kind of value a file. Each takes a text, is pure, never fails, and says `None` or nothing where it does not
//! understand. What then becomes of the record is decided by [`crate::map`].

pub mod audience;
pub mod benchmark;
pub mod concept;
pub mod cost;
pub mod date;
pub mod duration;
pub(crate) mod gather;
pub mod labels;
pub mod language;
pub mod level;
mod level_ages;
mod level_names;
mod level_nations;
mod level_reader;
mod level_words;
pub mod licence;
pub mod menu;
pub mod occupation;
pub(crate) mod readable;
pub mod resource_type;
pub mod route;
pub mod sector;
pub mod slug;
pub mod subject;
pub mod template;
pub mod text;
pub mod title;
pub(crate) mod written;

pub use audience::audiences_of;
pub use benchmark::benchmarks_of;
pub use concept::{Meaning, OwnWords, WordRead, read_own_word, read_word};
pub use cost::cost_of;
pub use date::{DayPart, parse_date, parse_datetime, parse_day};
pub use duration::parse_minutes;
pub use language::language_of;
pub use level::{Ages, LevelReading, Levels, parse_ages, parse_levels, read_ages, read_levels};
pub use licence::licence_of;
pub use menu::is_menu;
pub use occupation::occupations_of;
pub use resource_type::types_of;
pub use route::routes_of;
pub use sector::sectors_of;
pub use slug::slug;
pub use subject::subjects_of;
pub use text::plain_text;
pub use title::{address_in, words_of};

/// Texts that are no word of any source and come all the same: for each reader to show that it ends, and soon.
#[cfg(test)]
fn hostile_texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "\u{0}\u{1}\u{7f}",
        "\u{202e}KS3\u{202c} \u{200f}4",
        "Ä Ö Ü ß İ ı ŉ ﬁ",
        "İ and İ, İ / İ (İ) 9-7 İ",
        "١١-١٤",
        "👩\u{200d}🔬 (👩🏽\u{200d}🚀), 👩\u{200d}🏫 and 👩",
        "99999999999999999999-99999999999999999999999",
        "KS99999999999999 - Year 18446744073709551616",
        "£99999999999999999999999999999999.99999999999",
        "((((((((((((((((((((",
        "))))((((,,,,;;;;////",
        "------------------------",
        "-1--2---3----4",
        "\r\n\t\u{a0}\u{2003}\u{2028}",
        "%00%ff%zz",
        "',\"<>&amp;{}[]|\\`~^",
    ]
    .map(ToOwned::to_owned)
    .into();
    let pieces = ["a", " ", "KS3, ", "11-14 and ", "Biology & ", "(", "- ", "Y", "9", "level ", "é, ", "NI ", "all "];
    for piece in pieces {
        texts.push(piece.repeat(45));
        texts.push(piece.repeat(50_000));
    }
    texts
}
