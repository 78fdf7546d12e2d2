//! The commands that set up, start, stop and delete a service by hand.
//!
//! Quoting has two layers: what the program's own command line needs (`CommandLineToArgvW`), and what keeps the shell
//! from taking it apart.

use super::model::{Account, HostMode, Recovery, Service, StartType};
use super::settings::{SettingValue, settings};
use super::surroundings;
use super::symbolic::{Symbol, Symbolic};

/// Whose quoting a command is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shell {
    /// `cmd.exe`, typed or in a batch file without `%`.
    Cmd,
    /// Windows PowerShell 5.1, which loses quotation marks inside arguments.
    PowerShell5,
    /// PowerShell 7.3 and newer.
    PowerShell7,
}

/// The commands in order, as one would type them, with remarks on what they take as given; `value` renders what only the server knows.
pub fn commands(service: &Service, shell: Shell, value: &dyn Fn(&Symbol) -> String) -> Vec<String> {
    let mut lists = vec![create(service, value)];
    let name = &service.name;
    let sc = |words: &[&str]| -> Vec<String> {
        ["sc.exe"]
            .iter()
            .chain(words)
            .map(|word| (*word).to_owned())
            .collect()
    };
    if !service.description.is_empty() {
        lists.push(sc(&["description", name, &service.description]));
    }
    let sid_type = match service.sid_type {
        super::model::SidType::None => "none",
        super::model::SidType::Unrestricted => "unrestricted",
        super::model::SidType::Restricted => "restricted",
    };
    lists.push(sc(&["sidtype", name, sid_type]));
    if !service.privileges.is_empty() {
        lists.push(sc(&["privs", name, &service.privileges.join("/")]));
    }
    if let Account::GroupManaged(_) = service.account {
        lists.push(sc(&["managedaccount", name, "true"]));
    }
    lists.push(failure(name, &service.recovery));
    lists.push(sc(&["failureflag", name, "1"]));
    lists.push(preshutdown(service));
    lists.extend(registry(service, value));
    let print = |words: &Vec<String>| line(words, shell);
    let mut lines = surroundings::before(service, shell, value);
    lines.extend(lists.iter().map(print));
    lines.extend(surroundings::event_source(service, shell));
    lines.extend(surroundings::folders(service, shell, value));
    lines.push(print(&sc(&["start", name])));
    lines.push(surroundings::remark("a look at it, and its removal", shell));
    lines.extend(["query", "stop", "delete"].map(|verb| print(&sc(&[verb, name]))));
    lines.push(surroundings::without_event_source(service, shell));
    lines
}

/// sc.exe has no verb for it; the service manager reads the value when Windows starts.
fn preshutdown(service: &Service) -> Vec<String> {
    let key = format!(r"HKLM\SYSTEM\CurrentControlSet\Services\{}", service.name);
    let time = service.preshutdown_timeout_ms.to_string();
    [
        "reg.exe",
        "add",
        &key,
        "/v",
        "PreshutdownTimeout",
        "/t",
        "REG_DWORD",
        "/d",
        &time,
        "/f",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// The image path: what the service manager runs.
pub fn image_path(service: &Service, value: &dyn Fn(&Symbol) -> String) -> String {
    let install = value(&Symbol::InstallDir);
    let file = service.image();
    let arguments: Vec<String> = match service.host {
        HostMode::Native => service
            .arguments
            .iter()
            .map(|text| text.render(value))
            .collect(),
        HostMode::Inject | HostMode::Wrapper => vec![Service::host_argument(&service.name)],
    };
    let mut path = format!("\"{install}\\{file}\"");
    for argument in arguments {
        path.push(' ');
        path.push_str(&quote_argument(&argument));
    }
    path
}

fn create(service: &Service, value: &dyn Fn(&Symbol) -> String) -> Vec<String> {
    let start = match service.start {
        StartType::Auto => "auto",
        StartType::Delayed => "delayed-auto",
        StartType::Manual => "demand",
        StartType::Disabled => "disabled",
    };
    let mut words = vec![
        "sc.exe".to_owned(),
        "create".to_owned(),
        service.name.clone(),
    ];
    let mut option = |name: &str, text: String| words.extend([name.to_owned(), text]);
    option("binPath=", image_path(service, value));
    option("start=", start.to_owned());
    option("obj=", service.account.start_name(&service.name));
    if service.account.needs_password() {
        option("password=", "PASSWORD".to_owned());
    }
    if !service.depends_on.is_empty() {
        option("depend=", service.depends_on.join("/"));
    }
    option("DisplayName=", service.title.clone());
    words
}

fn failure(name: &str, recovery: &Recovery) -> Vec<String> {
    let actions: Vec<String> = recovery
        .restart_after_ms
        .iter()
        .map(|delay| format!("restart/{delay}"))
        .collect();
    let reset = recovery.reset_after_seconds.to_string();
    [
        "sc.exe",
        "failure",
        name,
        "reset=",
        &reset,
        "actions=",
        &actions.join("/"),
    ]
    .map(str::to_owned)
    .to_vec()
}

/// `reg.exe add` for each of the host's settings.
fn registry(service: &Service, value: &dyn Fn(&Symbol) -> String) -> Vec<Vec<String>> {
    let add = |subkey: &str, name: &str, rest: &[&str]| -> Vec<String> {
        let key = format!(
            r"HKLM\SYSTEM\CurrentControlSet\Services\{}\{subkey}",
            service.name
        );
        ["reg.exe", "add", &key, "/v", name]
            .iter()
            .chain(rest)
            .chain(&["/f"])
            .map(|word| (*word).to_owned())
            .collect()
    };
    settings(service)
        .iter()
        .map(|setting| {
            let add = |rest: &[&str]| add(setting.subkey, &setting.name, rest);
            match &setting.value {
                SettingValue::Number(number) => {
                    add(&["/t", "REG_DWORD", "/d", &number.to_string()])
                }
                SettingValue::RenderedPort(symbol, _) => {
                    add(&["/t", "REG_DWORD", "/d", &value(symbol)])
                }
                SettingValue::Rendered(symbol) => add(&["/t", "REG_SZ", "/d", &value(symbol)]),
                SettingValue::Text(text) => add(&["/t", "REG_SZ", "/d", &text.canonical()]),
                SettingValue::List(lines) => {
                    let (separator, data) = joined(lines);
                    add(&["/t", "REG_MULTI_SZ", "/s", &separator, "/d", &data])
                }
            }
        })
        .collect()
}

/// The lines with a separator that is in none of them.
fn joined(lines: &[Symbolic]) -> (String, String) {
    let lines: Vec<String> = lines.iter().map(Symbolic::canonical).collect();
    let free = |separator: &&str| !lines.iter().any(|line| line.contains(*separator));
    let separator = ["|", ";", "#", "~", "!", "\u{1f}"]
        .into_iter()
        .find(free)
        .unwrap_or("\u{1f}");
    (separator.to_owned(), lines.join(separator))
}

pub(super) fn line(words: &[String], shell: Shell) -> String {
    let quoted: Vec<String> = words.iter().map(|word| quote(word, shell)).collect();
    quoted.join(" ")
}

/// An argument for the shell, so that the program gets it as it is.
pub fn quote(argument: &str, shell: Shell) -> String {
    match shell {
        Shell::Cmd => escape_for_cmd(&quote_argument(argument)),
        Shell::PowerShell7 => powershell_literal(argument),
        // It passes on what is quoted already; its own quoting knows neither quotation marks inside nor, in 5.1,
        // backslashes at the end.
        Shell::PowerShell5 => powershell_literal(&quote_argument(argument)),
    }
}

/// An argument as `CommandLineToArgvW` takes it out of a command line again.
pub fn quote_argument(argument: &str) -> String {
    let plain = !argument.is_empty() && !argument.contains([' ', '\t', '"']);
    if plain {
        argument.to_owned()
    } else {
        quoted(argument)
    }
}

/// In quotation marks, with those inside, and the backslashes before any of them, escaped.
pub fn quoted(argument: &str) -> String {
    format!("\"{}\"", double_at_end(&escape_quotes(argument)))
}

/// Quotation marks with a backslash, and the backslashes before them doubled.
fn escape_quotes(argument: &str) -> String {
    let mut escaped = String::new();
    let mut backslashes = 0;
    for character in argument.chars() {
        if character == '"' {
            escaped.push_str(&"\\".repeat(backslashes + 1));
        }
        backslashes = if character == '\\' {
            backslashes + 1
        } else {
            0
        };
        escaped.push(character);
    }
    escaped
}

/// Backslashes before the closing quotation mark, doubled.
fn double_at_end(text: &str) -> String {
    let count = text.len() - text.trim_end_matches('\\').len();
    format!("{text}{}", "\\".repeat(count))
}

/// An argument for `cmd.exe`, which knows no `\"`: whether it takes a sign for quoted depends on the quotation marks
/// before. Where that matters every sign gets a caret, and so does the percent sign of a variable, which quotation marks
/// do not protect.
fn escape_for_cmd(text: &str) -> String {
    const SIGNS: &str = "&|<>^()%!";
    let quotes = text.matches('"').count();
    let is_plain = !text.contains(|sign| SIGNS.contains(sign)) && quotes.is_multiple_of(2);
    let is_quoted_whole = quotes == 2 && text.starts_with('"') && text.ends_with('"');
    if is_plain || (is_quoted_whole && !text.contains(['%', '!'])) {
        return text.to_owned();
    }
    let mut escaped = String::new();
    for sign in text.chars() {
        if sign == '"' || SIGNS.contains(sign) {
            escaped.push('^');
        }
        escaped.push(sign);
    }
    escaped
}

/// A single-quoted literal; PowerShell takes typographic quotation marks for apostrophes, too.
pub(super) fn powershell_literal(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./\\:".contains(c);
    if !text.is_empty() && text.chars().all(plain) && !text.starts_with(['-', '.']) {
        return text.to_owned();
    }
    let mut literal = String::from("'");
    for character in text.chars() {
        if matches!(character, '\'' | '\u{2018}'..='\u{201B}') {
            literal.push(character);
        }
        literal.push(character);
    }
    literal.push('\'');
    literal
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::arguments::arguments_in;
    use crate::service::fixture::service;

    fn value(symbol: &Symbol) -> String {
        match symbol {
            Symbol::InstallDir => r"C:\Program Files\Orders".to_owned(),
            Symbol::Port(_) => "8080".to_owned(),
            other => format!(r"C:\{other}"),
        }
    }

    #[test]
    fn the_image_path_is_quoted_in_every_shell() {
        for (shell, expected) in [
            (
                Shell::Cmd,
                r#"binPath= "\"C:\Program Files\Orders\orders-api.exe\" --gorelease-service=OrdersApi""#,
            ),
            (
                Shell::PowerShell5,
                r#"binPath= '"\"C:\Program Files\Orders\orders-api.exe\" --gorelease-service=OrdersApi"'"#,
            ),
            (
                Shell::PowerShell7,
                r#"binPath= '"C:\Program Files\Orders\orders-api.exe" --gorelease-service=OrdersApi'"#,
            ),
        ] {
            let commands = commands(&service(), shell, &value);
            let create = &commands[1];
            assert!(create.contains(expected), "{create}");
        }
    }

    #[test]
    fn accounts_get_what_they_need() {
        let with = |account: &str| {
            let mut service = service();
            service.account = match account.strip_suffix('$') {
                Some(_) => Account::GroupManaged(account.to_owned()),
                None => Account::User(account.to_owned()),
            };
            commands(&service, Shell::Cmd, &value).join("\n")
        };
        let managed = with(r"CONTOSO\orders$");
        assert!(
            managed.contains("\nsc.exe managedaccount OrdersApi true\n"),
            "{managed}"
        );
        assert!(
            managed.contains("rem CONTOSO\\orders$ needs the right to log on"),
            "{managed}"
        );
        let ordinary = with(r"CONTOSO\orders");
        assert!(!ordinary.contains("managedaccount"), "{ordinary}");
        assert!(ordinary.contains("rem PASSWORD stands for"), "{ordinary}");
    }

    #[test]
    fn signs_of_the_shell_stay_text() {
        assert_eq!(quote("a & b", Shell::Cmd), r#""a & b""#);
        assert_eq!(quote("a&b", Shell::Cmd), "a^&b");
        assert_eq!(quote("", Shell::PowerShell5), "'\"\"'");
        assert_eq!(quote(r"C:\a b\", Shell::PowerShell5), r#"'"C:\a b\\"'"#);
        assert_eq!(quote("it's $x", Shell::PowerShell7), "'it''s $x'");
        assert_eq!(
            quote("a\u{2019}b", Shell::PowerShell7),
            "'a\u{2019}\u{2019}b'"
        );
        assert_eq!(quote_argument(r#"a "b\" c\"#), r#""a \"b\\\" c\\""#);
    }

    /// The arguments that a program gets from a line that was typed into `cmd.exe`, where every variable with a plain
    /// name is set: variables first, then quotation marks and carets, then `CommandLineToArgvW`. None when the line
    /// would be more than one command.
    fn by_cmd(line: &str) -> Option<Vec<String>> {
        let mut expanded = String::new();
        let mut rest = line;
        while let Some((before, after)) = rest.split_once('%') {
            expanded.push_str(before);
            match after.split_once('%') {
                Some((name, after))
                    if !name.is_empty()
                        && name.chars().all(|c| c.is_alphanumeric() || c == '_') =>
                {
                    expanded.push_str("EXPANDED");
                    rest = after;
                }
                _ => {
                    expanded.push('%');
                    rest = after;
                }
            }
        }
        expanded.push_str(rest);
        let (mut command, mut quoted) = (String::new(), false);
        let mut characters = expanded.chars();
        while let Some(character) = characters.next() {
            match character {
                '"' => quoted = !quoted,
                '^' if !quoted => {
                    command.push(characters.next()?);
                    continue;
                }
                '&' | '|' | '<' | '>' | '(' | ')' if !quoted => return None,
                _ => {}
            }
            command.push(character);
        }
        Some(arguments_in(&command))
    }

    /// A literal or a bare word of PowerShell, by its rules for strings (about_Quoting_Rules).
    fn by_powershell(word: &str) -> Option<String> {
        let is_quote = |c: char| c == '\'' || ('\u{2018}'..='\u{201B}').contains(&c);
        let Some(inside) = word.strip_prefix('\'') else {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./\\:".contains(c);
            return word.chars().all(plain).then(|| word.to_owned());
        };
        let inside = inside.strip_suffix('\'')?;
        let (mut text, mut characters) = (String::new(), inside.chars());
        while let Some(character) = characters.next() {
            if is_quote(character) {
                is_quote(characters.next()?).then_some(())?;
            }
            text.push(character);
        }
        Some(text)
    }

    /// Whether Windows PowerShell puts quotation marks around an argument: when it has a space outside of those
    /// that are there already, where a mark after a backslash does not count (`NeedQuotes` of its native
    /// parameter binder).
    fn is_quoted_by_powershell(text: &str) -> bool {
        let (mut inside, mut after_backslash, mut found) = (false, false, false);
        for character in text.chars() {
            match character {
                '"' if !after_backslash => inside = !inside,
                ' ' | '\t' if !inside => found = true,
                _ => {}
            }
            after_backslash = character == '\\';
        }
        found
    }

    proptest::proptest! {
        #[test]
        fn hostile_arguments_reach_the_program_whole_through_cmd(
            words in proptest::collection::vec("[ab_ \\t\"'\\\\&|<>^()%!;,=~*?$`{}]{0,12}", 1..4)
        ) {
            let line: Vec<String> = words.iter().map(|word| quote(word, Shell::Cmd)).collect();
            let line = line.join(" ");
            proptest::prop_assert_eq!(by_cmd(&line), Some(words), "{}", line);
        }

        #[test]
        fn hostile_arguments_are_one_literal_of_powershell(
            word in "[ab \"'\u{2018}\u{2019}\u{201B}\\\\&|;$`(){}%@#,-]{1,12}"
        ) {
            proptest::prop_assert_eq!(by_powershell(&quote(&word, Shell::PowerShell7)), Some(word.clone()));
            let old = by_powershell(&quote(&word, Shell::PowerShell5));
            let passed = old.map(|text| if is_quoted_by_powershell(&text) { format!("\"{text}\"") } else { text });
            proptest::prop_assert_eq!(passed.map(|line| arguments_in(&line)), Some(vec![word]));
        }
    }

    #[test]
    fn a_list_has_a_separator_of_its_own() {
        let lines = [Symbolic::literal("a|b"), Symbolic::literal("c;d")];
        assert_eq!(joined(&lines), ("#".to_owned(), "a|b#c;d".to_owned()));
    }
}
