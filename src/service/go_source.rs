//! Just enough of Go's syntax: finding names, and renaming `func main()`.

use std::ops::Range;

use tree_sitter::{Node, Parser, Tree};

/// The byte range of the name in the declaration `func main()`, or none when the file has no such function.
///
/// Methods, comments, strings and local names called `main` are not meant.
pub(super) fn main_function(source: &[u8]) -> Option<Range<usize>> {
    let tree = parse(source)?;
    let root = tree.root_node();
    let mut cursor = root.walk();
    root.children(&mut cursor)
        .filter(|node| node.kind() == "function_declaration")
        .filter_map(|node| node.child_by_field_name("name"))
        .find(|name| text(*name, source) == b"main")
        .map(|name| name.byte_range())
}

fn parse(source: &[u8]) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_go::LANGUAGE.into()).ok()?;
    parser.parse(source, None)
}

/// The line, from 1, of the first identifier with that name; fields and methods of that name, comments and strings are
/// not meant.
pub(super) fn identifier_line(source: &str, name: &str) -> Option<usize> {
    if !source.contains(name) {
        return None;
    }
    let tree = parse(source.as_bytes())?;
    let mut waiting = vec![tree.root_node()];
    while let Some(node) = waiting.pop() {
        let is_identifier = matches!(
            node.kind(),
            "identifier" | "type_identifier" | "package_identifier"
        );
        if is_identifier && text(node, source.as_bytes()) == name.as_bytes() {
            return Some(node.start_position().row + 1);
        }
        let mut cursor = node.walk();
        let first = waiting.len();
        waiting.extend(node.children(&mut cursor));
        waiting[first..].reverse();
    }
    None
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

    #[test]
    fn an_identifier_is_told_from_words_and_fields() {
        let source = "package main\n\n// taken\nvar s = \"taken\"\n\ntype t struct{ taken int }\n\n\
                      func (t) taken() {}\n";
        assert_eq!(identifier_line(source, "taken"), None);
        for (declaration, line) in [
            ("func taken() {}\nvar x = taken\n", 9),
            ("\ntype taken int\n", 10),
            ("func f() { x := 1\n taken := x; _ = taken }\n", 10),
        ] {
            let source = format!("{source}{declaration}");
            assert_eq!(identifier_line(&source, "taken"), Some(line), "{source}");
        }
    }
}
