//! Just enough of Go's syntax: finding names and declarations, and renaming `func main()`.

use std::ops::Range;

use tree_sitter::{Node, Parser, Tree};

/// The byte range of the name in the declaration `func main()`, or none when the file has no such function.
///
/// Methods, comments, strings and local names called `main` are not meant.
pub fn main_function(source: &[u8]) -> Option<Range<usize>> {
    let tree = parse(source)?;
    let root = tree.root_node();
    let mut cursor = root.walk();
    root.children(&mut cursor)
        .filter(|node| node.kind() == "function_declaration")
        .filter_map(|node| node.child_by_field_name("name"))
        .find(|name| text(*name, source) == b"main")
        .map(|name| name.byte_range())
}

pub(super) fn parse(source: &[u8]) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_go::LANGUAGE.into()).ok()?;
    parser.parse(source, None)
}

/// The line, from 1, of the first identifier with that name; fields and methods of that name, comments and strings are
/// not meant.
pub fn identifier_line(source: &str, name: &str) -> Option<usize> {
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

/// A variable or constant at the level of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// Its name.
    pub name: String,
    /// Whether the linker can set it.
    pub settable: Settable,
    /// Whether its first value is the empty string, written or not.
    pub is_empty: bool,
}

/// Whether the linker's `-X` sets a name. It sets "a string variable declared in the source code either uninitialized
/// or initialized to a constant string expression" (`go doc cmd/link`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settable {
    /// A string without a value, or with a literal one.
    Yes,
    /// Its value or type is a name, which may stand for a constant string.
    Maybe,
    /// Its first value is computed when the program starts.
    Computed,
    /// It is of another type.
    OtherType,
    /// It is a constant.
    Constant,
}

/// All variables and constants at the level of the package, in the order of the source.
pub fn declared(source: &str) -> Vec<Declared> {
    let Some(tree) = parse(source.as_bytes()) else {
        return Vec::new();
    };
    let root = tree.root_node();
    let mut found = Vec::new();
    for declaration in children(root) {
        match declaration.kind() {
            "var_declaration" => {
                let groups = children(declaration).into_iter().flat_map(|node| {
                    if node.kind() == "var_spec_list" {
                        children(node)
                    } else {
                        vec![node]
                    }
                });
                for spec in groups.filter(|node| node.kind() == "var_spec") {
                    found.extend(variables(spec, source));
                }
            }
            "const_declaration" => {
                for spec in children(declaration) {
                    found.extend(names(spec, source).into_iter().map(|name| Declared {
                        name,
                        settable: Settable::Constant,
                        is_empty: false,
                    }));
                }
            }
            _ => {}
        }
    }
    found
}

fn variables(spec: Node<'_>, source: &str) -> Vec<Declared> {
    let kind = spec.child_by_field_name("type");
    let of_type = kind.map_or(Settable::Yes, |kind| match kind.kind() {
        "type_identifier" => match text(kind, source.as_bytes()) {
            b"string" => Settable::Yes,
            name if PLAIN_TYPES.contains(&name) => Settable::OtherType,
            _ => Settable::Maybe,
        },
        "qualified_type" => Settable::Maybe,
        _ => Settable::OtherType,
    });
    let values = spec.child_by_field_name("value").map(named_children);
    let names = names(spec, source);
    names
        .into_iter()
        .enumerate()
        .filter(|(_, name)| name != "_")
        .map(|(index, name)| {
            let value = values.as_ref().map(|values| values.get(index).copied());
            let of_value = match value {
                None => Settable::Yes,
                // Fewer values than names: a call with several results.
                Some(None) => Settable::Computed,
                Some(Some(value)) => settable(value),
            };
            let literal = value.flatten().map(|value| text(value, source.as_bytes()));
            Declared {
                name,
                settable: match (of_type, of_value) {
                    (Settable::Yes, value) => value,
                    (Settable::Maybe, Settable::Yes) => Settable::Maybe,
                    (other, _) => other,
                },
                is_empty: match literal {
                    None => value.is_none(),
                    Some(literal) => literal == b"\"\"" || literal == b"``",
                },
            }
        })
        .collect()
}

/// Types that a version is often kept in and that are no strings.
const PLAIN_TYPES: [&[u8]; 12] = [
    b"bool", b"byte", b"rune", b"int", b"int8", b"int32", b"int64", b"uint", b"uint32", b"uint64",
    b"float64", b"error",
];

fn settable(value: Node<'_>) -> Settable {
    match value.kind() {
        "interpreted_string_literal" | "raw_string_literal" => Settable::Yes,
        "identifier" | "selector_expression" => Settable::Maybe,
        "parenthesized_expression" | "binary_expression" => {
            let mut worst = Settable::Yes;
            for part in named_children(value) {
                match settable(part) {
                    Settable::Yes => {}
                    Settable::Maybe if worst == Settable::Yes => worst = Settable::Maybe,
                    Settable::Maybe => {}
                    other => worst = other,
                }
            }
            worst
        }
        "call_expression"
        | "index_expression"
        | "slice_expression"
        | "type_conversion_expression" => Settable::Computed,
        _ => Settable::OtherType,
    }
}

fn names(spec: Node<'_>, source: &str) -> Vec<String> {
    let mut cursor = spec.walk();
    spec.children_by_field_name("name", &mut cursor)
        .filter(|node| node.kind() == "identifier")
        .map(|node| String::from_utf8_lossy(text(node, source.as_bytes())).into_owned())
        .collect()
}

pub(super) fn children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.children(&mut cursor).collect()
}

pub(super) fn named_children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    let children = node.named_children(&mut cursor);
    children.filter(|child| child.kind() != "comment").collect()
}

/// What a file says before its declarations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// The name in its package clause; empty when there is none.
    pub package: String,
    /// The names in its `//go:build` line.
    pub constraint: Vec<String>,
    /// Whether it imports "C".
    pub imports_c: bool,
}

/// The head of a file, whatever its build constraint says.
pub fn head(source: &str) -> Head {
    let Some(tree) = parse(source.as_bytes()) else {
        return Head::default();
    };
    let mut head = Head::default();
    for node in children(tree.root_node()) {
        match node.kind() {
            "comment" if head.package.is_empty() => {
                let comment = String::from_utf8_lossy(text(node, source.as_bytes()));
                if let Some(expression) = comment.strip_prefix("//go:build ") {
                    head.constraint = constraint_names(expression);
                }
            }
            "package_clause" => {
                let name = children(node)
                    .into_iter()
                    .find(|child| child.kind() == "package_identifier");
                let name = name.map(|name| text(name, source.as_bytes()));
                head.package = String::from_utf8_lossy(name.unwrap_or_default()).into_owned();
            }
            "import_declaration" => {
                let written = text(node, source.as_bytes());
                head.imports_c |= written.windows(3).any(|word| word == b"\"C\"");
            }
            _ => {}
        }
    }
    head
}

/// The names in a build constraint such as `linux && (pro || !race)`, those after `!` left out.
fn constraint_names(expression: &str) -> Vec<String> {
    let is_name = |c: char| c.is_alphanumeric() || "_.".contains(c);
    let words = expression.split(|c: char| !is_name(c) && c != '!');
    words
        .filter(|word| !word.is_empty() && !word.contains('!'))
        .map(str::to_owned)
        .collect()
}

/// Whether the parser stumbled. It is more lenient than Go's in places and knows no newer syntax, so that this is a
/// reason to ask Go, not a verdict.
pub fn looks_broken(source: &[u8]) -> bool {
    parse(source).is_none_or(|tree| tree.root_node().has_error())
}

pub(super) fn text<'a>(node: Node<'_>, source: &'a [u8]) -> &'a [u8] {
    source.get(node.byte_range()).unwrap_or_default()
}

/// The source with the name in `range` replaced; every line stays where it is.
pub fn rename(source: &[u8], range: Range<usize>, name: &str) -> Vec<u8> {
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
    fn declarations_say_what_the_linker_can_set() {
        let source = "package p\n\nvar a = \"dev\"\nvar b, c string\nvar d, e = \"\", `x`\n\
            var (\n\tf string = \"\" // why\n\tg = f()\n\th int\n\ti = \"a\" + \"b\"\n\tj = other\n\tk T\n)\n\
            const l, m = \"1\", \"2\"\nconst (\n\tn = iota\n\to\n)\nvar p, q = two()\nvar r = 1\n\
            var s = []string{\"x\"}\nvar _ = \"x\"\nfunc main() { var t = \"local\"; _ = t }\n";
        use Settable::{Computed, Constant, Maybe, OtherType, Yes};
        let found: Vec<(String, Settable)> = declared(source)
            .into_iter()
            .map(|declared| (declared.name, declared.settable))
            .collect();
        let expected = [
            ("a", Yes),
            ("b", Yes),
            ("c", Yes),
            ("d", Yes),
            ("e", Yes),
            ("f", Yes),
            ("g", Computed),
            ("h", OtherType),
            ("i", Yes),
            ("j", Maybe),
            ("k", Maybe),
            ("l", Constant),
            ("m", Constant),
            ("n", Constant),
            ("o", Constant),
            ("p", Computed),
            ("q", Computed),
            ("r", OtherType),
            ("s", OtherType),
        ];
        let expected = expected.map(|(name, settable)| (name.to_owned(), settable));
        assert_eq!(found, expected);
        let empty = declared(source).into_iter().filter(|found| found.is_empty);
        let empty: Vec<String> = empty.map(|found| found.name).collect();
        assert_eq!(empty, ["b", "c", "d", "f", "h", "k"]);
    }

    #[test]
    fn a_head_is_read_whatever_the_constraint() {
        let source = "// Copyright\n\n//go:build linux && (pro || !race)\n\npackage main\n\nimport (\n\t\"C\"\n)\n";
        assert_eq!(
            head(source),
            Head {
                package: "main".to_owned(),
                constraint: vec!["linux".to_owned(), "pro".to_owned()],
                imports_c: true,
            }
        );
        assert_eq!(
            head("package p\n//go:build x\nimport \"fmt\"\n").package,
            "p"
        );
        assert!(looks_broken(b"package p\nfunc f() { x := }\n"));
        assert!(!looks_broken(
            b"package p\nfunc f[T any](x ...T) { for i := range 3 { _ = i } }\n"
        ));
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
