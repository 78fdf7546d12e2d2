//! Values that must not be seen: kept out of debug output, out of the environment of programs, and out of what is shown.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ct_codecs::{Base64NoPadding, Encoder};

/// Shorter secrets are not masked: they would be found in digests and file names.
const SHORTEST_MASKED: usize = 6;
/// Lines of a secret of several lines that are masked one by one.
const SHORTEST_LINE: usize = 12;
const MASK: &str = "***";

/// What this process knows of secrets. One for the whole process, like the environment and the streams that it guards.
static KNOWN: Mutex<Known> = Mutex::new(Known {
    texts: BTreeSet::new(),
    variables: BTreeSet::new(),
});

struct Known {
    /// What is masked, as it may be written.
    texts: BTreeSet<String>,
    /// Environment variables that no program inherits.
    variables: BTreeSet<String>,
}

fn known() -> MutexGuard<'static, Known> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps an environment variable from every program that is run, and its value out of everything that is shown. A program
/// that needs it is given it by [`super::Invocation::secret_env`].
pub fn hide_variable(name: &str) {
    if let Some(value) = std::env::var_os(name) {
        mask(value.as_encoded_bytes());
    }
    known().variables.insert(name.to_owned());
}

/// The variables that no program inherits.
pub(super) fn hidden_variables() -> Vec<String> {
    known().variables.iter().cloned().collect()
}

/// Keeps a secret out of everything that is shown from now on.
pub fn mask(secret: &[u8]) {
    let texts = forms(secret);
    if !texts.is_empty() {
        known().texts.extend(texts);
    }
}

/// The text without the secrets that are known.
pub fn masked(text: &str) -> Cow<'_, str> {
    let known = known();
    let mut found: Vec<&String> = known
        .texts
        .iter()
        .filter(|secret| text.contains(secret.as_str()))
        .collect();
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    // The longest first: one may be part of another.
    found.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    let mut masked = text.to_owned();
    for secret in found {
        masked = masked.replace(secret.as_str(), MASK);
    }
    Cow::Owned(masked)
}

/// A secret as it may be written: whole, line by line, in base64, and escaped for JSON, HTML and workflow commands.
fn forms(secret: &[u8]) -> BTreeSet<String> {
    let mut forms = BTreeSet::new();
    if let Ok(base64) = Base64NoPadding::encode_to_string(secret) {
        forms.insert(base64);
    }
    if let Ok(text) = std::str::from_utf8(secret) {
        let text = text.trim();
        let lines = text.lines().map(str::trim);
        let mut plain: BTreeSet<&str> = lines.filter(|line| line.len() >= SHORTEST_LINE).collect();
        plain.insert(text);
        for text in plain {
            forms.insert(text.to_owned());
            forms.extend(escaped(text));
        }
    }
    forms.retain(|form| form.len() >= SHORTEST_MASKED);
    forms
}

fn escaped(text: &str) -> [String; 3] {
    let json = serde_json::Value::from(text).to_string();
    let html = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#x27;")
        .replace('/', "&#x2f;");
    let command = text
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A");
    [json[1..json.len() - 1].to_owned(), html, command]
}

/// Bytes that no debug output, serialisation or message can show; they leave only through [`Secret::expose`].
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// Takes the bytes into custody.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes themselves, to be handed to the program that needs them and to nobody else.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("<secret>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_does_not_show_it() {
        assert_eq!(format!("{:?}", Secret::new("passphrase")), "<secret>");
        assert_eq!(Secret::new("passphrase").expose(), b"passphrase");
    }

    #[test]
    fn every_form_of_a_secret_is_masked() {
        let secret = "Hush \"PFX\" 100% <7391>\nsecond line of it 4711\n";
        mask(secret.as_bytes());
        let json = serde_json::json!({ "detail": format!("was {secret}") }).to_string();
        for text in [
            format!("it is {secret}."),
            json,
            "Hush &quot;PFX&quot; 100% &lt;7391&gt;".to_owned(),
            "Hush \"PFX\" 100%25 <7391>%0Asecond line of it 4711".to_owned(),
            "only the second line of it 4711".to_owned(),
            Base64NoPadding::encode_to_string(secret).unwrap(),
        ] {
            let shown = masked(&text);
            assert!(shown.contains("***"), "{shown}");
            for part in ["Hush", "4711", "SHVzaCA"] {
                assert!(!shown.contains(part), "{shown}");
            }
        }
        assert_eq!(masked("nothing to hide"), "nothing to hide");
        mask(b"1234");
        assert_eq!(masked("1234"), "1234");
    }
}
