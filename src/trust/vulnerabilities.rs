//! Known vulnerabilities of what an executable was made from, by Go's own `govulncheck -mode=binary`.
//!
//! The program reads the executable and a database (the Go vulnerability database, or a folder with a copy of it) and
//! writes a stream of JSON messages (<https://pkg.go.dev/golang.org/x/vuln/internal/govulncheck>), which [`parse`]
//! reads. What a finding means for the release is the [`Policy`]'s matter.

use std::collections::BTreeMap;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::process::{Invocation, Tool};

/// govulncheck.
pub const GOVULNCHECK: Tool = Tool {
    name: "govulncheck",
    purpose: "look for known vulnerabilities",
    install: "install it with `go install golang.org/x/vuln/cmd/govulncheck@latest`",
};

/// What a finding does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Policy {
    /// It is written down.
    Report,
    /// It stops the release when vulnerable code is in the executable.
    Fail,
}

/// A known vulnerability of a module in an executable.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Finding {
    /// Its name in the Go vulnerability database, for example `GO-2024-2687`.
    pub id: String,
    /// What it is, in a sentence.
    pub summary: String,
    /// The module.
    pub module: String,
    /// The version that was linked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The first version without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixed: Option<String>,
    /// Whether a vulnerable function or package is in the executable, and not only another part of the module.
    pub reachable: bool,
}

/// What is known of each executable, by program and target.
pub type Report = BTreeMap<String, Vec<Finding>>;

/// The call that examines one executable. A database that is no address is a folder.
pub fn invocation(program: &Path, executable: &Path, database: Option<&str>) -> Invocation {
    let name = executable.file_name().unwrap_or_default().to_string_lossy();
    let invocation = Invocation::new(program, format!("looking for vulnerabilities in `{name}`"))
        .args(["-mode=binary", "-format=json"]);
    let invocation = match database {
        Some(address) if address.contains("://") => invocation.args(["-db", address]),
        Some(folder) => invocation.args(["-db".to_owned(), file_url(folder)]),
        None => invocation,
    };
    invocation.arg(executable.to_string_lossy())
}

/// The URL of a folder, as Go reads it; a drive letter of Windows comes after a third slash.
fn file_url(folder: &str) -> String {
    let folder = if cfg!(windows) {
        folder.replace('\\', "/")
    } else {
        folder.to_owned()
    };
    let slash = if folder.starts_with('/') { "" } else { "/" };
    format!("file://{slash}{folder}")
}

/// Reads the messages; findings are sorted, one for each vulnerability and module.
///
/// # Errors
/// When the text is not a stream of govulncheck's messages.
pub fn parse(text: &str) -> Result<Vec<Finding>, serde_json::Error> {
    let mut summaries = BTreeMap::new();
    let mut findings: BTreeMap<(String, String), Finding> = BTreeMap::new();
    for message in serde_json::Deserializer::from_str(text).into_iter::<Message>() {
        let message = message?;
        if let Some(osv) = message.osv {
            summaries.insert(osv.id, osv.summary);
        }
        let Some(raw) = message.finding else { continue };
        let Some(frame) = raw.trace.into_iter().next() else {
            continue;
        };
        let reachable = frame.package.is_some();
        let finding = findings
            .entry((raw.osv.clone(), frame.module.clone()))
            .or_insert_with(|| Finding {
                id: raw.osv,
                summary: String::new(),
                module: frame.module,
                version: frame.version,
                fixed: raw.fixed_version,
                reachable: false,
            });
        finding.reachable |= reachable;
    }
    let with_summary = |mut finding: Finding| {
        finding.summary = summaries.get(&finding.id).cloned().unwrap_or_default();
        finding
    };
    Ok(findings.into_values().map(with_summary).collect())
}

#[derive(Deserialize)]
struct Message {
    osv: Option<Osv>,
    finding: Option<RawFinding>,
}

#[derive(Deserialize)]
struct Osv {
    id: String,
    #[serde(default)]
    summary: String,
}

#[derive(Deserialize)]
struct RawFinding {
    osv: String,
    fixed_version: Option<String>,
    #[serde(default)]
    trace: Vec<Frame>,
}

#[derive(Deserialize)]
struct Frame {
    module: String,
    version: Option<String>,
    package: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGES: &str = r#"
        {"config":{"protocol_version":"v1.0.0","scanner_name":"govulncheck"}}
        {"progress":{"message":"Checking the binary"}}
        {"osv":{"id":"GO-2026-0002","summary":"Second","affected":[]}}
        {"osv":{"id":"GO-2026-0001","summary":"First"}}
        {"finding":{"osv":"GO-2026-0002","fixed_version":"v1.2.0","trace":[{"module":"example.com/b","version":"v1.1.0"}]}}
        {"finding":{"osv":"GO-2026-0001","trace":[{"module":"example.com/a","version":"v1.0.0"}]}}
        {"finding":{"osv":"GO-2026-0002","fixed_version":"v1.2.0","trace":[{"module":"example.com/b","version":"v1.1.0","package":"example.com/b/p","function":"F"}]}}
    "#;

    #[test]
    fn messages_become_sorted_findings() {
        let findings = parse(MESSAGES).unwrap();
        let told: Vec<_> = findings
            .iter()
            .map(|finding| {
                (
                    finding.id.as_str(),
                    finding.summary.as_str(),
                    finding.reachable,
                    finding.fixed.as_deref(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("GO-2026-0001", "First", false, None),
                ("GO-2026-0002", "Second", true, Some("v1.2.0"))
            ]
        );
    }

    #[test]
    fn another_text_is_an_error() {
        assert!(parse("govulncheck: no such file").is_err());
        assert_eq!(parse("").unwrap(), []);
    }

    #[test]
    fn a_folder_is_a_database_too() {
        let line = |database| {
            invocation(Path::new("govulncheck"), Path::new("orders"), database).to_string()
        };
        assert_eq!(line(None), "govulncheck -mode=binary -format=json orders");
        assert_eq!(
            line(Some("/srv/vulndb")),
            "govulncheck -mode=binary -format=json -db file:///srv/vulndb orders"
        );
        assert_eq!(
            line(Some("https://vuln.example")),
            "govulncheck -mode=binary -format=json -db https://vuln.example orders"
        );
    }
}
