//! Why two files differ: which member, table, row, section or line, and what kind of difference it is.

mod executable;
mod members;
mod package;
mod text;

use std::io::{BufReader, Read};
use std::path::Path;

use crate::format::authenticode::inspect;
use crate::format::input;
use crate::plan::ArtifactKind;

/// The differences of two files of one kind, a sentence each; never empty.
pub(super) fn difference(shipped: &Path, rebuilt: &Path, kind: ArtifactKind) -> Vec<String> {
    let found = match kind {
        ArtifactKind::Archive => members::differences(shipped, rebuilt),
        ArtifactKind::Binary => executable::differences(shipped, rebuilt),
        ArtifactKind::Msi => package::differences(shipped, rebuilt),
        ArtifactKind::Deployment => match shipped.extension().and_then(|end| end.to_str()) {
            Some("zip" | "nupkg") => members::differences(shipped, rebuilt),
            Some("msi") => package::differences(shipped, rebuilt),
            Some("exe") => executable::differences(shipped, rebuilt),
            _ => text::differences(shipped, rebuilt),
        },
        ArtifactKind::InstallerSource
        | ArtifactKind::Sbom
        | ArtifactKind::Provenance
        | ArtifactKind::Report
        | ArtifactKind::Signature
        | ArtifactKind::Metadata
        | ArtifactKind::Checksums => text::differences(shipped, rebuilt),
    };
    let mut reasons = if found.is_empty() {
        vec![first_byte(shipped, rebuilt)]
    } else {
        found
    };
    if is_signed(shipped) && !is_signed(rebuilt) {
        reasons.push("so the shipped signature does not fit what was built again".to_owned());
    }
    reasons
}

fn is_signed(path: &Path) -> bool {
    let found = inspect(path).ok().flatten();
    found.is_some_and(|found| found.is_signed)
}

fn first_byte(shipped: &Path, rebuilt: &Path) -> String {
    let bytes = |path: &Path| input::open(path).map(|file| BufReader::new(file).bytes());
    match (bytes(shipped), bytes(rebuilt)) {
        (Ok(left), Ok(right)) => {
            let same = |(one, other): &(std::io::Result<u8>, std::io::Result<u8>)| matches!((one, other), (Ok(one), Ok(other)) if one == other);
            let offset = left.zip(right).take_while(same).count();
            format!("differs from what the commit makes, first at byte {offset}")
        }
        (Err(error), _) | (_, Err(error)) => format!("cannot be compared: {error}"),
    }
}
