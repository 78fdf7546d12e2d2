//! How a program takes its arguments out of a command line, for the tests of what writes one.

/// The arguments after the program, as documented for `CommandLineToArgvW`.
pub(crate) fn arguments_in(line: &str) -> Vec<String> {
    let (mut arguments, mut current) = (Vec::new(), None::<String>);
    let (mut quoted, mut backslashes) = (false, 0);
    for character in line.chars() {
        if character == '\\' {
            backslashes += 1;
            continue;
        }
        let pending = std::mem::take(&mut backslashes);
        let is_quote = character == '"';
        let kept = if is_quote { pending / 2 } else { pending };
        if pending > 0 {
            let text = current.get_or_insert_default();
            text.push_str(&"\\".repeat(kept));
        }
        match character {
            '"' if pending % 2 == 1 => current.get_or_insert_default().push('"'),
            '"' => {
                current.get_or_insert_default();
                quoted = !quoted;
            }
            ' ' | '\t' if !quoted => arguments.extend(current.take()),
            other => current.get_or_insert_default().push(other),
        }
    }
    if backslashes > 0 {
        current
            .get_or_insert_default()
            .push_str(&"\\".repeat(backslashes));
    }
    arguments.extend(current);
    arguments
}
