//! Whom a service logs on as, and what it may.

use crate::manifest::Located;
use crate::problem::{Problem, Problems, nearest};
use crate::service::account::parse_account;
use crate::service::known::PRIVILEGES;
use crate::service::model::Account;

pub(super) fn account(typed: Option<Located<String>>, problems: &mut Problems) -> Account {
    let Some(typed) = typed else {
        return Account::Virtual;
    };
    match parse_account(&typed) {
        Ok(account) => account,
        Err(hint) => {
            let problem = Problem::error(format!("unknown account `{}`", typed.value));
            problems.push(problem.at_option(typed.place()).hint(hint));
            Account::Virtual
        }
    }
}

pub(super) fn privileges(typed: Vec<Located<String>>, problems: &mut Problems) -> Vec<String> {
    for privilege in typed
        .iter()
        .filter(|privilege| !PRIVILEGES.contains(&privilege.as_str()))
    {
        let problem = Problem::error(format!("unknown privilege `{}`", privilege.value))
            .at_option(privilege.place());
        problems.push(match nearest(privilege, PRIVILEGES) {
            Some(meant) => problem.hint(format!("did you mean `{meant}`?")),
            None => problem.hint("such as `SeChangeNotifyPrivilege`"),
        });
    }
    typed.into_iter().map(|privilege| privilege.value).collect()
}
