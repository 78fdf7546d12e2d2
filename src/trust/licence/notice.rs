//! The `THIRD-PARTY-LICENSES` text that goes with a program.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::Licence;

const RULE: &str =
    "================================================================================";

/// The licence texts of everything that a program includes, by the name to show (`module version`).
///
/// The order is that of the names, so that the text is the same on every machine.
pub fn third_party_licences(program: &str, licences: &BTreeMap<String, Licence>) -> String {
    let mut text = format!("Third-party software in {program}\n\n");
    for (name, licence) in licences {
        let expression = licence
            .expression()
            .unwrap_or_else(|| "see below".to_owned());
        let stated = if licence.files.is_empty() {
            "no licence file found"
        } else {
            &expression
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {name}: {stated}");
    }
    for (name, licence) in licences {
        for file in &licence.files {
            let _ = write!(
                text,
                "\n{RULE}\n{name}\n{}\n{RULE}\n\n{}\n",
                file.name,
                file.text.trim_end()
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::LicenceFile;
    use super::*;

    #[test]
    fn lists_first_and_then_shows_every_text() {
        let file = LicenceFile {
            name: "LICENSE".into(),
            text: "Do as you like.\n\n".into(),
            detections: Vec::new(),
        };
        let licences = BTreeMap::from([
            ("b.example v1.0.0".to_owned(), Licence { files: vec![file] }),
            ("a.example v2.0.0".to_owned(), Licence::default()),
        ]);
        insta::assert_snapshot!(third_party_licences("orders 1.4.2", &licences), @"
        Third-party software in orders 1.4.2

          a.example v2.0.0: no licence file found
          b.example v1.0.0: see below

        ================================================================================
        b.example v1.0.0
        LICENSE
        ================================================================================

        Do as you like.
        ");
    }
}
