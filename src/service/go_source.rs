//! Just enough of Go's syntax: finding and renaming `func main()`.

use std::ops::Range;

use tree_sitter::{Node, Parser};

/// The byte range of the name in the declaration `func main()`, or none when the file has no such function.
///
/// Methods, comments, strings and local names called `main` are not meant.
pub(super) fn main_function(source: &[u8]) -> Option<Range<usize>> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_go::LANGUAGE.into()).ok()?;
    let tree = parser.parse(source, None)?;
    let root = tree.root_node();
    let mut cursor = root.walk();
    root.children(&mut cursor)
        .filter(|node| node.kind() == "function_declaration")
        .filter_map(|node| node.child_by_field_name("name"))
        .find(|name| text(*name, source) == b"main")
        .map(|name| name.byte_range())
}

fn text<'a>(node: Node<'_>, source: &'a [u8]) -> &'a [u8] {
    source.get(node.byte_range()).unwrap_or_default()
}

/// The source with the name in `range` replaced; every line stays where it is.
pub(super) fn rename(source: &[u8], range: Range<usize>, name: &str) -> Vec<u8> {
    [
        &source[..range.start],
        name.as_bytes(),
        &source[range.end..],
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renamed(source: &str) -> Option<String> {
        let range = main_function(source.as_bytes())?;
        Some(String::from_utf8(rename(source.as_bytes(), range, "other")).unwrap())
    }

    #[test]
    fn only_the_declaration_is_renamed() {
        let source = "package main\n\n// func main() {}\nvar s = `\nfunc main() {\n`\n\ntype t int\n\n\
                      func (t) main() {}\n\nfunc main() { main := 1; _ = main }\n";
        let expected = source.replace("func main() { main := 1", "func other() { main := 1");
        assert_eq!(renamed(source), Some(expected));
    }

    #[test]
    fn unusual_layout_is_found() {
        assert_eq!(
            renamed("package main\r\nfunc /* c */ main /* d */ () {}"),
            Some("package main\r\nfunc /* c */ other /* d */ () {}".to_owned())
        );
        assert_eq!(
            renamed("package main;func main(){}"),
            Some("package main;func other(){}".to_owned())
        );
    }

    #[test]
    fn a_file_without_it_has_none() {
        assert_eq!(
            renamed("package main\nvar main = 1\nfunc init() {}\nfunc mainly() {}\n"),
            None
        );
    }
}
