//! The licences that are recognised: those of practically all public Go modules.
//!
//! The texts are those of the SPDX licence list, picked out of the `spdx` crate at compile time, so that only these
//! are in the executable. Of the GNU licences the text alone does not tell `-only` from `-or-later`; the narrower is named.

use std::sync::LazyLock;

use spdx::detection::TextData;

/// A licence and its text, prepared for comparison.
pub(super) struct Known {
    /// SPDX identifier.
    pub(super) id: &'static str,
    pub(super) text: TextData,
}

/// All known licences, sorted by identifier; then the notices that stand for some of them.
pub(super) fn known() -> &'static [Known] {
    static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(|| {
        TEXTS
            .iter()
            .map(|&(id, text)| (id, text))
            .chain(notices())
            .map(|(id, text)| Known {
                id,
                text: TextData::new(text).without_text(),
            })
            .collect()
    });
    &KNOWN
}

/// The words by which a file is put under a licence whose text is elsewhere: begin and end in that very text, which
/// tells them to its users.
const NOTICES: [(&str, &str, &str); 2] = [
    (
        "Apache-2.0",
        "Licensed under the Apache License",
        "limitations under the License.",
    ),
    (
        "MPL-2.0",
        "This Source Code Form is subject to the terms of the Mozilla Public",
        "mozilla.org/MPL/2.0/.",
    ),
];

fn notices() -> impl Iterator<Item = (&'static str, &'static str)> {
    NOTICES.iter().filter_map(|&(id, begin, end)| {
        let (_, text) = TEXTS.iter().find(|(known, _)| *known == id)?;
        let notice = &text[text.rfind(begin)?..];
        Some((id, &notice[..notice.find(end)? + end.len()]))
    })
}

macro_rules! texts {
    ($($id:literal),+ $(,)?) => {
        [$(($id, spdx_text($id))),+]
    };
}

const TEXTS: [(&str, &str); 45] = texts![
    "0BSD",
    "AGPL-3.0-only",
    "Apache-1.1",
    "Apache-2.0",
    "Artistic-2.0",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-2-Clause-Patent",
    "BSD-2-Clause-Views",
    "BSD-3-Clause",
    "BSD-3-Clause-Clear",
    "BSD-4-Clause",
    "BSD-Source-Code",
    "BSL-1.0",
    "BUSL-1.1",
    "BlueOak-1.0.0",
    "CC-BY-4.0",
    "CC-BY-SA-4.0",
    "CC0-1.0",
    "CDDL-1.0",
    "CDDL-1.1",
    "EPL-1.0",
    "EPL-2.0",
    "EUPL-1.2",
    "Elastic-2.0",
    "FTL",
    "GPL-2.0-only",
    "GPL-3.0-only",
    "HPND",
    "ISC",
    "LGPL-2.1-only",
    "LGPL-3.0-only",
    "MIT",
    "MIT-0",
    "MPL-1.1",
    "MPL-2.0",
    "MS-PL",
    "NCSA",
    "OFL-1.1",
    "OpenSSL",
    "SSPL-1.0",
    "Unlicense",
    "WTFPL",
    "X11",
    "Zlib",
];

/// The text of one licence; an unknown identifier does not compile.
const fn spdx_text(id: &str) -> &'static str {
    let mut index = 0;
    while index < spdx::text::LICENSE_TEXTS.len() {
        let (name, text) = spdx::text::LICENSE_TEXTS[index];
        if same(name.as_bytes(), id.as_bytes()) {
            return text;
        }
        index += 1;
    }
    panic!("not in the SPDX licence list")
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut index = 0;
    while index < a.len() {
        if a[index] != b[index] {
            return false;
        }
        index += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notice_is_in_its_licence() {
        assert_eq!(notices().count(), NOTICES.len());
        assert!(notices().all(|(_, text)| text.len() < 1000));
    }

    #[test]
    fn identifiers_are_current_and_sorted() {
        assert!(TEXTS.is_sorted_by_key(|(id, _)| id));
        for (id, _) in TEXTS {
            let licence = spdx::license_id(id).unwrap();
            assert!(!licence.is_deprecated(), "{id}");
        }
    }
}
