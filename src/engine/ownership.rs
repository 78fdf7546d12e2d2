//! What in a folder of results gorelease made itself, and so may remove.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use serde::Deserialize;

use crate::error::Failure;
use crate::format::input;
use crate::step::metadata::{FILE_NAME, is_signature};

/// Lists the names at the top of the folder that the last release put there, one a line.
pub(super) const RESULTS: &str = ".results";

/// The page for people, which tells times and so differs from run to run; it is not part of the release, and made when
/// that is complete.
pub const REPORT: &str = "report.html";

/// What file managers leave everywhere.
const LITTER: [&str; 3] = [".DS_Store", "Thumbs.db", "desktop.ini"];

/// Whether a file of this name was left by a file manager.
pub(super) fn is_litter(name: &str) -> bool {
    LITTER.contains(&name)
}

/// The names that are ours in a folder that holds `names`, without the internal ones; none when it is somebody else's.
pub(super) fn own(root: &Path, names: &[String]) -> Result<Option<BTreeSet<String>>, Failure> {
    let mut own = match listed(root)?.or_else(|| described(root, names)) {
        Some(own) => own,
        None if names.iter().all(|name| is_litter(name)) => BTreeSet::new(),
        None => return Ok(None),
    };
    own.insert(REPORT.to_owned());
    Ok(Some(own))
}

fn listed(root: &Path) -> Result<Option<BTreeSet<String>>, Failure> {
    let path = root.join(RESULTS);
    match input::read_text(&path, input::LONGEST_DESCRIPTION) {
        Ok(list) => Ok(Some(list.lines().map(str::to_owned).collect())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::io("read", &path, &error)),
    }
}

/// What of `artifacts.json` tells the names, whatever version of gorelease wrote it. Other programs write one, too.
#[derive(Deserialize)]
struct Description {
    #[serde(rename = "gorelease")]
    _gorelease: String,
    #[serde(default)]
    artifacts: Vec<Named>,
    #[serde(default)]
    checksums: Vec<String>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

/// As `artifacts.json` tells it, for a folder that came here without its hidden files.
fn described(root: &Path, names: &[String]) -> Option<BTreeSet<String>> {
    let text = input::read_description(&root.join(FILE_NAME)).ok()?;
    let file: Description = serde_json::from_slice(&text).ok()?;
    let artifacts = file.artifacts.iter().map(|artifact| &artifact.name);
    let tops = artifacts.filter_map(|name| name.split('/').next());
    let signatures = names
        .iter()
        .filter(|name| is_signature(name, &file.checksums));
    let checksums = file.checksums.iter().chain(signatures);
    Some(
        tops.chain(checksums.map(String::as_str))
            .chain([FILE_NAME])
            .map(str::to_owned)
            .collect(),
    )
}
