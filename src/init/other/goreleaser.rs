//! `.goreleaser.yaml`.

use super::template::{self, Translated};
use super::yaml::Node;
use super::{Other, OtherProgram, folder};

pub(super) fn read(document: &Node, other: &mut Other) {
    for (key, node) in document.entries() {
        match key.as_str() {
            "version" => {}
            "project_name" => other.project = other.translated(node, key, template::goreleaser),
            "builds" => {
                for build in node.items() {
                    let program = program(build, other);
                    other.programs.extend(program);
                }
            }
            "env" => {
                for item in node.items() {
                    other.not_used(
                        item.line,
                        format!("`env`: {}", item.text().unwrap_or_default()),
                    );
                }
            }
            _ => other.not_used(node.line, format!("`{key}`")),
        }
    }
}

/// A build; none when it compiles nothing with Go.
fn program(build: &Node, other: &mut Other) -> Option<OtherProgram> {
    let text = |name: &str| build.get(name).and_then(Node::text).unwrap_or_default();
    let skipped = ["true", "yes"].contains(&text("skip"));
    let builder = text("builder");
    if skipped || !["", "go"].contains(&builder) {
        other.not_used(build.line, format!("the build `{}`", text("id")));
        return None;
    }
    let mut program = OtherProgram {
        folder: folder(text("dir"), text("main")),
        line: build.line,
        ..OtherProgram::default()
    };
    if text("main").contains("...") {
        other.not_used(build.line, format!("`main`: {}", text("main")));
        return None;
    }
    for (key, node) in build.entries() {
        match key.as_str() {
            "id" | "main" | "dir" | "builder" | "skip" => {}
            "binary" => program.name = name(node, other),
            "tags" => program.tags = list(node, key, other),
            "flags" => flags(node, &mut program, other),
            "ldflags" => program.ldflags = list(node, key, other),
            "env" => environment(node, &mut program, other),
            _ => other.not_used(node.line, format!("`{key}` of a build")),
        }
    }
    Some(program)
}

/// The last part of `bin/NAME`, when it is no template but the project's name.
fn name(node: &Node, other: &mut Other) -> Option<String> {
    let text = node.text()?;
    let last = text.rsplit('/').next().unwrap_or(text);
    if last.contains("{{") {
        if last.replace(' ', "") != "{{.ProjectName}}" {
            other.not_used(node.line, format!("`binary`: {text}"));
        }
        return None;
    }
    Some(last.trim_end_matches(".exe").to_owned())
}

fn list(node: &Node, key: &str, other: &mut Other) -> Vec<String> {
    let items = node.items().into_iter();
    items
        .filter_map(|item| other.translated(item, key, template::goreleaser))
        .filter(|text| !text.trim().is_empty())
        .map(|text| text.trim().to_owned())
        .collect()
}

/// Flags that have keys of their own go there; what gorelease does anyway is left out.
fn flags(node: &Node, program: &mut OtherProgram, other: &mut Other) {
    for item in node.items() {
        let Some(Translated { text, env }) =
            item.text().map(template::goreleaser).and_then(Result::ok)
        else {
            other.not_used(
                item.line,
                format!("`flags`: {}", item.text().unwrap_or_default()),
            );
            continue;
        };
        other.allow_env.extend(env);
        let flag = text.trim().replacen("--", "-", 1);
        match flag.split_once('=') {
            Some(("-tags", tags)) => program.tags.extend(words(tags)),
            _ if ["-trimpath", "-v", "-a", "-x", ""].contains(&flag.as_str()) => {}
            Some(("-buildvcs" | "-mod" | "-pgo" | "-buildmode", _)) => program.flags.push(flag),
            _ => other.not_used(item.line, format!("`flags`: {text}")),
        }
    }
}

/// Tags, separated by commas or spaces.
pub(super) fn words(text: &str) -> impl Iterator<Item = String> {
    let text = text.trim_matches(['\'', '"']);
    text.split([',', ' '])
        .filter(|tag| !tag.is_empty())
        .map(str::to_owned)
}

fn environment(node: &Node, program: &mut OtherProgram, other: &mut Other) {
    for item in node.items() {
        let text = item.text().unwrap_or_default();
        let translated = template::goreleaser(text);
        match (text.split_once('='), translated) {
            // The default.
            (Some(("CGO_ENABLED", "0")), _) => {}
            (Some(("GO111MODULE", _)), _) => {}
            (Some((name, _)), Ok(translated)) if may_set(name) => {
                other.allow_env.extend(translated.env);
                let value = translated.text.split_once('=').map(|(_, value)| value);
                let value = value.unwrap_or_default().to_owned();
                program.env.insert(name.to_owned(), value);
            }
            (Some(("CGO_ENABLED", _)), _) => other.not_used(
                item.line,
                format!("`{text}`: set `cgo = true` in `[build]`, and `cc` for each target in a `[[build.override]]`"),
            ),
            _ => other.not_used(item.line, format!("`env`: {text}")),
        }
    }
}

/// Whether `env` of the manifest may set it: compilers and targets have keys of their own.
fn may_set(name: &str) -> bool {
    const OWN: [&str; 7] = [
        "CC",
        "CXX",
        "GOOS",
        "GOARCH",
        "GOFLAGS",
        "CGO_ENABLED",
        "GOENV",
    ];
    let is_variant = crate::target::VariantKind::is_variable(name);
    !OWN.contains(&name) && !is_variant && !name.contains("{{")
}
