//! File formats, proved by other people's readers.

mod archive;
mod executable;
mod pe;
mod pe_other_linkers;
#[path = "../support/mod.rs"]
mod support;
mod tools;
