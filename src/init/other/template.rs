//! Templates of other tools, as templates of `release.toml`.

/// What a template comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Translated {
    /// The template.
    pub(super) text: String,
    /// Environment variables that it reads.
    pub(super) env: Vec<String>,
}

/// GoReleaser's fields and what they are here (its documentation, "Name templates").
const GORELEASER: [(&str, &str); 22] = [
    (".ProjectName", "name"),
    (".Version", "version"),
    (".Tag", "tag"),
    (".Major", "major"),
    (".Minor", "minor"),
    (".Patch", "patch"),
    (".Prerelease", "prerelease"),
    (".Commit", "commit"),
    (".FullCommit", "commit"),
    (".ShortCommit", "short_commit"),
    (".CommitDate", "commit_date"),
    (".CommitTimestamp", "commit_timestamp"),
    // The time of the build is not the same twice.
    (".Date", "commit_date"),
    (".Timestamp", "commit_timestamp"),
    (".Branch", "branch"),
    (".Os", "os"),
    (".Arch", "arch"),
    (".Binary", "binary"),
    (".Target", "target"),
    (".Runtime.Goos", "os"),
    (".Runtime.Goarch", "arch"),
    (".Now.Unix", "commit_timestamp"),
];

/// promu's fields and functions (its README, ".promu.yml").
const PROMU: [(&str, &str); 3] = [
    (".Version", "version"),
    (".Revision", "commit"),
    (".Branch", "branch"),
];

/// A template of GoReleaser; the part that has no counterpart is the error.
pub(super) fn goreleaser(text: &str) -> Result<Translated, String> {
    translate(text, |expression| {
        let env = expression.strip_prefix(".Env.");
        if let Some(name) = env.filter(|name| is_name(name)) {
            return Some((format!("env.{name}"), Some(name.to_owned())));
        }
        known(&GORELEASER, expression)
    })
}

/// A template of promu; `repository` is what it calls `repoPath`.
pub(super) fn promu(text: &str, repository: &str) -> Result<Translated, String> {
    let text = text
        .replace("{{repoPath}}", repository)
        .replace("{{ repoPath }}", repository);
    translate(&text, |expression| {
        if expression.starts_with("date ") {
            return Some(("commit_date".to_owned(), None));
        }
        known(&PROMU, expression)
    })
}

fn known(table: &[(&str, &str)], expression: &str) -> Option<(String, Option<String>)> {
    let found = table.iter().find(|(field, _)| *field == expression);
    found.map(|(_, ours)| ((*ours).to_owned(), None))
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn translate(
    text: &str,
    field: impl Fn(&str) -> Option<(String, Option<String>)>,
) -> Result<Translated, String> {
    let mut translated = Translated {
        text: String::new(),
        env: Vec::new(),
    };
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((expression, after)) = after.split_once("}}") else {
            return Err(rest.to_owned());
        };
        let plain = expression.trim_matches('-').trim();
        let Some((ours, env)) = field(plain) else {
            return Err(format!("{{{{{expression}}}}}"));
        };
        translated.text.push_str(before);
        translated.text.push_str(&format!("{{{{ {ours} }}}}"));
        translated.env.extend(env);
        rest = after;
    }
    translated.text.push_str(rest);
    Ok(translated)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_counterpart_is_translated() {
        for (theirs, ours) in [
            ("-X main.v={{.Version}}", Ok("-X main.v={{ version }}")),
            ("{{ .ProjectName }}-{{- .Os -}}", Ok("{{ name }}-{{ os }}")),
            ("-X a.b={{.Env.KEY}}", Ok("-X a.b={{ env.KEY }}")),
            ("-X main.d={{.Date}}", Ok("-X main.d={{ commit_date }}")),
            ("plain", Ok("plain")),
            (
                "{{ if .IsSnapshot }}a{{ end }}",
                Err("{{ if .IsSnapshot }}"),
            ),
            (
                "{{ .Now.Format \"2006\" }}",
                Err("{{ .Now.Format \"2006\" }}"),
            ),
            ("{{ .Version", Err("{{ .Version")),
        ] {
            let got = goreleaser(theirs).map(|translated| translated.text);
            assert_eq!(
                got,
                ours.map(str::to_owned).map_err(str::to_owned),
                "{theirs}"
            );
        }
        assert_eq!(goreleaser("{{.Env.A}}{{.Env.B}}").unwrap().env, ["A", "B"]);
        let text = "-X {{repoPath}}/version.Revision={{.Revision}} -X x.D={{date \"20060102\"}}";
        assert_eq!(
            promu(text, "example.com/p").unwrap().text,
            "-X example.com/p/version.Revision={{ commit }} -X x.D={{ commit_date }}"
        );
        assert_eq!(promu("{{user}}", ""), Err("{{user}}".to_owned()));
    }
}
