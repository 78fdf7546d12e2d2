use std::collections::BTreeMap;

use super::*;

fn subjects() -> Vec<Subject> {
    ["orders.zip", "orders.msi"]
        .map(|name| Subject {
            name: name.to_owned(),
            sha256: "ab".repeat(32),
        })
        .to_vec()
}

fn definition() -> Definition {
    Definition {
        external: BTreeMap::from([("version".to_owned(), "1.4.2".into())]),
        internal: BTreeMap::new(),
        materials: vec![
            Material::Toolchain {
                version: "go1.26.1".to_owned(),
            },
            Material::Source {
                url: Some("https://user:secret@example.com/orders.git".to_owned()),
                commit: "c0ffee".to_owned(),
            },
            Material::Module {
                purl: "pkg:golang/golang.org/x/mod@v0.20.0".to_owned(),
                dir_hash: Some("cd".repeat(32)),
            },
        ],
        tool_version: "0.1.0".to_owned(),
    }
}

fn github() -> BTreeMap<String, String> {
    [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_SERVER_URL", "https://github.com"),
        ("GITHUB_REPOSITORY", "contoso/orders"),
        (
            "GITHUB_WORKFLOW_REF",
            "contoso/orders/.github/workflows/release.yml@refs/tags/v1.4.2",
        ),
        ("GITHUB_RUN_ID", "42"),
        ("GITHUB_RUN_ATTEMPT", "1"),
        ("GITHUB_EVENT_NAME", "push"),
        ("GITHUB_TOKEN", "never-shown"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

#[test]
fn a_statement_on_a_laptop() {
    insta::assert_json_snapshot!(statement(subjects(), &definition(), &Runner::Local));
}

#[test]
fn a_statement_in_github_actions() {
    insta::assert_json_snapshot!(statement(
        subjects(),
        &definition(),
        &Runner::from_env(&github())
    ));
}

#[test]
fn an_incomplete_runner_is_not_believed() {
    for name in ["GITHUB_ACTIONS", "GITHUB_RUN_ID", "GITHUB_WORKFLOW_REF"] {
        let mut variables = github();
        variables.remove(name);
        assert_eq!(Runner::from_env(&variables), Runner::Local, "{name}");
    }
}
