//! Names that become file names, and paths that must stay inside the project.

use crate::format::file_name::check;
use crate::manifest::Located;
use crate::problem::Problem;

/// The longest name of a project or a binary: room is left for version, target and extension.
pub const LONGEST_NAME: usize = 100;

/// Room for an extension is left.
const LONGEST_FILE_NAME: usize = 240;

/// Why this cannot be a file's name on every system, if it cannot.
pub fn file_name(name: &str) -> Result<(), String> {
    check(name).map_err(|refusal| refusal.to_string())?;
    if name.len() > LONGEST_FILE_NAME {
        let length = name.len();
        return Err(format!(
            "is too long ({length} bytes, at most {LONGEST_FILE_NAME})"
        ));
    }
    Ok(())
}

/// A name of a project or binary.
pub(super) fn check_name(what: &str, name: Located<String>) -> Result<Located<String>, Problem> {
    if name.chars().count() > LONGEST_NAME {
        return Err(Problem::error(format!("the {what}'s name is too long"))
            .at(name.span)
            .label(format!("at most {LONGEST_NAME} characters")));
    }
    match file_name(&name) {
        Ok(()) => Ok(name),
        Err(why) => Err(Problem::error(format!("the {what}'s name {why}"))
            .at(name.span)
            .hint("it becomes a file's name")),
    }
}

/// A path in the manifest: relative, with `/`, and inside the project.
pub fn project_path(path: Located<String>) -> Result<Located<String>, Problem> {
    let why = if path.is_empty() {
        Some("is empty")
    } else if path.contains('\\') {
        Some("has a backslash")
    } else if path.starts_with('/') || path.as_bytes().get(1) == Some(&b':') {
        Some("is absolute")
    } else if path.split('/').any(|part| part == "..") {
        Some("leaves the project")
    } else {
        None
    };
    match why {
        None => Ok(path),
        Some(why) => Err(Problem::error(format!("the path `{}` {why}", path.value))
            .at(path.span)
            .hint(
                "paths are relative to the folder of release.toml, with `/`, and stay inside it",
            )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_names_are_refused_everywhere() {
        for bad in [
            "", "a/b", r"a\b", "con", "NUL.txt", "a.", "a ", "a:b", "a\u{7}",
        ] {
            assert!(file_name(bad).is_err(), "{bad:?}");
        }
        for good in ["orders-api", "héllo wörld", "订单", ".hidden", "console"] {
            assert!(file_name(good).is_ok(), "{good:?}");
        }
    }

    #[test]
    fn paths_stay_inside() {
        for bad in ["", "/etc/passwd", "../x", "a/../../x", r"a\b", "C:/x"] {
            assert!(
                project_path(Located::inferred(bad.to_owned())).is_err(),
                "{bad:?}"
            );
        }
        assert!(project_path(Located::inferred("docs/a..b/*.md".to_owned())).is_ok());
    }
}
