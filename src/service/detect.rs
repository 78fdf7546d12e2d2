//! What a program's source shows of how it would live as a Windows service: whether it speaks to the service manager
//! itself, and which signals it waits for.
//!
//! That a package for services is imported says nothing: programs list, install and watch other services, too. What counts
//! is a use of the function that enters the service dispatcher, in a package that the program is made of.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::project::Package;
use crate::project::go_calls::{Function, Owner, Reference, functions};

/// Functions that enter the service dispatcher: import path and name.
const DISPATCHERS: [(&str, &str); 8] = [
    ("github.com/btcsuite/winsvc/svc", "Run"),
    ("github.com/chai2010/winsvc", "RunAsService"),
    (
        "github.com/elastic/elastic-agent-libs/service",
        "ProcessWindowsControlEvents",
    ),
    ("github.com/judwhite/go-svc", "Run"),
    ("github.com/judwhite/go-svc/svc", "Run"),
    ("golang.org/x/sys/windows", "StartServiceCtrlDispatcher"),
    ("golang.org/x/sys/windows/svc", "Run"),
    ("k8s.io/kubernetes/pkg/windows/service", "InitService"),
];

/// Its `New` gives a service, whose `Run` enters the dispatcher.
const KARDIANOS: &str = "github.com/kardianos/service";

/// The procedure of advapi32.dll, which programs also look up by its name.
const PROCEDURE: &str = "StartServiceCtrlDispatcher";

/// By these functions a program finds out by itself whether it was started as a service.
const QUESTIONS: [&str; 2] = ["IsAnInteractiveSession", "IsWindowsService"];

/// What was found out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Behaviour {
    /// Whether it enters the service dispatcher.
    pub dispatcher: Dispatcher,
    /// Where it waits for SIGTERM, if it does nowhere wait for an interrupt.
    pub only_sigterm: Option<String>,
}

/// Whether a program enters the service dispatcher.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Dispatcher {
    /// It does not.
    #[default]
    Never,
    /// It does when it is started as a service.
    Always(Call),
    /// It does under a condition that cannot be judged.
    Conditionally(Call),
    /// A package that the project does not own could do so.
    InDependency(Call),
}

/// A call that enters the service dispatcher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// What is called, such as `svc.Run`.
    pub function: String,
    /// `file:line` in the project, or the import path of a dependency.
    pub place: String,
}

/// Reads the packages of a program; `root` is the project's folder. A file that cannot be read is the go tool's to report.
pub fn examine(packages: &[Package], root: &Path) -> Behaviour {
    let own: Vec<Sources> = packages
        .iter()
        .filter(|package| package.module.as_ref().is_some_and(|module| module.main))
        .map(|package| Sources::read(package, root))
        .collect();
    let dispatcher = match own_dispatcher(&own) {
        Dispatcher::Never => in_dependency(packages, root),
        found => found,
    };
    Behaviour {
        dispatcher,
        only_sigterm: only_sigterm(&own),
    }
}

/// A package and the text of its files.
struct Sources<'p> {
    package: &'p Package,
    /// The path from the project's folder, and the text.
    files: Vec<(String, String)>,
}

impl<'p> Sources<'p> {
    fn read(package: &'p Package, root: &Path) -> Self {
        let names = package.go_files.iter().chain(&package.cgo_files);
        let files = names.filter_map(|name| {
            let path = package.dir.join(name);
            let text = fs::read_to_string(&path).ok()?;
            let shown = path.strip_prefix(root).unwrap_or(&path);
            Some((shown.display().to_string().replace('\\', "/"), text))
        });
        Self {
            package,
            files: files.collect(),
        }
    }

    fn mentions(&self, words: &str) -> bool {
        self.files.iter().any(|(_, text)| text.contains(words))
    }

    /// Whether any file could enter the dispatcher.
    fn may_dispatch(&self) -> bool {
        let mut paths = DISPATCHERS.iter().map(|(path, _)| *path);
        paths.any(|path| self.mentions(&format!("\"{path}\"")))
            || self.mentions(&format!("\"{KARDIANOS}\""))
            || self.mentions(PROCEDURE)
    }

    fn functions(&self) -> Vec<(&str, Function)> {
        let files = self.files.iter();
        files
            .flat_map(|(path, text)| {
                let found = functions(text).into_iter();
                found.map(|function| (path.as_str(), function))
            })
            .collect()
    }
}

/// A function of the project with its package and file.
struct Node<'s> {
    package: &'s Package,
    file: &'s str,
    function: Function,
}

fn own_dispatcher(own: &[Sources<'_>]) -> Dispatcher {
    if !own.iter().any(Sources::may_dispatch) {
        return Dispatcher::Never;
    }
    let nodes: Vec<Node<'_>> = own
        .iter()
        .flat_map(|sources| {
            let functions = sources.functions().into_iter();
            functions.map(|(file, function)| Node {
                package: sources.package,
                file,
                function,
            })
        })
        .collect();
    let entries = entries(&nodes);
    let Some((first, reference, name)) = entries.first() else {
        return by_procedure(own);
    };
    let call = Call {
        function: name.clone(),
        place: format!("{}:{}", nodes[*first].file, reference.line),
    };
    let asks = nodes
        .iter()
        .any(|node| node.function.references.iter().any(asks_how_it_was_started));
    let always = entries
        .iter()
        .filter(|(_, reference, _)| !reference.is_conditional);
    if asks || is_reached(&nodes, always.map(|(index, ..)| *index).collect()) {
        Dispatcher::Always(call)
    } else {
        Dispatcher::Conditionally(call)
    }
}

/// Whether the program finds out by itself whether it was started as a service.
fn asks_how_it_was_started(reference: &Reference) -> bool {
    QUESTIONS.contains(&reference.name.as_str())
        || reference.name == "Interactive"
            && reference.owner == Owner::Package(KARDIANOS.to_owned())
}

/// A dispatcher of the program's own, which looks up the procedure by its name.
fn by_procedure(own: &[Sources<'_>]) -> Dispatcher {
    let mut files = own.iter().flat_map(|sources| &sources.files);
    let quoted = [format!("\"{PROCEDURE}"), format!("`{PROCEDURE}")];
    let file = files.find(|(_, text)| quoted.iter().any(|name| text.contains(name)));
    match file {
        Some((path, _)) => Dispatcher::Always(Call {
            function: PROCEDURE.to_owned(),
            place: path.clone(),
        }),
        None => Dispatcher::Never,
    }
}

/// The uses of functions that enter the dispatcher: index of the node, the use, and how it is called.
fn entries<'n>(nodes: &'n [Node<'_>]) -> Vec<(usize, &'n Reference, String)> {
    let services = services(nodes);
    let mut found = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        for reference in &node.function.references {
            if let Some(name) = entered(reference) {
                found.push((index, reference, name));
            } else if is_run_of_a_service(reference, node.package, &services) {
                found.push((index, reference, "service.Run".to_owned()));
            }
        }
    }
    found
}

/// The name of the function by which the use enters the dispatcher.
fn entered(reference: &Reference) -> Option<String> {
    let Owner::Package(path) = &reference.owner else {
        return None;
    };
    let is_it = |known: &(&str, &str)| known.0 == path.as_str() && known.1 == reference.name;
    DISPATCHERS.iter().any(is_it).then(|| {
        let package = path.rsplit('/').next().unwrap_or(path);
        let package = package.strip_prefix("go-").unwrap_or(package);
        format!("{package}.{}", reference.name)
    })
}

/// The variables that take a service of [`KARDIANOS`], with the package that they are in; a service without one may be any.
fn services<'n>(nodes: &'n [Node<'_>]) -> BTreeSet<(&'n str, Option<&'n str>)> {
    let mut found = BTreeSet::new();
    for node in nodes {
        for reference in &node.function.references {
            if reference.name == "New" && reference.owner == Owner::Package(KARDIANOS.to_owned()) {
                let package = node.package.import_path.as_str();
                found.insert((package, reference.assigned_to.as_deref()));
            }
        }
    }
    found
}

fn is_run_of_a_service(
    reference: &Reference,
    package: &Package,
    services: &BTreeSet<(&str, Option<&str>)>,
) -> bool {
    let Owner::Value(variable) = &reference.owner else {
        return false;
    };
    let is_run = reference.name == "Run" && reference.arguments.as_deref() == Some(&[]);
    let package = package.import_path.as_str();
    is_run
        && (services.contains(&(package, Some(variable.as_str())))
            || services.contains(&(package, None)))
}

/// Whether `main`, or an `init`, comes to one of these functions without a condition on the way.
fn is_reached(nodes: &[Node<'_>], mut waiting: Vec<usize>) -> bool {
    let mut seen: BTreeSet<usize> = waiting.iter().copied().collect();
    while let Some(index) = waiting.pop() {
        let node = &nodes[index];
        let is_start = !node.function.is_method
            && (node.function.name == "init"
                || node.function.name == "main" && node.package.is_main());
        if is_start {
            return true;
        }
        let callers = nodes.iter().enumerate().filter(|(_, caller)| {
            let mut references = caller.function.references.iter();
            references.any(|reference| !reference.is_conditional && means(reference, caller, node))
        });
        for (caller, _) in callers {
            if seen.insert(caller) {
                waiting.push(caller);
            }
        }
    }
    false
}

/// Whether the use, in `caller`, is one of the function `node`. Methods are known by their name alone.
fn means(reference: &Reference, caller: &Node<'_>, node: &Node<'_>) -> bool {
    if reference.name != node.function.name {
        return false;
    }
    match &reference.owner {
        Owner::Own => {
            !node.function.is_method && caller.package.import_path == node.package.import_path
        }
        Owner::Package(path) => !node.function.is_method && *path == node.package.import_path,
        Owner::Value(_) => node.function.is_method,
    }
}

/// A dependency that enters the dispatcher: it cannot be known whether the program asks it to.
fn in_dependency(packages: &[Package], root: &Path) -> Dispatcher {
    let is_wrapper = |path: &str| {
        path == KARDIANOS
            || path.starts_with("golang.org/x/")
            || DISPATCHERS.iter().any(|(known, _)| *known == path)
    };
    let foreign = packages.iter().filter(|package| {
        let module = package.module.as_ref();
        module.is_some_and(|module| !module.main) && !is_wrapper(&package.import_path)
    });
    let imports_one = |package: &&Package| {
        package
            .imports
            .iter()
            .any(|path| path == KARDIANOS || DISPATCHERS.iter().any(|(known, _)| known == path))
    };
    for package in foreign.filter(imports_one) {
        let sources = Sources::read(package, root);
        let nodes: Vec<Node<'_>> = sources
            .functions()
            .into_iter()
            .map(|(file, function)| Node {
                package,
                file,
                function,
            })
            .collect();
        if let Some((_, _, name)) = entries(&nodes).into_iter().next() {
            return Dispatcher::InDependency(Call {
                function: name,
                place: package.import_path.clone(),
            });
        }
    }
    Dispatcher::Never
}

/// Where the project waits for SIGTERM, if it nowhere waits for an interrupt or for all signals.
fn only_sigterm(own: &[Sources<'_>]) -> Option<String> {
    const INTERRUPTS: [&str; 2] = ["os.Interrupt", "SIGINT"];
    let mut mentioning = own.iter().filter(|sources| sources.mentions("SIGTERM"));
    let names_interrupt =
        |sources: &Sources<'_>| INTERRUPTS.iter().any(|name| sources.mentions(name));
    let first = mentioning.next()?;
    if own.iter().any(names_interrupt) {
        return None;
    }
    let mut place = None;
    for sources in std::iter::once(first).chain(mentioning) {
        for (file, function) in sources.functions() {
            for reference in &function.references {
                let Some(signals) = awaited(reference) else {
                    continue;
                };
                let is_listed = |signal: &String| signal.ends_with("SIGTERM");
                if !signals.is_empty() && signals.iter().any(is_listed) {
                    place.get_or_insert_with(|| format!("{file}:{}", reference.line));
                } else {
                    // All signals, or those of a variable.
                    return None;
                }
            }
        }
    }
    place
}

/// The signals that a call of package signal waits for, as they are written.
fn awaited(reference: &Reference) -> Option<&[String]> {
    let is_wait = reference.owner == Owner::Package("os/signal".to_owned())
        && matches!(reference.name.as_str(), "Notify" | "NotifyContext");
    let arguments = reference.arguments.as_deref().filter(|_| is_wait)?;
    arguments.get(1..)
}

#[cfg(test)]
mod tests;
