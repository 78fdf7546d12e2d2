//! Accounts as the manifest writes them.

use super::model::Account;

/// Reads an account: a word for a built-in one, or a name with its domain.
///
/// # Errors
/// The hint that helps.
pub fn parse_account(text: &str) -> Result<Account, String> {
    let word = match text {
        "virtual" => Some(Account::Virtual),
        "local-service" => Some(Account::LocalService),
        "network-service" => Some(Account::NetworkService),
        "local-system" => Some(Account::LocalSystem),
        _ => None,
    };
    match word {
        Some(account) => Ok(account),
        None => named(text),
    }
}

fn named(text: &str) -> Result<Account, String> {
    if let Some((domain, name)) = text.split_once('\\') {
        if domain.eq_ignore_ascii_case("NT AUTHORITY") || domain.eq_ignore_ascii_case("NT SERVICE")
        {
            return Err(
                "write `virtual`, `local-service`, `network-service` or `local-system`".to_owned(),
            );
        }
        let stem = name.strip_suffix('$').unwrap_or(name);
        if is_name(domain, ".-") && is_name(stem, ".-_ ") {
            return Ok(match name.strip_suffix('$') {
                Some(_) => Account::GroupManaged(text.to_owned()),
                None => Account::User(text.to_owned()),
            });
        }
    } else if let Some((name, domain)) = text.split_once('@')
        && is_name(name, ".-_")
        && is_name(domain, ".-")
    {
        return Ok(Account::User(text.to_owned()));
    }
    Err(r"one of `virtual`, `local-service`, `network-service`, `local-system`, `DOMAIN\name$` (group managed), `DOMAIN\name`, `.\name`".to_owned())
}

/// Letters and digits of any script, and these signs besides. Account names may not have `"/\[]:;|=,+*?<>`.
fn is_name(text: &str, signs: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|character| character.is_alphanumeric() || signs.contains(character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_are_told_apart() {
        assert_eq!(parse_account("virtual"), Ok(Account::Virtual));
        let gmsa = r"CONTOSO\orders$";
        assert_eq!(
            parse_account(gmsa),
            Ok(Account::GroupManaged(gmsa.to_owned()))
        );
        for user in [r"CONTOSO\orders", r".\orders svc", "orders@contoso.com"] {
            assert_eq!(parse_account(user), Ok(Account::User(user.to_owned())));
        }
        for wrong in [
            "",
            "orders",
            "LocalSystem",
            r"NT AUTHORITY\SYSTEM",
            r"A\B\C",
            r"A\",
            r"A\b;c",
            "@",
        ] {
            assert!(parse_account(wrong).is_err(), "{wrong}");
        }
    }
}
