//! Names that tables demand: identifiers, and short file names beside long ones.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

/// The greatest length of an identifier in most columns.
const IDENTIFIER_LENGTH: usize = 72;

/// An identifier that tells what it is for: `prefix` and `name`; with a hash when `name` cannot be told from
/// others otherwise.
pub(super) fn identifier(prefix: &str, name: &str) -> String {
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let cleaned: String = name
        .chars()
        .map(|c| if legal(c) { c } else { '_' })
        .collect();
    let whole = format!("{prefix}{cleaned}");
    if cleaned == name && whole.len() <= IDENTIFIER_LENGTH {
        return whole;
    }
    let digest = Sha256::digest(name.as_bytes());
    let hash: String = digest[..5]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let room = IDENTIFIER_LENGTH - 1 - hash.len();
    format!("{}_{hash}", &whole[..whole.len().min(room)])
}

/// The short names of one folder.
#[derive(Default)]
pub(super) struct ShortNames {
    taken: BTreeSet<String>,
    /// What files and folders are really called.
    reserved: BTreeSet<String>,
    /// The last number of each stem and extension: no lower one is free.
    last: BTreeMap<(String, String), u32>,
}

impl ShortNames {
    /// Keeps a name that is a short one from becoming the short name of another.
    pub(super) fn reserve(&mut self, name: &str) {
        if is_short(name) {
            self.reserved.insert(name.to_ascii_uppercase());
        }
    }
}

/// A file or folder name as `Filename` columns hold it: `SHORT~1.EXT|long name.ext`, or the name alone when
/// it is a short one. `names` gets the short name.
pub(super) fn file_name(long: &str, names: &mut ShortNames) -> String {
    if is_short(long) && names.taken.insert(long.to_ascii_uppercase()) {
        return long.to_owned();
    }
    let short = short_name(long, names);
    format!("{short}|{long}")
}

/// Whether a name is one of DOS: eight characters, a dot, three characters.
fn is_short(name: &str) -> bool {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let legal = |part: &str| part.chars().all(is_short_character);
    let lengths = (1..=8).contains(&stem.len()) && extension.len() <= 3 && !name.ends_with('.');
    lengths && legal(stem) && legal(extension)
}

fn is_short_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'()-@^_`{}~".contains(c)
}

/// The first free `STEM~N.EXT`.
fn short_name(long: &str, names: &mut ShortNames) -> String {
    let clean = |part: &str, length: usize| -> String {
        part.to_ascii_uppercase()
            .chars()
            .filter(|c| is_short_character(*c))
            .take(length)
            .collect()
    };
    let (stem, extension) = long.rsplit_once('.').unwrap_or((long, ""));
    let extension = clean(extension, 3);
    let dot = if extension.is_empty() { "" } else { "." };
    let stem = clean(stem, 6);
    let stem = if stem.is_empty() {
        "FILE".to_owned()
    } else {
        stem
    };
    let last = (names.last)
        .entry((stem.clone(), extension.clone()))
        .or_default();
    loop {
        *last += 1;
        let tail = format!("~{last}");
        let head = &stem[..stem.len().min(8 - tail.len())];
        let candidate = format!("{head}{tail}{dot}{extension}");
        if !names.reserved.contains(&candidate) && names.taken.insert(candidate.clone()) {
            return candidate;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn short_names() {
        let mut taken = ShortNames::default();
        assert_eq!(file_name("app.exe", &mut taken), "app.exe");
        assert_eq!(
            file_name("orders-api.exe", &mut taken),
            "ORDERS~1.EXE|orders-api.exe"
        );
        assert_eq!(
            file_name("orders-web.exe", &mut taken),
            "ORDERS~2.EXE|orders-web.exe"
        );
        assert_eq!(file_name("配置.toml", &mut taken), "FILE~1.TOM|配置.toml");
        assert_eq!(file_name(".gitignore", &mut taken), "FILE~1.GIT|.gitignore");
        assert_eq!(file_name("a b", &mut taken), "AB~1|a b");
        assert_eq!(file_name("x.tar.gz", &mut taken), "XTAR~1.GZ|x.tar.gz");
    }

    #[test]
    fn a_real_name_is_nobodys_short_name() {
        let mut names = ShortNames::default();
        names.reserve("config~1.tom");
        assert_eq!(
            file_name("configuration.toml", &mut names),
            "CONFIG~2.TOM|configuration.toml"
        );
        assert_eq!(file_name("config~1.tom", &mut names), "config~1.tom");
    }

    #[test]
    fn identifiers_stay_apart() {
        assert_eq!(identifier("F_", "app.exe"), "F_app.exe");
        assert_ne!(identifier("F_", "a/b"), identifier("F_", "a_b"));
        assert_ne!(identifier("F_", "a/b"), identifier("F_", "a-b"));
        let long = identifier("F_", &"x".repeat(200));
        assert_eq!(long.len(), 72);
        assert_ne!(long, identifier("F_", &"x".repeat(201)));
    }

    proptest! {
        #[test]
        fn short_names_are_legal_and_unique(names in prop::collection::btree_set("\\PC{1,24}", 1..40)) {
            let mut taken = ShortNames::default();
            for name in &names {
                let whole = file_name(name, &mut taken);
                let short = whole.split('|').next().unwrap();
                if whole.contains('|') && !name.contains('|') {
                    prop_assert!(is_short(short), "{short}");
                    prop_assert_eq!(&whole[short.len() + 1..], name.as_str());
                }
            }
            prop_assert_eq!(taken.taken.len(), names.len());
        }

        #[test]
        fn identifiers_are_legal(name in "\\PC{0,120}") {
            let id = identifier("F_", &name);
            prop_assert!(id.len() <= 72);
            prop_assert!(id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.'));
        }
    }
}
