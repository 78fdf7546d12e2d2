//! Names that follow from a product's title.

/// `title` as the name of a folder: what Windows forbids becomes `_`, and so does `%`,
/// because the service manager expands `%NAME%` in image paths; no trailing dot or space.
pub fn folder(title: &str) -> String {
    let forbidden = |c: char| c.is_control() || "<>:\"/\\|?*%".contains(c);
    let replaced: String = title
        .chars()
        .map(|c| if forbidden(c) { '_' } else { c })
        .collect();
    let trimmed = replaced.trim_end_matches([' ', '.']).trim_start();
    if trimmed.is_empty() {
        "_".to_owned()
    } else {
        trimmed.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_file_names() {
        assert_eq!(folder("Orders: API v1."), "Orders_ API v1");
        assert_eq!(folder(" . "), "_");
    }
}
