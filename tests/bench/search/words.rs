//! Words that texts are made of: everyday words, words of STEM, and 30,000 made ones that can be pronounced.

use crate::random::{Random, Zipf};

const MADE_WORDS: usize = 30_000;
/// So many made words have two syllables, the others three: what is often said is short.
const SHORT_WORDS: usize = 3_000;
/// So many made words stand between two words of STEM in the order of how often they are said.
const MADE_BETWEEN: usize = 4;

const CONSONANTS: &[u8; 17] = b"bdfghjklmnprstvwz";
const VOWELS: &[u8; 5] = b"aeiou";
const SYLLABLES: usize = CONSONANTS.len() * VOWELS.len();
/// They share no factor with the number of syllables: neighbours in rank do not look alike, and no word comes
/// twice.
const STEPS: [usize; 2] = [4_099, 400_009];

/// The words that English says most; a question is not made of them.
const EVERYDAY: &str = "\
     the of and to a in for with is on how you can that this are your from by or be it as at will what have their \
     they who an about more which we these our into has its";

const STEM: &str = "\
     science engineering careers students chemistry physics work activity biology design maths energy lesson skills \
     engineer data experiment scientist computing space apprenticeship video health climate water robot electricity \
     materials environment technology coding teachers workshop forces university medicine research plants cells \
     light sound rocket bridge nuclear solar wind battery circuit programming algorithm statistics algebra geometry \
     nurse laboratory technician astronaut satellite genetics vaccine polymer acid reaction periodic molecule atom \
     quantum magnet gravity motion pressure temperature ecology ocean geology volcano fossil recycling \
     sustainability carbon hydrogen manufacturing construction architecture aerospace aircraft vehicle railway \
     software network security encryption game animation textiles food nutrition farming animals veterinary \
     pharmacist dentist surgeon forensic microscope spectroscopy laser sensor prototype competition ambassador \
     placement";

/// Words in the order of how often they are said.
#[derive(Debug)]
pub(crate) struct Words {
    ranked: Vec<String>,
    ranks: Zipf,
}

impl Words {
    pub(crate) fn new() -> Self {
        let mut made = (0..MADE_WORDS).map(made_word);
        let mut ranked: Vec<String> = EVERYDAY.split(' ').map(ToOwned::to_owned).collect();
        for word in STEM.split(' ') {
            ranked.push(word.to_owned());
            ranked.extend(made.by_ref().take(MADE_BETWEEN));
        }
        ranked.extend(made);
        Self { ranks: Zipf::new(ranked.len()), ranked }
    }

    pub(crate) fn draw(&self, random: &mut Random) -> &str {
        &self.ranked[self.ranks.draw(random)]
    }
}

/// Whether somebody would type the word: it is one, and no everyday one.
pub(crate) fn is_telling(word: &str) -> bool {
    word.len() > 2 && word.chars().all(char::is_alphanumeric) && EVERYDAY.split(' ').all(|everyday| everyday != word)
}

/// Each number below 30,000 gives another word.
pub(crate) fn made_word(number: usize) -> String {
    let (syllables, step) = if number < SHORT_WORDS { (2, STEPS[0]) } else { (3, STEPS[1]) };
    let mut rest = number * step;
    let mut word = String::with_capacity(7);
    for _ in 0..syllables {
        let syllable = rest % SYLLABLES;
        rest /= SYLLABLES;
        word.push(char::from(CONSONANTS[syllable / VOWELS.len()]));
        word.push(char::from(VOWELS[syllable % VOWELS.len()]));
    }
    if syllables == 3 && number.is_multiple_of(3) {
        word.push('n');
    }
    word
}
