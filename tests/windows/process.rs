//! The processes of a prefix, as Linux sees them: Wine's `tasklist.exe` prints nothing.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use crate::support::poll;
use crate::support::wine::Wine;

/// The folders in `/proc` of the prefix's processes whose command lines have all of `words`.
pub fn find(wine: &Wine, words: &[&str]) -> Vec<PathBuf> {
    let mark = format!("WINEPREFIX={}\0", wine.prefix().display());
    let has = |bytes: &[u8], text: &str| {
        let text = text.as_bytes();
        bytes.windows(text.len()).any(|part| part == text)
    };
    let is_wanted = |folder: &PathBuf| {
        let environment = fs::read(folder.join("environ")).unwrap_or_default();
        let command = fs::read(folder.join("cmdline")).unwrap_or_default();
        has(&environment, &mark) && words.iter().all(|word| has(&command, word))
    };
    let entries = fs::read_dir("/proc").expect("/proc").flatten();
    entries
        .map(|entry| entry.path())
        .filter(is_wanted)
        .collect()
}

/// Waits until none is left: Linux' process may end a moment after Windows' has.
#[track_caller]
pub fn wait_until_gone(wine: &Wine, words: &[&str]) {
    poll::until(
        &format!("the end of the processes of {words:?}"),
        Duration::from_secs(30),
        || find(wine, words).is_empty().then_some(()),
    );
}
