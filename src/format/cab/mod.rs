//! Cabinet files: a streaming, parallel and deterministic MSZIP writer.
//!
//! Format: Microsoft, "Microsoft Cabinet Format" and "Microsoft MSZIP Compression and Decompression Data
//! Structure" ([MS-MCI]). A cabinet made here has folders of 32 files. A folder's data is cut into blocks of 32 KiB;
//! each is deflated on its own with the 32 KiB before it as the dictionary, so that blocks are compressed in parallel
//! while a reader sees one continuous window.
//!
//! Not here: reading (the crate `cab` does it, after [`check_layout`]), LZX, cabinets that span files.

mod block;
mod error;
mod guard;
mod layout;
mod time;
mod writer;

pub use error::CabinetError;
pub use guard::check_layout;
pub use layout::MAX_BYTES;
pub use time::DosTime;
pub use writer::{Level, Member, check_members, write_cabinet};

#[cfg(test)]
mod tests;
