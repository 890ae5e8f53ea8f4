//! Budget: how much work may the structured data of one page make?
//!
//! Elements may stand within each other and refer to each other, so that a short page can describe itself many times
//! over. Each look at an element and each value is paid for here; when nothing is left, what was read so far counts.

use scraper::ElementRef;

use crate::normalise::text::{element_text, tidy};

/// Looks at elements and texts. The largest page among our test data has 3,139 tags, and each is looked at a few times.
const MAX_LOOKS: usize = 2_000_000;

/// Bytes of all values together. One value may have 1 MiB; a page that says more than eight such is no description.
const MAX_BYTES: usize = 8 << 20;

/// What a value takes besides its text.
pub(super) const VALUE_BYTES: usize = 64;

/// What is left of the work that a page may make.
#[derive(Debug)]
pub(super) struct Budget {
    looks_left: usize,
    bytes_left: usize,
}

impl Budget {
    /// The whole budget of a page.
    pub(super) fn of_a_page() -> Self {
        Self { looks_left: MAX_LOOKS, bytes_left: MAX_BYTES }
    }

    /// Pays for so many looks; whether there was enough left for them.
    pub(super) fn look(&mut self, looks: usize) -> bool {
        spend(&mut self.looks_left, looks)
    }

    /// Pays for a value with a text of this length; whether there was enough left for it.
    pub(super) fn keep(&mut self, text_bytes: usize) -> bool {
        spend(&mut self.bytes_left, text_bytes.saturating_add(VALUE_BYTES))
    }

    /// The text of an element as a reader sees it; `None` when there is not enough left to read it.
    pub(super) fn text_of(&mut self, element: ElementRef<'_>) -> Option<String> {
        let looks = element.descendants().take(self.looks_left.saturating_add(1)).count();
        self.look(looks).then(|| tidy(&element_text(element)))
    }
}

/// What cannot be paid takes all that is left, so that nothing smaller is tried after it.
fn spend(left: &mut usize, amount: usize) -> bool {
    let rest = left.checked_sub(amount);
    *left = rest.unwrap_or(0);
    rest.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use scraper::Html;

    #[test]
    fn what_is_spent_is_gone() {
        let mut budget = Budget { looks_left: 10, bytes_left: VALUE_BYTES * 2 };
        assert!(budget.look(4) && budget.look(6) && !budget.look(1));
        assert!(budget.keep(10) && !budget.keep(VALUE_BYTES) && !budget.keep(0));
    }

    #[test]
    fn a_text_is_paid_by_the_elements_in_it() {
        let document = Html::parse_document("<p>One <b>two</b><script>three</script></p>");
        let mut budget = Budget { looks_left: 20, bytes_left: 0 };
        assert_eq!(budget.text_of(document.root_element()).as_deref(), Some("One two"));
        assert_eq!(budget.text_of(document.root_element()).as_deref(), Some("One two"));
        assert_eq!(budget.text_of(document.root_element()), None);
    }
}
