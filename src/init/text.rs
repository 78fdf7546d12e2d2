//! A draft as text.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use serde::Serialize;

use super::action::Action;
use super::draft::Draft;
use super::survey::System;

const MANIFEST: &str = include_str!("../../templates/init/release.toml");
const WORKFLOW: &str = include_str!("../../templates/init/release.yml");

/// `release.toml`, with comments.
///
/// # Errors
/// Only when the template itself is broken.
pub fn manifest(draft: &Draft) -> Result<String, minijinja::Error> {
    let has = |system: System| {
        let prefix = format!("{}/", system.goos());
        draft
            .targets
            .iter()
            .any(|target| target.starts_with(&prefix))
    };
    environment()?
        .get_template("release.toml")?
        .render(context! {
            draft => Serde(draft),
            windows => has(System::Windows),
            linux => has(System::Linux),
            darwin => has(System::Darwin),
        })
}

/// What a release workflow depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Workflow {
    /// The project's name, for a comment.
    pub name: String,
    /// What stands before the version in a tag, such as `v`.
    pub tag_prefix: String,
    /// The file that states the version of Go, relative to the repository; empty for none.
    pub go_version_file: String,
    /// The project's folder in the repository; empty for the root.
    pub folder: String,
    /// The runners. With more than one, each builds the targets of its own system and the results are merged.
    pub runners: Vec<String>,
    /// The action.
    #[serde(skip)]
    pub action: Action,
}

/// The runner of a release that one machine can build.
const RUNNER: &str = "ubuntu-latest";

impl Workflow {
    /// The workflow of a drafted project; without `runners` one builds every target.
    pub fn new(draft: &Draft, action: Action, runners: &[String]) -> Self {
        let runners = match runners {
            [] => vec![RUNNER.to_owned()],
            runners => runners.to_vec(),
        };
        Self {
            name: draft.name.clone(),
            tag_prefix: draft.tag_prefix.clone(),
            go_version_file: draft.go_version_file.clone(),
            folder: draft.folder.clone(),
            runners,
            action,
        }
    }
}

/// `.github/workflows/release.yml`: a release for each tag, made with gorelease's action.
///
/// # Errors
/// Only when the template itself is broken.
pub fn workflow(workflow: &Workflow) -> Result<String, minijinja::Error> {
    environment()?
        .get_template("release.yml")?
        .render(context! {
            workflow => Serde(workflow),
            uses => workflow.action.uses(),
            is_source => workflow.action.is_source(),
            is_local => workflow.action == Action::Local,
        })
}

/// The templates write TOML and YAML that themselves hold `{{ }}`, hence other delimiters.
fn environment() -> Result<Environment<'static>, minijinja::Error> {
    let syntax = SyntaxConfig::builder()
        .block_delimiters("<%", "%>")
        .variable_delimiters("<<", ">>")
        .comment_delimiters("<#", "#>")
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()?;
    let mut environment = Environment::new();
    environment.set_syntax(syntax);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.add_filter("toml", toml_value);
    environment.add_filter("toml_table", toml_table);
    environment.add_filter("yaml", yaml_string);
    environment.add_template("release.toml", MANIFEST)?;
    environment.add_template("release.yml", WORKFLOW)?;
    Ok(environment)
}

/// A string or a list of strings as TOML.
fn toml_value(value: Value) -> Result<String, minijinja::Error> {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    match value.as_str() {
        Some(text) => Ok(quoted(text)),
        None => {
            let items: Vec<String> = value
                .try_iter()?
                .map(|item| quoted(item.as_str().unwrap_or_default()))
                .collect();
            Ok(format!("[{}]", items.join(", ")))
        }
    }
}

/// A map of strings as an inline table.
fn toml_table(value: Value) -> Result<String, minijinja::Error> {
    let mut entries = Vec::new();
    for key in value.try_iter()? {
        let text = value.get_item(&key)?;
        let quoted = |text: &Value| toml::Value::String(text.to_string()).to_string();
        entries.push(format!("{} = {}", quoted(&key), quoted(&text)));
    }
    Ok(format!("{{ {} }}", entries.join(", ")))
}

/// A string as YAML: JSON's quotes are YAML's.
fn yaml_string(text: String) -> String {
    serde_json::Value::String(text).to_string()
}
