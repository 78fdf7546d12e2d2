//! `renamed-from`: names that services had in earlier releases.

use super::NAME_HINT;
use crate::manifest::Located;
use crate::manifest::raw::RawService;
use crate::problem::{Problem, Problems};
use crate::service::known::check_service_name;

/// A former name is a service name, belongs to one service, and no service has it now.
pub(super) fn check_renamed(
    services: &[RawService],
    names: &[Located<String>],
    problems: &mut Problems,
) {
    let mut seen: Vec<&str> = Vec::new();
    for former in services.iter().flat_map(|service| &service.renamed_from) {
        let mut refuse = |message: String, hint: &str| {
            problems.push(
                Problem::error(message)
                    .at_option(former.place())
                    .hint(hint.to_owned()),
            );
        };
        if let Err(why) = check_service_name(former) {
            refuse(format!("the former name {why}"), NAME_HINT);
        } else if names.iter().any(|name| name.eq_ignore_ascii_case(former)) {
            refuse(
                format!(
                    "the former name `{}` is the name of a service",
                    former.value
                ),
                "list only names that no service has any more",
            );
        } else if seen.iter().any(|name| name.eq_ignore_ascii_case(former)) {
            refuse(
                format!("duplicate former name `{}`", former.value),
                "only one service can replace the one of that name",
            );
        }
        seen.push(&former.value);
    }
}
