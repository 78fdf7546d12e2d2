//! Windows Installer databases: a writer straight on a compound file, and a reader through the crate `msi`.
//!
//! The format is documented in parts only (Windows Installer SDK, "Database Tables"; [MS-CFB]; [MS-OLEPS] for
//! the summary information). What the engine expects beyond that is kept here: rows sorted by their stored key
//! cells, one string pool with reference counts, packed stream names, a compound file of version 3 in which
//! every stream is written once, so that signing tools accept it.
//!
//! Flow: [`schema`] gives the tables' definitions, the caller fills a [`Database`], [`write`] writes it.
//! [`read`] opens any database, ours or not, with other people's code.
//!
//! Not here: what a package means (`package::msi`), merge modules, transforms, patches.

mod codepage;
mod column;
mod database;
mod encode;
mod error;
mod guard;
mod pool;
mod read;
pub mod schema;
mod stream_name;
mod summary;
mod table;
mod value;
mod write;

pub use codepage::CodePage;
pub use column::{Category, Column, Kind};
pub use database::Database;
pub use error::DatabaseError;
pub use read::{Reader, read};
pub use summary::Summary;
pub use table::{Row, Table};
pub use value::{Source, Value};
pub use write::write;

#[cfg(test)]
mod tests;
