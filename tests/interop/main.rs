//! File formats, proved by other people's readers.

mod archive;
mod executable;
mod support;
