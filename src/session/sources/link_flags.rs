//! `-X` among the flags of the linker: it says nothing of a name that it does not find, and of a wrong flag a page of
//! usage.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::project::Package;
use crate::project::go_source::{self, Settable};

/// A name that `-X` is to set.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    /// The package's path; `main` for a program's own package.
    pub(super) package: String,
    /// The variable.
    pub(super) variable: String,
}

/// The names that these flags set, or what is wrong with the flags.
pub(super) fn names(ldflags: &str) -> Result<Vec<Name>, String> {
    let mut names = Vec::new();
    let mut words = split(without_pattern(ldflags.trim())?)?.into_iter();
    let mut last: Option<String> = None;
    while let Some(word) = words.next() {
        let Some(flag) = word.strip_prefix("--").or_else(|| word.strip_prefix('-')) else {
            return Err(match last {
                Some(before) => format!(
                    "`{word}` after `{before}` is not a flag of the linker; a value with spaces needs quotes: `'{} {word}'`",
                    before
                        .strip_prefix("-X ")
                        .or_else(|| before.strip_prefix("-X="))
                        .unwrap_or(&before)
                ),
                None => format!("`{word}` is not a flag of the linker"),
            });
        };
        let (flag, value) = match flag.split_once('=') {
            Some((flag, value)) => (flag, Some(value.to_owned())),
            None => (flag, None),
        };
        if !takes_value(flag) {
            last = None;
            continue;
        }
        let Some(value) = value.or_else(|| words.next()) else {
            return Err(format!("`-{flag}` of the linker needs a value"));
        };
        if flag == "X" {
            names.push(name(&value)?);
        }
        last = Some(format!("-{flag} {value}"));
    }
    Ok(names)
}

/// The flags after a `pattern=` (`go help build`, "-ldflags '[pattern=]arg list'").
fn without_pattern(ldflags: &str) -> Result<&str, String> {
    match ldflags.chars().next() {
        None | Some('-') => Ok(ldflags),
        Some(quote @ ('\'' | '"')) => Err(format!(
            "the flags of the linker may not begin with the quote `{quote}`"
        )),
        Some(_) => match ldflags.split_once('=') {
            Some((_, flags)) => Ok(flags),
            None => Err(format!("`{ldflags}` is not a flag of the linker")),
        },
    }
}

fn name(definition: &str) -> Result<Name, String> {
    let split = definition
        .split_once('=')
        .and_then(|(name, _)| name.rsplit_once('.'));
    match split {
        Some((package, variable)) if !package.is_empty() && !variable.is_empty() => Ok(Name {
            package: package.to_owned(),
            variable: variable.to_owned(),
        }),
        _ => Err(format!(
            "`-X {definition}` does not have the form `-X package.name=value`"
        )),
    }
}

/// The words, as `go help build` has it: separated by spaces; one that begins with a quote ends with the next one.
fn split(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if matches!(first, '\'' | '"') {
            let Some(end) = rest[1..].find(first) else {
                return Err(format!(
                    "a quote in the flags of the linker is not closed: `{rest}`"
                ));
            };
            words.push(rest[1..=end].to_owned());
            rest = rest[end + 2..].trim_start();
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            words.push(rest[..end].to_owned());
            rest = rest[end..].trim_start();
        }
    }
    Ok(words)
}

/// Whether the flag takes a value, by `go tool link -h`. One that is not known is taken for a switch: the linker decides.
fn takes_value(flag: &str) -> bool {
    const WITH_VALUE: [&str; 33] = [
        "B",
        "D",
        "E",
        "H",
        "I",
        "L",
        "R",
        "T",
        "X",
        "benchmark",
        "benchmarkprofile",
        "buildid",
        "buildmode",
        "capturehostobjs",
        "cpuprofile",
        "debugtextsize",
        "debugtramp",
        "extar",
        "extld",
        "extldflags",
        "fipso",
        "funcalign",
        "importcfg",
        "installsuffix",
        "k",
        "libgcc",
        "linkmode",
        "memprofile",
        "memprofilerate",
        "o",
        "pluginpath",
        "r",
        "tmpdir",
    ];
    WITH_VALUE.contains(&flag) || ["randlayout", "strictdups"].contains(&flag)
}

/// What a name comes to in the packages of a program.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The linker sets it.
    Settable,
    /// The package is there and declares something of that name that the linker cannot set: what it is.
    Not(&'static str),
    /// The package is there and has no such variable; similar ones that it has.
    NoVariable(Vec<String>),
    /// It is the program's own package, which the linker calls `main`.
    IsMain,
    /// No package of that path is in the program.
    NoPackage,
}

/// Looks a name up among the packages that are compiled for the programs.
pub(super) fn look_up(name: &Name, packages: &[&Package], cache: &mut Cache) -> Found {
    if name.package != "main"
        && let Some(package) = packages
            .iter()
            .find(|package| package.import_path == name.package)
    {
        return match package.is_main() {
            true => Found::IsMain,
            false => cache.declared(package, &name.variable),
        };
    }
    let mains = packages
        .iter()
        .filter(|package| name.package == "main" && package.is_main());
    let mut best = Found::NoPackage;
    for package in mains {
        match (cache.declared(package, &name.variable), &best) {
            (Found::Settable, _) => return Found::Settable,
            (found @ Found::Not(_), _) => best = found,
            (found, Found::NoPackage) => best = found,
            _ => {}
        }
    }
    best
}

/// The declarations of the packages that were looked at.
#[derive(Debug, Default)]
pub(super) struct Cache(BTreeMap<PathBuf, Vec<go_source::Declared>>);

impl Cache {
    fn declared(&mut self, package: &Package, variable: &str) -> Found {
        let files = package.go_files.iter().chain(&package.cgo_files);
        let mut names = Vec::new();
        for path in files.map(|name| package.dir.join(name)) {
            let declared = self.0.entry(path).or_insert_with_key(|path| {
                let source = std::fs::read_to_string(path).unwrap_or_default();
                go_source::declared(&source)
            });
            if let Some(found) = declared.iter().find(|found| found.name == variable) {
                return match found.settable {
                    Settable::Yes | Settable::Maybe => Found::Settable,
                    Settable::Computed => {
                        Found::Not("gets its value from a call when the program starts")
                    }
                    Settable::OtherType => Found::Not("is not a string"),
                    Settable::Constant => Found::Not("is a constant, not a variable"),
                };
            }
            names.extend(declared.iter().map(|declared| declared.name.clone()));
        }
        Found::NoVariable(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_the_linker_reads_them() {
        let name = |package: &str, variable: &str| Name {
            package: package.to_owned(),
            variable: variable.to_owned(),
        };
        for (flags, expected) in [
            ("-s -w -X main.version=1", Ok(vec![name("main", "version")])),
            ("-X=main.version=1", Ok(vec![name("main", "version")])),
            ("--X a.b/c.d=e=f", Ok(vec![name("a.b/c", "d")])),
            (
                "-X 'main.who=Jane Doe' -H windowsgui",
                Ok(vec![name("main", "who")]),
            ),
            ("all=-X main.a=b", Ok(vec![name("main", "a")])),
            (
                "'-X main.a=b'",
                Err("the flags of the linker may not begin with the quote `'`"),
            ),
            ("-extldflags '-static -lm' -linkmode=external", Ok(vec![])),
            ("-s \"-X=main.a=b c\"", Ok(vec![name("main", "a")])),
            (
                "-X main.who=Jane Doe",
                Err(
                    "`Doe` after `-X main.who=Jane` is not a flag of the linker; a value with spaces needs quotes: `'main.who=Jane Doe'`",
                ),
            ),
            (
                "-X main.who='Jane Doe'",
                Err(
                    "`Doe'` after `-X main.who='Jane` is not a flag of the linker; a value with spaces needs quotes: `'main.who='Jane Doe''`",
                ),
            ),
            ("-s main.o", Err("`main.o` is not a flag of the linker")),
            (
                "-X version=1",
                Err("`-X version=1` does not have the form `-X package.name=value`"),
            ),
            (
                "-X main.version",
                Err("`-X main.version` does not have the form `-X package.name=value`"),
            ),
            ("-s -X", Err("`-X` of the linker needs a value")),
            (
                "-X 'main.a=b",
                Err("a quote in the flags of the linker is not closed: `'main.a=b`"),
            ),
        ] {
            assert_eq!(names(flags), expected.map_err(str::to_owned), "{flags}");
        }
    }
}
