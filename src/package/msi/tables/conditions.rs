//! LaunchCondition: what is refused before anything is changed.

use super::draft::Draft;
use super::product::{INSTALLED_ORDINAL, INSTALLED_VERSION, NEWER};
use super::searches::{RESET, WINDOWS_BUILD, saved, set};
use crate::package::msi::formatted::escape;
use crate::package::msi::messages::Message;
use crate::package::msi::model::Package;
use crate::package::msi::names::identifier;
use crate::package::msi::properties::{
    Role, Use, about_service, account_property, password_property, passwordless, remembered, use_of,
};
use crate::service::Property;
use crate::service::property::{Accepts, Presence};

/// `ADOPT=1` takes over services that this product did not make.
pub(super) const ADOPT: &str = "ADOPT";

/// A removal writes nothing, so nothing stands in its way. A repair writes everything again and is held to the same rules
/// as an installation.
const REMOVAL: &str = "REMOVE ~= \"ALL\"";
/// A quotation mark, which no condition can spell.
const QUOTE: &str = "QuotationMark";
/// What may stand between accepted values: the first that is in none of them.
const SEPARATORS: [char; 8] = ['|', ';', '/', '^', '~', '!', '?', '*'];

pub(super) fn add(draft: &mut Draft, package: &Package) {
    product(draft, package);
    for remembered in remembered(package) {
        let property = remembered.property.as_str();
        match remembered.role {
            Role::Folder | Role::Account => {}
            Role::Port => {
                number(draft, package, property, (1, 65_535), false);
                unchanged(draft, package, property);
            }
            Role::Declared(declared) => {
                value(draft, package, declared);
                unchanged(draft, package, property);
            }
        }
    }
    services(draft, package);
}

fn condition(draft: &mut Draft, package: &Package, condition: String, message: &Message) {
    let text = escape(&message.text(package.product.language));
    draft.push("LaunchCondition", [condition.into(), text.into()]);
}

fn product(draft: &mut Draft, package: &Package) {
    let title = package.product.title.as_str();
    let build = package.minimum_build;
    let mut add = |text: String, message: Message| condition(draft, package, text, &message);
    add("Privileged".to_owned(), Message::NeedsAdministrator);
    add(
        format!("Installed OR NOT {NEWER}"),
        Message::Downgrade { title },
    );
    add(
        format!("Installed OR {WINDOWS_BUILD} >= {build}"),
        Message::OldWindows { build },
    );
    let (version, ordinal) = (package.product.product_version, package.product.ordinal);
    let later = format!(
        "Installed OR NOT ({INSTALLED_VERSION} = \"{version}\" AND {INSTALLED_ORDINAL} > {ordinal})"
    );
    add(later, Message::LaterPreRelease { title });
    let maintenance = format!("NOT {RESET} OR NOT Installed OR REINSTALL OR REMOVE");
    add(maintenance, Message::NeedsReinstall { property: RESET });
}

/// A declared property.
fn value(draft: &mut Draft, package: &Package, declared: &Property) {
    let property = declared.name.as_str();
    let required = declared.presence == Presence::Required;
    if required {
        let text = format!("{REMOVAL} OR {property}");
        condition(draft, package, text, &Message::Missing { property });
    }
    match &declared.accepts {
        Accepts::Text => {}
        Accepts::Number { min, max } => {
            number(
                draft,
                package,
                property,
                (*min, *max),
                declared.may_be_empty(),
            );
        }
        Accepts::OneOf { values } => one_of(draft, package, property, values),
    }
    let plain = match use_of(package, declared) {
        Use::Registry => return,
        Use::Text => format!("{property} << \"#\""),
        Use::Argument => {
            if !draft.has_row("Property", QUOTE) {
                draft.push("Property", [QUOTE.into(), "\"".into()]);
            }
            format!("{property} << \"#\" OR {property} >< {QUOTE} OR {property} >> \"\\\"")
        }
    };
    let message = match use_of(package, declared) {
        Use::Argument => Message::NotArgument { property },
        Use::Registry | Use::Text => Message::NotPlain { property },
    };
    condition(
        draft,
        package,
        format!("{REMOVAL} OR NOT ({plain})"),
        &message,
    );
}

/// A text that is no number compares as false with any number, so it is refused as well. A number that an administrator
/// wrote as REG_DWORD is found with a mark (`#8080`), is never changed on its way, and is written as it was.
fn number(
    draft: &mut Draft,
    package: &Package,
    property: &str,
    (min, max): (i32, i32),
    may_be_empty: bool,
) {
    let saved = saved(property);
    let empty = if may_be_empty {
        format!(" OR NOT {property}")
    } else {
        String::new()
    };
    let text = format!(
        "{REMOVAL} OR ({property} >= {min} AND {property} <= {max}) OR ({property} << \"#\" AND {property} = {saved}){empty}"
    );
    condition(
        draft,
        package,
        text,
        &Message::NotNumber { property, min, max },
    );
}

/// The property that holds a value between separators.
pub(super) fn asked(property: &str) -> String {
    identifier("Asked_", property)
}

/// The accepted values stand in a property, since a condition has no room for many; the value is looked up between separators.
fn one_of(draft: &mut Draft, package: &Package, property: &str, values: &[String]) {
    let in_none = |separator: &char| !values.iter().any(|value| value.contains(*separator));
    let separator = SEPARATORS.into_iter().find(in_none).unwrap_or('|');
    let list = |mark: &str| -> String {
        let list: String = (values.iter())
            .filter(|value| value.starts_with(mark))
            .map(|value| format!("{mark}{value}{separator}"))
            .collect();
        format!("{separator}{list}")
    };
    let (accepted, asked) = (identifier("Accepted_", property), asked(property));
    draft.push("Property", [accepted.as_str().into(), list("").into()]);
    let between = format!("{separator}[{property}]{separator}");
    set(
        draft,
        &identifier("Ask_", property),
        &asked,
        &between,
        property,
    );
    let mut found = format!("({accepted} >< {asked} AND NOT {property} >< \"{separator}\")");
    if values.iter().any(|value| value.starts_with('#')) {
        // A remembered value that begins with a number sign is found with a second one.
        let kept = identifier("Kept_", property);
        draft.push("Property", [kept.as_str().into(), list("#").into()]);
        found.push_str(&format!(
            " OR ({kept} >< {asked} AND {property} = {})",
            saved(property)
        ));
    }
    let text = format!("{REMOVAL} OR NOT {property} OR {found}");
    condition(
        draft,
        package,
        text,
        &Message::NotOneOf { property, values },
    );
}

/// Without `REINSTALL` nothing of an installed product is written, and a changed setting would be ignored.
fn unchanged(draft: &mut Draft, package: &Package, property: &str) {
    let saved = saved(property);
    let text =
        format!("NOT Installed OR REINSTALL OR REMOVE OR NOT {saved} OR {property} = {saved}");
    condition(draft, package, text, &Message::NeedsReinstall { property });
}

fn services(draft: &mut Draft, package: &Package) {
    for service in &package.services {
        let account = account_property(package, service);
        let password = password_property(package, service);
        let without = passwordless(&account);
        let message = Message::NeedsPassword {
            account: &account,
            password: &password,
        };
        let text = format!("(Installed AND NOT REINSTALL) OR {REMOVAL} OR {password} OR {without}");
        condition(draft, package, text, &message);

        let about = |what: &str| about_service(package, service, what);
        let (image, owned) = (about("IMAGE"), about("OWNED"));
        let text = format!("Installed OR NOT {image} OR {owned} OR {ADOPT} = \"1\"");
        let message = Message::ForeignService {
            name: &service.name,
        };
        condition(draft, package, text, &message);
    }
}
