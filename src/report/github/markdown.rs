//! The summary of a run in Markdown, for the page of the workflow's run.

use crate::plan::ReleaseKind;
use crate::report::text::{clean, clean_line, count, duration, size};
use crate::report::{FailureSummary, Summary};

/// The most bytes of a tool's output that are shown: a summary may have 1 MiB.
const LONGEST_OUTPUT: usize = 32 << 10;

/// The most rows of a table, for the same reason.
const MOST_ROWS: usize = 500;

/// The whole summary.
pub(super) fn summary(summary: &Summary) -> String {
    let release = &summary.release;
    let mut text = format!(
        "## {} {}\n\n{}\n",
        inline(&release.name),
        inline(&release.version),
        facts(summary)
    );
    for failed in &summary.failures {
        text.push_str(&failure(failed));
    }
    if !summary.artifacts.is_empty() && summary.done.is_some() {
        text.push_str(&artifacts(summary));
    }
    text
}

fn facts(summary: &Summary) -> String {
    let release = &summary.release;
    let mut facts = vec![match (release.kind, &release.snapshot_reason) {
        (ReleaseKind::Release, _) => "Release".to_owned(),
        (ReleaseKind::Snapshot, None) => "Snapshot".to_owned(),
        (ReleaseKind::Snapshot, Some(reason)) => format!("Snapshot: {}", inline(reason)),
    }];
    facts.extend(
        release
            .commit
            .as_ref()
            .map(|commit| format!("commit `{}`", commit.short)),
    );
    facts.extend(release.go_version.clone().map(|version| inline(&version)));
    facts.push(count(summary.targets.len(), "target"));
    match &summary.done {
        Some(done) => facts.push(duration(done.elapsed)),
        None => facts.push("**not finished**".to_owned()),
    }
    facts.join(" · ") + "\n"
}

fn failure(failed: &FailureSummary) -> String {
    let place = match &failed.target {
        Some(target) => target.to_string(),
        None => failed.step.to_string(),
    };
    let mut text = format!(
        "### Failed: {}\n\n{}\n\n",
        inline(&place),
        inline(&failed.failure.message)
    );
    if let Some(detail) = &failed.failure.detail {
        text.push_str(&fenced(&clean(detail)));
    }
    if let Some(hint) = &failed.failure.hint {
        text.push_str(&format!("Hint: {}\n\n", inline(hint)));
    }
    text
}

fn artifacts(summary: &Summary) -> String {
    let mut text =
        "| Artifact | Target | Size | Time | SHA-256 |\n|---|---|---:|---:|---|\n".to_owned();
    for artifact in summary.artifacts.iter().take(MOST_ROWS) {
        let target = artifact.target.as_ref().map(ToString::to_string);
        let time = match artifact.reused {
            true => "reused".to_owned(),
            false => duration(artifact.elapsed),
        };
        text.push_str(&format!(
            "| {} | {} | {} | {time} | `{}` |\n",
            inline(&artifact.name),
            inline(&target.unwrap_or_default()),
            size(artifact.size),
            artifact.sha256,
        ));
    }
    let more = summary.artifacts.len().saturating_sub(MOST_ROWS);
    if more > 0 {
        text.push_str(&format!("\nand {}\n", count(more, "more file")));
    }
    text + "\n"
}

/// Text of others as one line of text, without any markup: all ASCII punctuation can be escaped (CommonMark, section
/// 2.4), and HTML needs its `<`.
fn inline(text: &str) -> String {
    let escape = |character: char| match character {
        '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '|' | '#' | '!' | '~' | '@'
        | ':' | '$' => {
            format!("\\{character}")
        }
        other => other.to_string(),
    };
    clean_line(text).chars().map(escape).collect()
}

/// A block of code whose fence is longer than any row of backticks in it (CommonMark, section 4.5).
fn fenced(text: &str) -> String {
    let end = text.floor_char_boundary(LONGEST_OUTPUT);
    let rest = if end < text.len() { "\n...\n" } else { "" };
    let text = text[..end].trim_matches('\n');
    let longest = text
        .split(|character| character != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}text\n{text}{rest}\n{fence}\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn a_good_run_lists_its_artifacts() {
        let plan = fixture::plan();
        let run = fixture::summary(&plan, &fixture::good_run(&plan));
        insta::assert_snapshot!(summary(&run), @r"
        ## orders-api 1.4.2

        Release · commit `0123456` · go1.26.0 · 3 targets · 14.2 s

        | Artifact | Target | Size | Time | SHA-256 |
        |---|---|---:|---:|---|
        | orders-api\_1.4.2\_darwin\_arm64.zip | darwin/arm64 | 4.2 MB | 310 ms | `2121212121212121212121212121212121212121212121212121212121212121` |
        | orders-api\_1.4.2\_linux\_amd64.zip | linux/amd64 | 4.2 MB | reused | `2020202020202020202020202020202020202020202020202020202020202020` |
        | orders-api\_1.4.2\_windows\_amd64.zip | windows/amd64 | 4.2 MB | 310 ms | `2222222222222222222222222222222222222222222222222222222222222222` |
        | SHA256SUMS |  | 4.2 MB | 310 ms | `0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a` |
        ");
    }

    #[test]
    fn a_bad_run_shows_the_output_of_the_compiler() {
        let plan = fixture::plan();
        let run = fixture::summary(&plan, &fixture::bad_run(&plan));
        insta::assert_snapshot!(summary(&run), @r"
        ## orders-api 1.4.2

        Release · commit `0123456` · go1.26.0 · 3 targets · **not finished**

        ### Failed: linux/amd64

        \`go build\` for linux/amd64 failed

        ```text
        # example.com/orders
        ./main.go:7:2: undefined: fmt
        ```
        ");
    }

    #[test]
    fn text_of_others_is_no_markup() {
        assert_eq!(inline("a|b\n<img>`x`"), r"a\|b \<img\>\`x\`");
        assert_eq!(fenced("x\n````\ny"), "`````text\nx\n````\ny\n`````\n\n");
    }

    proptest::proptest! {
        #[test]
        fn hostile_names_stay_in_their_cell(name in "[a|`*_<>&#!~@:\\[\\]\\\\\\n\\r$\u{1b}\u{202e}]{0,30}") {
            let text = inline(&name);
            proptest::prop_assert!(!text.contains(|c: char| c.is_control() || c == '\u{202e}'), "{}", text);
            let mut characters = text.chars();
            while let Some(character) = characters.next() {
                match character {
                    // Whatever comes after it is text.
                    '\\' => proptest::prop_assert!(characters.next().is_some_and(|next| next.is_ascii_punctuation())),
                    other => proptest::prop_assert!(!"|`*_<>&#!~@:[]$".contains(other), "{}", text),
                }
            }
        }

        #[test]
        fn a_fence_holds_whatever_is_in_it(text in "[a`~\\n]{0,40}") {
            let block = fenced(&text);
            let lines: Vec<&str> = block.trim_end().lines().collect();
            let fence = lines.last().unwrap();
            let ends = lines.iter().skip(1).filter(|line| line.trim().trim_matches('`').is_empty() && line.len() >= fence.len());
            proptest::prop_assert_eq!(ends.count(), 1, "{}", block);
        }
    }
}
