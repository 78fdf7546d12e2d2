//! Package URLs of type `golang` (<https://github.com/package-url/purl-spec>).

use std::fmt::Write;

/// A module's package URL. Qualifiers must be sorted by key; `subpath` is the package's path below the module.
///
/// Namespace and name are lower-cased and everything but unreserved characters is percent-encoded, as the
/// specification asks.
pub fn package_url(
    module: &str,
    version: Option<&str>,
    qualifiers: &[(&str, &str)],
    subpath: Option<&str>,
) -> String {
    let mut url = format!("pkg:golang/{}", encode_path(&module.to_lowercase()));
    if let Some(version) = version {
        url.push('@');
        url.push_str(&encode(version));
    }
    for (index, (key, value)) in qualifiers.iter().enumerate() {
        let separator = if index == 0 { '?' } else { '&' };
        // Writing to a String cannot fail.
        let _ = write!(url, "{separator}{key}={}", encode(value));
    }
    if let Some(subpath) = subpath.filter(|subpath| !subpath.is_empty()) {
        url.push('#');
        url.push_str(&encode_path(subpath));
    }
    url
}

fn encode_path(path: &str) -> String {
    path.split('/')
        .filter(|element| !element.is_empty())
        .map(encode)
        .collect::<Vec<_>>()
        .join("/")
}

fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b".-_~:".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_what_the_specification_asks() {
        assert_eq!(
            package_url(
                "github.com/BurntSushi/toml",
                Some("v2.0.0+incompatible"),
                &[],
                None
            ),
            "pkg:golang/github.com/burntsushi/toml@v2.0.0%2Bincompatible"
        );
        assert_eq!(
            package_url(
                "example.com/a",
                None,
                &[("goarch", "amd64"), ("goos", "windows")],
                Some("cmd/a b")
            ),
            "pkg:golang/example.com/a?goarch=amd64&goos=windows#cmd/a%20b"
        );
    }
}
