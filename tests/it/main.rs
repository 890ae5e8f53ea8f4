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
// Long work: watched, called off, put back, and started once.
mod jobs;
// One generation of the index in the place of another, and whether the index holds what the store holds.
mod index;
// What a harvest does to the catalogue, on a good day and on a bad one.
mod harvest;
// Who is slow, sends too much or means harm, and that nobody else feels it.
mod server;
// What those who ask and mean harm send to every address there is, and what comes back.
mod callers;
// The one conformance suite that every kind passes, and how records are written down in each.
mod kinds;
mod renderings;
// What a catalogue may do to us on purpose, and what comes of it.
mod hostile;
// Whether what is published can still be reached.
mod links;
// Whom it tells of what, and what those who run it can see of it.
mod notices;
mod operations;
// What is handed over for running it: the example configuration, the unit, the proxy.
mod deploy;
// What a backup holds, what is refused, and what the doctor finds.
mod backup;
// What the program does on the command line, and what survives when it is killed.
mod program;
// What an admin decides and looks at there, with a server and without.
mod cli_admin;
// What one program among several on the same store says and does.
mod nodes;
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
