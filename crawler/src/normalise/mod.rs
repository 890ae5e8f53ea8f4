//! Normalising: what does one value, as a real source writes it, mean in our terms?
//!
//! One kind of value a file. Each takes a text, is pure, never fails, and says `None` or nothing where it does not
//! understand. What then becomes of the record is decided by [`crate::map`].

pub mod concept;
pub mod date;
pub mod duration;
pub(crate) mod gather;
pub mod language;
pub mod level;
mod level_reader;
mod level_words;
pub mod licence;
pub(crate) mod readable;
pub mod slug;
pub mod template;
pub mod text;

pub use concept::{Meaning, read_word};
pub use date::{DayPart, parse_date, parse_datetime};
pub use duration::parse_minutes;
pub use language::language_of;
pub use level::{LevelReading, parse_ages, parse_levels};
pub use licence::licence_of;
pub use slug::slug;
pub use text::plain_text;
