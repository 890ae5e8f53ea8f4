//! Mistakes as people make them, put into a search by a seed: one in each longer word.
//!
//! Two letters changed places, one is missing, one too many, one is another, one doubled: in turn, so that every kind is
//! as frequent. The first letter stays, for people seldom miss it. Short words, numbers, codes and capitals stay too.

use crate::judging::random::Random;

/// Shorter words are left as they are; half of them would be other words.
const SHORTEST: usize = 5;

/// A kind of mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mistake {
    Transposed,
    Missing,
    TooMany,
    Another,
    Doubled,
}

impl Mistake {
    const ALL: [Self; 5] = [Self::Transposed, Self::Missing, Self::TooMany, Self::Another, Self::Doubled];
}

/// These words with one mistake in each word that is long enough. The same seed makes the same mistakes.
pub(crate) fn misspelt(words: &str, seed: &str) -> String {
    let mut random = Random::seeded(seed);
    let mut turn = random.below(Mistake::ALL.len());
    let written = words.split_whitespace().map(|word| {
        let core = word.trim_matches(|character: char| !character.is_alphabetic());
        if !can_be_misspelt(core) {
            return word.to_owned();
        }
        let mistake = Mistake::ALL[turn % Mistake::ALL.len()];
        turn += 1;
        word.replacen(core, &with_mistake(core, mistake, &mut random), 1)
    });
    written.collect::<Vec<_>>().join(" ")
}

fn can_be_misspelt(word: &str) -> bool {
    let is_word = word.chars().all(char::is_alphabetic) && word.chars().any(char::is_lowercase);
    is_word && word.chars().count() >= SHORTEST
}

fn with_mistake(word: &str, mistake: Mistake, random: &mut Random) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    // From the second letter on.
    let place = 1 + random.below(letters.len() - 1);
    match mistake {
        Mistake::Transposed => {
            let differing: Vec<usize> = (1..letters.len() - 1).filter(|i| letters[*i] != letters[i + 1]).collect();
            match differing.get(random.below(differing.len())) {
                Some(first) => letters.swap(*first, first + 1),
                // All letters but the first are one: there is nothing to change places with.
                None => {
                    letters.remove(place);
                }
            }
        }
        Mistake::Missing => {
            letters.remove(place);
        }
        Mistake::TooMany => letters.insert(place, another_letter(letters[place], random)),
        Mistake::Another => letters[place] = another_letter(letters[place], random),
        Mistake::Doubled => letters.insert(place, letters[place]),
    }
    letters.into_iter().collect()
}

/// A letter, but not this one.
fn another_letter(than: char, random: &mut Random) -> char {
    let letters: Vec<char> = ('a'..='z').filter(|letter| *letter != than.to_ascii_lowercase()).collect();
    letters[random.below(letters.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_longer_word_has_one_mistake_and_keeps_its_first_letter() {
        for seed in 0..200 {
            let words = "careers using chemistry, apprenticeship (geography)";
            let wrong = misspelt(words, &seed.to_string());
            for (right, wrong) in words.split_whitespace().zip(wrong.split_whitespace()) {
                assert_eq!(strsim::osa_distance(right, wrong), 1, "{right}: {wrong}");
                assert_eq!(right.chars().next(), wrong.chars().next(), "{right}: {wrong}");
            }
        }
    }

    #[test]
    fn short_words_numbers_codes_and_capitals_stay() {
        let words = "year 9 KS3 STEM maths-y 12345 BTECS gcse ks5";
        assert_eq!(misspelt(words, "x"), words);
    }

    #[test]
    fn a_word_of_one_letter_only_still_gets_a_mistake() {
        let mut random = Random::seeded("x");
        assert_eq!(with_mistake("baaaa", Mistake::Transposed, &mut random), "baaa");
    }

    #[test]
    fn all_kinds_come_in_turn_and_a_seed_repeats_itself() {
        let words = "chemistry chemistry chemistry chemistry chemistry";
        let wrong = misspelt(words, "x");
        assert_eq!(wrong, misspelt(words, "x"));
        let mut lengths: Vec<usize> = wrong.split(' ').map(str::len).collect();
        lengths.sort_unstable();
        // One letter is missing, two words have one too many, two keep their length.
        assert_eq!(lengths, [8, 9, 9, 10, 10]);
    }
}
