//! Installer properties in the texts of services: several arguments from one, and what happens without a value.

use crate::manifest::{Located, ServiceTable};
use crate::problem::{Problem, Problems};
use crate::service::model::HostMode;
use crate::service::property::{Arguments, Secrecy};
use crate::service::settings::properties;
use crate::service::{Property, Segment, Service, Symbol, Symbolic};

/// The declared properties that the texts of a service use.
pub(super) fn used(declared: &[Located<Property>], service: &Service) -> Vec<Property> {
    let names = properties(service);
    let used = declared
        .iter()
        .filter(|property| names.contains(&property.name));
    used.map(|property| property.value.clone()).collect()
}

/// An argument in which a property with `split` stands for several.
pub(super) fn split(
    declared: &[Located<Property>],
    typed: &Located<String>,
    argument: Symbolic,
) -> Result<Symbolic, Problem> {
    let is_split = |symbol: &Symbol| match symbol {
        Symbol::Property(name) => declared
            .iter()
            .any(|property| property.name == *name && property.arguments == Arguments::Split),
        _ => false,
    };
    if let [Segment::Symbol(symbol @ Symbol::Property(name))] = argument.segments()
        && is_split(symbol)
    {
        let mut several = Symbolic::default();
        several.push_symbol(Symbol::Arguments(name.clone()));
        return Ok(several);
    }
    if let Some(symbol) = argument.symbols().find(|symbol| is_split(symbol)) {
        return Err(Problem::error(format!(
            "`{symbol}` is split into arguments and cannot be part of one"
        ))
        .at_option(typed.place())
        .hint(format!("write it alone: `\"{{{{ {symbol} }}}}\"`")));
    }
    Ok(argument)
}

/// What goes wrong in a service when a property has no value, or when everybody sees a secret.
pub(super) fn check(table: &ServiceTable, service: &Service, problems: &mut Problems) {
    let texts = &table.texts;
    let may_be_empty = |text: &Symbolic| {
        text.symbols().find_map(|symbol| {
            let (Symbol::Property(name) | Symbol::Arguments(name)) = symbol else {
                return None;
            };
            let mut used = service.properties.iter();
            used.find(|property| property.name == *name && property.may_be_empty())
        })
    };
    for (typed, text) in [
        (&texts.directory, Some(&service.working_directory)),
        (&texts.log_directory, Some(&service.log.directory)),
        (&texts.program, service.program.as_ref()),
    ] {
        if let (Some(typed), Some(property)) = (typed, text.and_then(may_be_empty)) {
            let problem = Problem::error(format!(
                "the path needs `{}`, which may have no value",
                property.name
            ));
            problems.push(
                problem
                    .at_option(typed.place())
                    .hint("give the property a `default`, or `required = true`"),
            );
        }
    }
    let mut before: Option<&Located<String>> = None;
    for (typed, argument) in texts.arguments.iter().zip(&service.arguments) {
        let alone = matches!(argument.segments(), [Segment::Symbol(Symbol::Property(_))]);
        let flag = before.filter(|flag| flag.starts_with('-') && !flag.contains('='));
        if let (true, Some(flag), Some(property)) = (alone, flag, may_be_empty(argument)) {
            let problem = Problem::warning(format!(
                "without a value of `{}` the flag `{}` is left alone",
                property.name, flag.value
            ));
            problems.push(problem.at_option(typed.place()).hint(format!(
                "write both as one argument, which is then left out: `{}={}`",
                flag.value, typed.value
            )));
        }
        before = Some(typed);
    }
    if service.host == HostMode::Native {
        say_secrets(table, service, problems);
    }
}

/// The image path of a service can be read by every user.
fn say_secrets(table: &ServiceTable, service: &Service, problems: &mut Problems) {
    for (typed, argument) in table.texts.arguments.iter().zip(&service.arguments) {
        let secret = argument.symbols().find_map(|symbol| {
            let (Symbol::Property(name) | Symbol::Arguments(name)) = symbol else {
                return None;
            };
            let mut used = service.properties.iter();
            used.find(|one| one.name == *name && one.secrecy == Secrecy::Secret)
        });
        if let Some(secret) = secret {
            let problem = Problem::warning(format!(
                "every user can read the secret `{}` in the command line of the service",
                secret.name
            ));
            problems.push(problem.at_option(typed.place()).hint(
                "let a host start the program (`host = \"wrapper\"`) and give the secret in `env`",
            ));
        }
    }
}
