//! The text of the build information: tab-separated lines.
//!
//! Format: Go's `src/runtime/debug/mod.go` (`ParseBuildInfo`). Lines of an unknown kind are passed over, as there.

use super::{BuildInfo, Module, Reason};

/// Parses the text; `go_version` stays empty, for it is not part of it.
pub(super) fn parse(text: &str) -> Result<BuildInfo, Reason> {
    let mut info = BuildInfo::default();
    let mut last = Last::None;
    for line in text
        .split_inclusive('\n')
        .filter_map(|line| line.strip_suffix('\n'))
    {
        let Some((word, rest)) = line.split_once('\t') else {
            continue;
        };
        match word {
            "path" => info.path = rest.to_owned(),
            "mod" => {
                info.main = Some(module(rest)?);
                last = Last::Main;
            }
            "dep" => {
                info.deps.push(module(rest)?);
                last = Last::Dependency;
            }
            "=>" => {
                let replaced = match last {
                    Last::Main => info.main.as_mut(),
                    Last::Dependency => info.deps.last_mut(),
                    Last::None => None,
                };
                let replaced =
                    replaced.ok_or_else(|| Reason::damaged("a replacement without a module"))?;
                replaced.replace = Some(Box::new(module(rest)?));
                last = Last::None;
            }
            "build" => {
                let (key, value) = setting(rest).ok_or_else(|| malformed("build setting", rest))?;
                info.settings.insert(key, value);
            }
            _ => {}
        }
    }
    Ok(info)
}

/// Which module a `=>` line belongs to.
enum Last {
    None,
    Main,
    Dependency,
}

fn module(columns: &str) -> Result<Module, Reason> {
    let mut fields = columns.split('\t');
    let (path, version, sum) = (fields.next(), fields.next(), fields.next());
    match (path, version, fields.next()) {
        (Some(path), Some(version), None) => Ok(Module {
            path: path.to_owned(),
            version: version.to_owned(),
            sum: sum.unwrap_or_default().to_owned(),
            replace: None,
        }),
        _ => Err(malformed("module line", columns)),
    }
}

fn malformed(what: &str, line: &str) -> Reason {
    Reason::damaged(format!(
        "malformed {what} {line:?} in its build information"
    ))
}

/// `key=value`, each in Go quotes where it holds anything unusual.
fn setting(text: &str) -> Option<(String, String)> {
    let (key, value) = if text.starts_with(['"', '`']) {
        let (key, rest) = quoted_prefix(text)?;
        (key, rest.strip_prefix('=')?)
    } else {
        let (key, value) = text.split_once('=')?;
        (key.to_owned(), value)
    };
    if key.is_empty() {
        return None;
    }
    if !value.starts_with(['"', '`']) {
        return Some((key, value.to_owned()));
    }
    match quoted_prefix(value)? {
        (value, "") => Some((key, value)),
        _ => None,
    }
}

/// A Go string literal at the start of the text (`strconv.QuotedPrefix`), unquoted, and what follows it.
fn quoted_prefix(text: &str) -> Option<(String, &str)> {
    if let Some(raw) = text.strip_prefix('`') {
        let (value, rest) = raw.split_once('`')?;
        return Some((value.to_owned(), rest));
    }
    let mut rest = text.strip_prefix('"')?;
    let mut bytes = Vec::new();
    loop {
        let plain = rest.find(['"', '\\'])?;
        bytes.extend_from_slice(&rest.as_bytes()[..plain]);
        if let Some(after) = rest[plain..].strip_prefix('"') {
            return Some((String::from_utf8_lossy(&bytes).into_owned(), after));
        }
        rest = escape(&rest[plain + 1..], &mut bytes)?;
    }
}

/// One escape sequence after its backslash; what follows it.
fn escape<'a>(text: &'a str, bytes: &mut Vec<u8>) -> Option<&'a str> {
    let mut rest = text.chars();
    let digits = match rest.next()? {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        simple => {
            bytes.push(match simple {
                'a' => 0x07,
                'b' => 0x08,
                't' => b'\t',
                'n' => b'\n',
                'v' => 0x0b,
                'f' => 0x0c,
                'r' => b'\r',
                '\\' | '"' => simple as u8,
                _ => return None,
            });
            return Some(rest.as_str());
        }
    };
    let (hexadecimal, after) = rest.as_str().split_at_checked(digits)?;
    let value = u32::from_str_radix(hexadecimal, 16).ok()?;
    if digits == 2 {
        bytes.push(u8::try_from(value).ok()?);
    } else {
        let mut buffer = [0; 4];
        bytes.extend_from_slice(char::from_u32(value)?.encode_utf8(&mut buffer).as_bytes());
    }
    Some(after)
}
