//! The engine for templates, within limits: what a line of the manifest says cannot fill the memory or take for ever.
//!
//! Templates are names, flags and values, so they have variables, filters, tests and conditions. Loops, assignments and
//! macros, which can double a text with every step, are not offered; nor are filters that make a long text from a short one.

use std::io::{self, Write};

use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value, filters, tests};

/// Characters of a template.
const LONGEST_TEMPLATE: usize = 16 * 1024;
/// Bytes that become of a template, and of a filter in it.
const LONGEST_RESULT: usize = 256 * 1024;
/// Instructions of one template.
const FUEL: u64 = 50_000;

/// The words that may begin a `{% %}`.
const STATEMENTS: [&str; 6] = ["if", "elif", "else", "endif", "raw", "endraw"];

/// An engine with the filters and tests that templates may use.
pub fn engine() -> Environment<'static> {
    let mut engine = Environment::empty();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_fuel(Some(FUEL));
    engine.add_filter("lower", filters::lower);
    engine.add_filter("upper", filters::upper);
    engine.add_filter("title", filters::title);
    engine.add_filter("capitalize", filters::capitalize);
    engine.add_filter("trim", filters::trim);
    engine.add_filter("replace", replace);
    engine.add_filter("split", filters::split);
    engine.add_filter("first", filters::first);
    engine.add_filter("last", filters::last);
    engine.add_filter("length", filters::length);
    engine.add_filter("default", filters::default);
    engine.add_filter("int", filters::int);
    engine.add_filter("string", filters::string);
    engine.add_test("defined", tests::is_defined);
    engine.add_test("undefined", tests::is_undefined);
    engine.add_test("startingwith", tests::is_startingwith);
    engine.add_test("endingwith", tests::is_endingwith);
    engine.add_test("in", tests::is_in);
    engine
}

/// Renders a template.
///
/// # Errors
/// For a wrong template, and one that exceeds a limit.
pub fn render(
    engine: &Environment<'_>,
    text: &str,
    variables: impl Into<Value>,
) -> Result<String, Error> {
    let mut out = Limited(Vec::new());
    let rendered = engine
        .template_from_str(text)?
        .render_captured_to(variables, &mut out);
    match rendered {
        Ok(_) => {}
        // What a failed write says is the limit of this engine.
        Err(error) if error.kind() == ErrorKind::WriteFailure => return Err(too_long()),
        Err(error) if error.kind() == ErrorKind::OutOfFuel => {
            let why = "it takes too many steps";
            return Err(Error::new(ErrorKind::OutOfFuel, why));
        }
        Err(error) => return Err(error),
    }
    String::from_utf8(out.0).map_err(|_| Error::new(ErrorKind::BadSerialization, "not UTF-8"))
}

/// Instructions of a template that is a document.
const DOCUMENT_FUEL: u64 = 20_000_000;

/// The whole language, for a document of the project's own: as long as it wants to be, but not endless, and without the
/// filters whose argument is a length.
pub fn document_engine() -> Environment<'static> {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_fuel(Some(DOCUMENT_FUEL));
    for filter in ["format", "indent", "tojson"] {
        engine.remove_filter(filter);
    }
    engine
}

/// Why a template uses what is not offered; before it is compiled.
pub fn refusal(text: &str) -> Option<String> {
    if text.len() > LONGEST_TEMPLATE {
        return Some(format!("it is longer than {LONGEST_TEMPLATE} bytes"));
    }
    let mut rest = text;
    while let Some(start) = rest.find("{%").into_iter().chain(rest.find("{{")).min() {
        let is_statement = rest[start..].starts_with("{%");
        let inner = &rest[start + 2..];
        let (tag, end) = tag(inner, if is_statement { "%}" } else { "}}" });
        if tag.multiplies {
            return Some("`*` is not supported in templates".to_owned());
        }
        let text = inner[..end].trim_start_matches(['-', '+']).trim_start();
        let word: String = text.chars().take_while(|c| c.is_alphanumeric()).collect();
        if is_statement && !STATEMENTS.contains(&word.as_str()) {
            return Some(format!("`{word}` is not supported in templates"));
        }
        rest = &inner[end..];
        if is_statement && word == "raw" {
            rest = rest.find("endraw").map_or("", |end| &rest[end..]);
        }
    }
    None
}

struct Tag {
    multiplies: bool,
}

/// What stands between the braces, and where it ends; quoted text does not count.
fn tag(inner: &str, close: &str) -> (Tag, usize) {
    let mut quote = None;
    let mut escaped = false;
    let mut tag = Tag { multiplies: false };
    for (at, c) in inner.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == '*' => tag.multiplies = true,
            None if inner[at..].starts_with(close) => return (tag, at),
            None => {}
        }
    }
    (tag, inner.len())
}

/// `replace` with a limit: a chain of them multiplies.
fn replace(text: &str, from: &str, to: &str) -> Result<String, Error> {
    let times = text.matches(from).count();
    if text.len().saturating_add(times.saturating_mul(to.len())) > LONGEST_RESULT {
        return Err(too_long());
    }
    Ok(text.replace(from, to))
}

fn too_long() -> Error {
    let why = format!("it becomes longer than {LONGEST_RESULT} bytes");
    Error::new(ErrorKind::InvalidOperation, why)
}

struct Limited(Vec<u8>);

impl Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > LONGEST_RESULT {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
