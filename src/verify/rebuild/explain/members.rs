//! Two archives or packages, file by file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{executable, text};
use crate::format::output::{Digests, Meter};
use crate::verify::members::{unpack, visit};

/// What differs in an archive, with its wrapping when all members are the same.
pub(super) fn differences(shipped: &Path, rebuilt: &Path) -> Vec<String> {
    match inside(shipped, rebuilt) {
        None => vec!["cannot be unpacked".to_owned()],
        Some(reasons) if reasons.is_empty() => {
            let message = "holds the same members; the archive around them differs (times, owners or compression)";
            vec![message.to_owned()]
        }
        Some(reasons) => reasons,
    }
}

/// What differs in the files inside; `None` when they cannot be read.
pub(super) fn inside(shipped: &Path, rebuilt: &Path) -> Option<Vec<String>> {
    let (left, right) = (members(shipped)?, members(rebuilt)?);
    let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    let mut reasons = Vec::new();
    for name in names {
        match (left.get(name), right.get(name)) {
            (Some(_), None) => {
                reasons.push(format!("holds `{name}`, which the commit does not make"));
            }
            (None, Some(_)) => reasons.push(format!("lacks `{name}`, which the commit makes")),
            (Some(one), Some(other)) if one.sha256 != other.sha256 => {
                let member = member(shipped, rebuilt, name).into_iter();
                reasons.extend(member.map(|reason| format!("`{name}`: {reason}")));
            }
            (Some(one), Some(other)) if one.mode != other.mode => {
                let mode = |member: &Member| member.mode.unwrap_or_default();
                reasons.push(format!(
                    "`{name}`: its mode is {:o}, and {:o} when built again",
                    mode(one),
                    mode(other)
                ));
            }
            _ => {}
        }
    }
    Some(reasons)
}

struct Member {
    sha256: String,
    mode: Option<u32>,
}

fn members(path: &Path) -> Option<BTreeMap<String, Member>> {
    let mut members = BTreeMap::new();
    visit(path, &mut |name, mode, reader| {
        let mut meter = Meter::new(Digests::Sha256);
        let mut buffer = [0; 64 << 10];
        while let Ok(read @ 1..) = reader.read(&mut buffer) {
            meter.update(&buffer[..read]);
        }
        let sha256 = meter.finish().sha256;
        members.insert(name.to_owned(), Member { sha256, mode });
    })
    .ok()?;
    Some(members)
}

/// Why one member differs; never empty.
fn member(shipped: &Path, rebuilt: &Path, name: &str) -> Vec<String> {
    let content = || vec!["its content differs".to_owned()];
    // Both were unpacked before, so that their archives are known to stay within limits.
    let unpack = |archive| unpack(archive, name, u64::MAX);
    let (Ok(Some(one)), Ok(Some(other))) = (unpack(shipped), unpack(rebuilt)) else {
        return content();
    };
    let mut reasons = executable::differences(one.path(), other.path());
    if reasons.is_empty() {
        reasons = text::differences(one.path(), other.path());
    }
    if reasons.is_empty() {
        reasons = content();
    }
    reasons
}
