//! Licences of the modules that an executable was linked from.
//!
//! [`locate`] finds a module's folder (vendor directory, module cache, local replacement), [`files`] reads the licence
//! files in it, [`detect`] compares their text with the known licences, and [`notice`] writes the
//! `THIRD-PARTY-LICENSES` text. Nothing is downloaded.
//!
//! Not here: licences of single source files (`SPDX-License-Identifier` lines), and any judgement on them.

mod detect;
mod files;
mod known;
mod locate;
mod notice;

pub use detect::{Detection, detect};
pub use files::{LicenceFile, read_folder};
pub use locate::Places;
pub use notice::third_party_licences;

use std::path::PathBuf;

/// What the licence files of one module say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Licence {
    /// The licence files, sorted by name; empty when the module was not found or has none.
    pub files: Vec<LicenceFile>,
}

impl Licence {
    /// An SPDX expression over all that was recognised; `None` when any licence text was not, or there is none.
    ///
    /// Several licences are joined with `AND`: the texts do not tell whether one may choose.
    pub fn expression(&self) -> Option<String> {
        let texts = || self.files.iter().filter(|file| !file.is_notice());
        if texts().any(|file| file.detections.is_empty()) {
            return None;
        }
        let mut ids: Vec<_> = texts()
            .flat_map(|file| &file.detections)
            .map(|found| found.id)
            .collect();
        ids.sort_unstable();
        ids.dedup();
        (!ids.is_empty()).then(|| ids.join(" AND "))
    }

    /// The weakest confidence among what was recognised, in percent.
    pub fn confidence(&self) -> Option<u8> {
        self.files
            .iter()
            .flat_map(|file| &file.detections)
            .map(|found| found.confidence)
            .min()
    }
}

/// A licence file that is there but could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read licence file `{}`: {}", path.display(), crate::error::io_word(source))]
pub struct LicenceError {
    /// The file or folder.
    pub path: PathBuf,
    /// The system's reason.
    pub source: std::io::Error,
}
