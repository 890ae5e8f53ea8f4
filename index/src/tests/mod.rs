//! The index from outside: an index, a request, an answer.

/// What is found and in which order.
mod answers;
/// What is held of each resource.
mod contents;
/// What facets count.
mod counts;
/// One generation in the place of another.
mod exchanges;
/// What stays on disk, and what becomes of it.
mod generations;
/// What another node may begin with.
mod published;
/// What a partner's view sees.
mod scopes;
mod spelling;
mod suggest;
/// All results, one after the other.
mod walks;
