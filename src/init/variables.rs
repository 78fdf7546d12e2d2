//! Variables of a main package that a release usually fills in.

use std::path::Path;

/// A variable that the linker can set (`-X main.NAME=VALUE`), with the template for its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variable {
    /// Its name in package main.
    pub(super) name: String,
    /// The template.
    pub(super) value: &'static str,
}

/// What the variables of these names, in lower case, are filled with.
const KNOWN: [(&str, &str); 10] = [
    ("version", "{{ version }}"),
    ("appversion", "{{ version }}"),
    ("buildversion", "{{ version }}"),
    ("commit", "{{ commit }}"),
    ("gitcommit", "{{ commit }}"),
    ("revision", "{{ commit }}"),
    ("sha", "{{ commit }}"),
    ("date", "{{ commit_date }}"),
    ("builddate", "{{ commit_date }}"),
    ("buildtime", "{{ commit_date }}"),
];

/// The variables in these source files. A file that cannot be read has none.
pub(super) fn find(folder: &Path, files: &[String]) -> Vec<Variable> {
    let mut found: Vec<Variable> = files
        .iter()
        .filter_map(|file| std::fs::read_to_string(folder.join(file)).ok())
        .flat_map(|source| in_source(&source))
        .collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found.dedup();
    found
}

/// The variables in one file that gofmt has formatted: at the beginning of a line after `var`, or one tab deep in a
/// `var (` group. The linker sets only strings that are not initialised by a call.
fn in_source(source: &str) -> Vec<Variable> {
    let mut found = Vec::new();
    let mut in_group = false;
    for line in source.lines() {
        let declaration = if line == "var (" {
            in_group = true;
            None
        } else if line == ")" {
            in_group = false;
            None
        } else if in_group {
            line.strip_prefix('\t')
        } else {
            line.strip_prefix("var ")
        };
        found.extend(declaration.and_then(variable));
    }
    found
}

fn variable(declaration: &str) -> Option<Variable> {
    let (name, rest) = declaration.split_once(char::is_whitespace)?;
    let rest = rest.trim_start();
    let rest = rest.strip_prefix("string").unwrap_or(rest).trim_start();
    let is_plain = rest.is_empty() && declaration.contains("string")
        || rest.starts_with("//")
        || rest
            .strip_prefix('=')
            .is_some_and(|value| value.trim_start().starts_with(['"', '`']));
    let (_, value) = KNOWN
        .into_iter()
        .find(|(known, _)| name.eq_ignore_ascii_case(known))?;
    is_plain.then(|| Variable {
        name: name.to_owned(),
        value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_the_linker_can_set() {
        let source = "package main\n\nvar version = \"dev\"\nvar port = \"80\"\n\nvar (\n\tGitCommit string\n\tdate      string = \"\" // when\n\tsha       = compute()\n)\n\nfunc main() {\n\tvar revision = \"local\"\n}\n";
        let names: Vec<String> = in_source(source).into_iter().map(|v| v.name).collect();
        assert_eq!(names, ["version", "GitCommit", "date"]);
    }
}
