//! The outputs of the step, for the steps after it.

use sha2::{Digest as _, Sha256};

use crate::report::{DoneSummary, Summary};

/// `version`, `artifacts` (a JSON list of paths in `dist`) and `dist`, as `GITHUB_OUTPUT` takes them.
pub(super) fn outputs(summary: &Summary, done: &DoneSummary) -> String {
    let names: Vec<&str> = summary
        .artifacts
        .iter()
        .map(|artifact| artifact.name.as_str())
        .collect();
    [
        output("version", &summary.release.version),
        output("artifacts", &serde_json::json!(names).to_string()),
        output("dist", &done.dist),
    ]
    .concat()
}

/// A value of several lines may be given between two lines of the same delimiter. A value cannot hold the line that is
/// made from its own hash, so none can end itself and begin another output.
fn output(name: &str, value: &str) -> String {
    let hash = Sha256::digest(value.as_bytes());
    let digits: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let delimiter = format!("gorelease_{digits}");
    format!("{name}<<{delimiter}\n{value}\n{delimiter}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn a_value_cannot_become_another_output() {
        let text = output("dist", "a\nEOF\nversion=9");
        let lines: Vec<&str> = text.lines().collect();
        let delimiter = lines[0].strip_prefix("dist<<").unwrap();
        assert_eq!(lines[1..], ["a", "EOF", "version=9", delimiter]);
    }

    #[test]
    fn artifacts_are_a_json_list() {
        let plan = fixture::plan();
        let run = fixture::summary(&plan, &fixture::good_run(&plan));
        let text = outputs(&run, run.done.as_ref().unwrap());
        let list = text.lines().nth(4).unwrap();
        let names: Vec<String> = serde_json::from_str(list).unwrap();
        assert_eq!(names.len(), 4);
        assert_eq!(names[3], "SHA256SUMS");
    }
}
