//! `Pager`: where a long list goes on.

use super::answers::List;
use super::visit::{Visit, query_of};

/// The pages before and after the one that is shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pager {
    /// "21 to 40 of 312".
    pub(super) says: String,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
}

impl Pager {
    /// Of a list at this path, which takes these parameters beside the page.
    pub(super) fn of<T>(visit: &Visit, path: &str, names: &[&'static str], list: &List<T>) -> Self {
        let narrowed: Vec<(&str, &str)> =
            names.iter().filter_map(|name| visit.value(name).map(|value| (*name, value))).collect();
        Self::new(path, &narrowed, list.page.max(1), list.per_page.max(1), list.total)
    }

    fn new(path: &str, narrowed: &[(&str, &str)], page: u64, per_page: u64, total: u64) -> Self {
        let address = |page: u64| {
            let page = page.to_string();
            format!("{path}{}", query_of(narrowed.iter().copied().chain([("page", page.as_str())])))
        };
        let first = (page - 1).saturating_mul(per_page).saturating_add(1);
        let last = page.saturating_mul(per_page).min(total);
        Self {
            says: if first > last { format!("{total} in all") } else { format!("{first} to {last} of {total}") },
            before: (page > 1).then(|| address(page - 1)),
            after: (last < total).then(|| address(page.saturating_add(1))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_goes_on_where_there_is_more() {
        let pager = Pager::new("/admin/words", &[("q", "a b")], 2, 20, 50);
        assert_eq!(pager.says, "21 to 40 of 50");
        assert_eq!(pager.before.as_deref(), Some("/admin/words?q=a+b&page=1"));
        assert_eq!(pager.after.as_deref(), Some("/admin/words?q=a+b&page=3"));
        let whole = Pager::new("/admin/words", &[], 1, 20, 20);
        assert_eq!((whole.before, whole.after), (None, None));
        assert_eq!(Pager::new("/admin/words", &[], 1, 20, 0).says, "0 in all");
    }
}
