//! The index from outside: an index, a request, an answer.

/// What is found and in which order.
mod answers;
/// What facets count.
mod counts;
/// What stays on disk, and what becomes of it.
mod generations;
/// What a partner's view sees.
mod scopes;
mod spelling;
mod suggest;
/// All results, one after the other.
mod walks;
