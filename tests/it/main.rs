//! The promises of Signpost, seen from outside. One binary; each module says what belongs in it.
#![expect(clippy::unwrap_used, reason = "a test that panics says where, which is what it is for")]
#![expect(
    clippy::print_stdout,
    reason = "the counts of the real catalogues are printed beside the test that checks them"
)]

// What every test stands on: the application with a throw-away store, a fake web of catalogues, the program itself.
mod harness;

// The members import each other in one direction only, and what is generated is fresh.
mod architecture;
// What a partner's developer asks of the read API.
mod api;
// What others harvest of us, by OAI-PMH.
mod oai;
// What the documentation says, what it promises never to break, and what crawlers and browsers look for.
mod contract;
mod discovery;
mod docs;
// What a teacher sees.
mod pages;
// What an admin starts and follows.
mod admin;
// What a harvest does to the catalogue, on a good day and on a bad one.
mod harvest;
// The one conformance suite that every kind passes, and how records are written down in each.
mod kinds;
mod renderings;
// What a catalogue may do to us on purpose, and what comes of it.
mod hostile;
// Whether what is published can still be reached.
mod links;
// What the program does on the command line, and what survives when it is killed.
mod program;
// The source files that ship, each against a small site of its own shape.
mod sources;
// The catalogues that ship, and the real ones that do not.
mod catalogues;
// Where every value of every resource comes from.
mod assertions;
// How well the search ranks: judged searches whose score may rise and not fall. What measures it is shared with a bench.
#[path = "../relevance/mod.rs"]
mod judging;
mod relevance;
