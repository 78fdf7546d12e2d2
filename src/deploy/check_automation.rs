//! What the tables for other people's tools mean, checked.

use super::check::Problems;
use super::chocolatey::is_id;
use super::config::{Chocolatey, Config, Scoop, Winget};
use super::model::Mode;

/// The tables for winget, Chocolatey, Scoop and group policy.
pub(super) fn automation(config: &Config, problems: &mut Problems) {
    if let Some(table) = &config.winget {
        needs_package(config, "deploy.winget", "winget", problems);
        winget(table, problems);
    }
    if let Some(table) = &config.chocolatey {
        needs_package(config, "deploy.chocolatey", "Chocolatey", problems);
        chocolatey(table, problems);
    }
    if let Some(table) = &config.scoop {
        if config.mode == Mode::Msi {
            problems.add(
                "deploy.scoop",
                "Scoop downloads programs, and `mode` is `msi`",
                "use `mode = \"slots\"`, or [deploy.winget] and [deploy.chocolatey] for the package",
            );
        }
        scoop(table, problems);
    }
    group_policy(config, problems);
}

fn needs_package(config: &Config, path: &str, tool: &str, problems: &mut Problems) {
    if config.mode != Mode::Msi {
        problems.add(
            path,
            format!("{tool} installs packages, and `mode` is `slots`"),
            "use `mode = \"msi\"`",
        );
    }
}

fn winget(table: &Winget, problems: &mut Problems) {
    // winget-cli, schemas 1.12.0, PackageIdentifier.
    let word = |word: &str| {
        (1..=32).contains(&word.chars().count())
            && !word.contains(|c: char| {
                c.is_whitespace() || c.is_control() || "\\/:*?\"<>|".contains(c)
            })
    };
    let words = table.identifier.split('.').count();
    if !(2..=8).contains(&words) || !table.identifier.split('.').all(word) {
        problems.add(
            "deploy.winget.identifier",
            format!("`{}` is no package identifier", table.identifier),
            "write `Publisher.Package`, without spaces",
        );
    }
    url("deploy.winget.url", &table.url, problems);
}

fn scoop(table: &Scoop, problems: &mut Problems) {
    url("deploy.scoop.url", &table.url, problems);
    match &table.homepage {
        Some(homepage) => url("deploy.scoop.homepage", homepage, problems),
        None => problems.add(
            "deploy.scoop",
            "a Scoop manifest needs a homepage",
            "set `homepage` here or in [project]",
        ),
    }
}

fn chocolatey(table: &Chocolatey, problems: &mut Problems) {
    if let Some(id) = table.id.as_ref().filter(|id| !is_id(id)) {
        problems.add(
            "deploy.chocolatey.id",
            format!("`{id}` is no package id"),
            "letters and digits, words joined by `.`, `_` or `-`",
        );
    }
    for (path, text) in [
        ("deploy.chocolatey.homepage", &table.homepage),
        ("deploy.chocolatey.license-url", &table.license_url),
    ] {
        if let Some(text) = text {
            url(path, text, problems);
        }
    }
    for tag in &table.tags {
        if tag.is_empty() || tag.contains(char::is_whitespace) {
            problems.add(
                "deploy.chocolatey.tags",
                format!("`{tag}` is no tag"),
                "one word a tag",
            );
        }
    }
}

/// An address that these tools download from or lead to.
fn url(path: &str, text: &str, problems: &mut Problems) {
    let filled = text.replace("{{ file }}", "file");
    let rest = filled
        .strip_prefix("https://")
        .or_else(|| filled.strip_prefix("http://"));
    let plain = |c: char| c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c);
    if !rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(plain)) {
        problems.add(
            path,
            format!("invalid URL `{text}`"),
            "begin with `https://`; templates such as `{{ version }}` and `{{ tag }}` are filled in, `{{ file }}` is the name of the downloaded file",
        );
    }
}

fn group_policy(config: &Config, problems: &mut Problems) {
    let Some(policy) = &config.group_policy else {
        return;
    };
    for (name, value) in &policy.environment {
        if name.is_empty() || name.contains(['=', '\n', '\r']) || value.contains(['\n', '\r']) {
            problems.add(
                "deploy.group-policy.environment",
                format!("`{name}` is no environment variable"),
                "one line, a name without `=`",
            );
        }
    }
}
