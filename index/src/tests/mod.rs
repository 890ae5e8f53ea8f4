//! The index from outside: an index, a request, an answer.

/// What is found and in which order.
mod answers;
/// What facets count.
mod counts;
/// What stays on disk, and what becomes of it.
mod generations;
mod spelling;
mod suggest;
/// What a partner's view sees.
mod scopes;
/// All results, one after the other.
mod walks;
