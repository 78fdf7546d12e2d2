//! What the functions of a Go file refer to, and whether they always do.
//!
//! Names are resolved as far as one file shows: an imported package by its import, everything else by its name.

use std::collections::BTreeMap;

use tree_sitter::Node;

use super::go_source::{children, named_children, parse, text};

/// A function, a method, or the initial values of a package's variables, which are called `init`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Whether it has a receiver.
    pub is_method: bool,
    /// What it refers to, in the order of the source.
    pub references: Vec<Reference>,
}

/// One use of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// What the name belongs to.
    pub owner: Owner,
    /// The name.
    pub name: String,
    /// The line, from 1.
    pub line: usize,
    /// Whether it is only reached under a condition; one that asks for an error or the system does not count.
    pub is_conditional: bool,
    /// The arguments, as they are written, when it is called.
    pub arguments: Option<Vec<String>>,
    /// The variable that takes the result, when there is one.
    pub assigned_to: Option<String>,
}

/// What a used name belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// The package of the file.
    Own,
    /// The imported package with that path.
    Package(String),
    /// A value; its name is the last part of what stands before the dot.
    Value(String),
}

/// The functions of a file; none when it is not Go.
pub fn functions(source: &str) -> Vec<Function> {
    let Some(tree) = parse(source.as_bytes()) else {
        return Vec::new();
    };
    let root = tree.root_node();
    let file = File {
        source,
        imports: imports(root, source),
    };
    let mut found = Vec::new();
    for node in named_children(root) {
        let (name, is_method) = match node.kind() {
            "function_declaration" => (file.field(node, "name"), false),
            "method_declaration" => (file.field(node, "name"), true),
            "var_declaration" => ("init".to_owned(), false),
            _ => continue,
        };
        found.push(Function {
            name,
            is_method,
            references: file.references(node),
        });
    }
    found
}

/// The imported packages by the name that the file has for them. Without a name of its own it is the last element of the
/// path, or the one before a major version.
fn imports(root: Node<'_>, source: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut waiting: Vec<Node<'_>> = children(root)
        .into_iter()
        .filter(|node| node.kind() == "import_declaration")
        .collect();
    while let Some(node) = waiting.pop() {
        if node.kind() != "import_spec" {
            waiting.extend(named_children(node));
            continue;
        }
        let Some(path) = node.child_by_field_name("path") else {
            continue;
        };
        let path = written(path, source).trim_matches(['"', '`']).to_owned();
        let name = match node.child_by_field_name("name") {
            Some(name) => written(name, source).to_owned(),
            None => package_name(&path).to_owned(),
        };
        found.insert(name, path);
    }
    found
}

/// The usual name of the package with that import path.
fn package_name(path: &str) -> &str {
    let mut elements = path.rsplit('/');
    let last = elements.next().unwrap_or(path);
    let is_version = last
        .strip_prefix('v')
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()));
    let name = if is_version {
        elements.next().unwrap_or(last)
    } else {
        last
    };
    // `go-svc` is package `svc`.
    name.strip_prefix("go-").unwrap_or(name)
}

struct File<'s> {
    source: &'s str,
    imports: BTreeMap<String, String>,
}

impl File<'_> {
    fn field(&self, node: Node<'_>, name: &str) -> String {
        let field = node.child_by_field_name(name);
        field.map_or_else(String::new, |field| written(field, self.source).to_owned())
    }

    /// Everything that is used in `function`.
    fn references(&self, function: Node<'_>) -> Vec<Reference> {
        let mut found = Vec::new();
        let mut waiting = vec![function];
        while let Some(node) = waiting.pop() {
            match node.kind() {
                "selector_expression" => {
                    found.push(self.reference(node, function));
                    // What stands before the dot may be a call.
                    waiting.extend(node.child_by_field_name("operand"));
                    continue;
                }
                "identifier" if is_use(node) => found.push(self.reference(node, function)),
                _ => {}
            }
            let first = waiting.len();
            waiting.extend(named_children(node));
            waiting[first..].reverse();
        }
        found
    }

    fn reference(&self, node: Node<'_>, function: Node<'_>) -> Reference {
        let (owner, name) = match node.child_by_field_name("field") {
            Some(field) => (self.owner(node), written(field, self.source)),
            None => (Owner::Own, written(node, self.source)),
        };
        let call = node.parent().filter(|parent| {
            parent.kind() == "call_expression"
                && parent.child_by_field_name("function") == Some(node)
        });
        let arguments = call.and_then(|call| call.child_by_field_name("arguments"));
        Reference {
            owner,
            name: name.to_owned(),
            line: node.start_position().row + 1,
            is_conditional: self.is_conditional(node, function),
            arguments: arguments.map(|arguments| {
                let arguments = named_children(arguments).into_iter();
                arguments
                    .map(|argument| written(argument, self.source).to_owned())
                    .collect()
            }),
            assigned_to: call.and_then(|call| self.assigned_to(call)),
        }
    }

    fn owner(&self, selector: Node<'_>) -> Owner {
        let Some(operand) = selector.child_by_field_name("operand") else {
            return Owner::Own;
        };
        let whole = written(operand, self.source);
        if operand.kind() == "identifier"
            && let Some(path) = self.imports.get(whole)
        {
            return Owner::Package(path.clone());
        }
        let last = whole.rsplit('.').next().unwrap_or(whole);
        Owner::Value(last.to_owned())
    }

    /// The first name on the left of the assignment whose right side is `call`.
    fn assigned_to(&self, call: Node<'_>) -> Option<String> {
        let list = call.parent()?;
        let statement = list.parent()?;
        if !matches!(
            statement.kind(),
            "short_var_declaration" | "assignment_statement" | "var_spec"
        ) {
            return None;
        }
        let left = statement
            .child_by_field_name("left")
            .or_else(|| statement.child_by_field_name("name"))?;
        let first = written(left, self.source).split(',').next()?.trim();
        first.rsplit('.').next().map(str::to_owned)
    }

    /// Whether a branch, a case, a field of a literal (such as a subcommand's) or a negated test that leaves the function
    /// stands between the beginning of the function and the node.
    fn is_conditional(&self, node: Node<'_>, function: Node<'_>) -> bool {
        let mut inner = node;
        while let Some(outer) = inner.parent().filter(|_| inner != function) {
            let is_branch = match outer.kind() {
                "if_statement" => self.is_in_branch(outer, inner),
                "expression_case" | "default_case" | "type_case" | "communication_case" => true,
                "keyed_element" => true,
                "block" | "statement_list" => self.is_behind_a_test(inner),
                _ => false,
            };
            if is_branch {
                return true;
            }
            inner = outer;
        }
        false
    }

    fn is_in_branch(&self, statement: Node<'_>, inner: Node<'_>) -> bool {
        let is_branch = ["consequence", "alternative"]
            .into_iter()
            .any(|field| statement.child_by_field_name(field) == Some(inner));
        is_branch && !self.asks_for_an_error_or_the_system(statement)
    }

    /// Whether an earlier statement of the same block is `if !condition { ...; return }`.
    fn is_behind_a_test(&self, statement: Node<'_>) -> bool {
        let mut earlier = statement.prev_named_sibling();
        while let Some(node) = earlier {
            if node.kind() == "if_statement"
                && self.field(node, "condition").starts_with('!')
                && !self.asks_for_an_error_or_the_system(node)
                && node
                    .child_by_field_name("consequence")
                    .is_some_and(|block| leaves(block, self.source))
            {
                return true;
            }
            earlier = node.prev_named_sibling();
        }
        false
    }

    fn asks_for_an_error_or_the_system(&self, statement: Node<'_>) -> bool {
        let condition = self.field(statement, "condition");
        condition.contains("nil") || condition.contains("GOOS")
    }
}

/// Whether an identifier is used and not just named: the name of a declaration, a parameter or a field is not.
fn is_use(node: Node<'_>) -> bool {
    let Some(parent) = node.parent() else {
        return false;
    };
    let is_name = parent.child_by_field_name("name") == Some(node);
    !is_name && !matches!(parent.kind(), "parameter_declaration" | "label_name")
}

/// Whether the last statement of the block ends the function or the program.
fn leaves(block: Node<'_>, source: &str) -> bool {
    let mut last = named_children(block).pop();
    while let Some(list) = last.filter(|node| node.kind() == "statement_list") {
        last = named_children(list).pop();
    }
    last.is_some_and(|node| {
        node.kind() == "return_statement" || written(node, source).starts_with("os.Exit")
    })
}

fn written<'s>(node: Node<'_>, source: &'s str) -> &'s str {
    std::str::from_utf8(text(node, source.as_bytes())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of the uses of `run` in a function with this body, and whether they are conditional.
    fn conditions(body: &str) -> Vec<bool> {
        let source = format!("package main\n\nfunc main() {{\n{body}\n}}\n");
        let functions = functions(&source);
        let references = functions[0].references.iter();
        references
            .filter(|reference| reference.name == "run")
            .map(|reference| reference.is_conditional)
            .collect()
    }

    #[test]
    fn conditions_are_seen() {
        for (body, expected) in [
            ("run()", false),
            ("if err := run(); err != nil { panic(err) }", false),
            ("go func() { for { run() } }()", false),
            ("if runtime.GOOS == \"windows\" { run() }", false),
            ("if isService, err := ask(); err == nil { run() }", false),
            ("if len(os.Args) > 1 { control(); return }\nrun()", false),
            ("f := run; f()", false),
            ("if *service { run() }", true),
            ("if *console { other() } else { run() }", true),
            ("if !*service { other(); return }\nrun()", true),
            ("switch os.Args[1] { case \"run\": run() }", true),
            ("add(&cobra.Command{Use: \"service\", Run: run})", true),
        ] {
            assert_eq!(conditions(body), [expected], "{body}");
        }
    }

    #[test]
    fn owners_arguments_and_results_are_known() {
        let source = "package main\n\nimport (\n\t\"os/signal\"\n\tservices \"github.com/kardianos/service\"\n\t\
                      \"github.com/judwhite/go-svc\"\n\t\"example.com/x/v2\"\n)\n\nfunc (p *program) start() {\n\t\
                      p.service, err = services.New(p, cfg)\n\tsignal.Notify(c, os.Interrupt)\n\tp.service.Run()\n\t\
                      svc.Run(p)\n\tx.Do()\n\tlocal(1)\n}\n";
        let functions = functions(source);
        assert!(functions[0].is_method);
        let find = |name: &str, line: usize| {
            let mut references = functions[0].references.iter();
            references
                .find(|reference| reference.name == name && reference.line == line)
                .unwrap()
                .clone()
        };
        let new = find("New", 11);
        let package = |path: &str| Owner::Package(path.to_owned());
        assert_eq!(new.owner, package("github.com/kardianos/service"));
        assert_eq!(new.assigned_to.as_deref(), Some("service"));
        let notify = find("Notify", 12);
        assert_eq!(notify.arguments.unwrap(), ["c", "os.Interrupt"]);
        assert_eq!(find("Run", 13).owner, Owner::Value("service".to_owned()));
        assert_eq!(find("Run", 14).owner, package("github.com/judwhite/go-svc"));
        assert_eq!(find("Do", 15).owner, package("example.com/x/v2"));
        assert_eq!(find("local", 16).owner, Owner::Own);
    }
}
