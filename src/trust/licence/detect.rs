//! Compares a text with the known licences.
//!
//! Both are normalised (case, punctuation, copyright lines, white space) and compared by the Sørensen-Dice coefficient
//! over their word pairs, as licence scanners do. A file that is more than one licence is taken apart: the best match
//! is located, blanked out, and the rest compared again.

use serde::Serialize;
use spdx::detection::TextData;

use super::known::{Known, known};

/// A match below this many per cent is not believed.
const THRESHOLD: u8 = 90;
/// A whole file that matches this well is one licence; it is not searched for a second one.
const WHOLE: u8 = 98;
/// The most licences looked for in one file.
const PASSES: usize = 6;
/// The longest text compared; licence files are far below it.
const MAX_TEXT: usize = 256 << 10;

/// A licence recognised in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Detection {
    /// SPDX identifier.
    pub id: &'static str,
    /// How much of the text agrees, in percent, rounded down.
    pub confidence: u8,
}

/// The licences in a text, sorted by identifier; empty when none is recognised.
pub fn detect(text: &str) -> Vec<Detection> {
    if text.len() > MAX_TEXT {
        return Vec::new();
    }
    let mut rest = TextData::new(text);
    let mut found: Vec<Detection> = Vec::new();
    for pass in 0..PASSES {
        let Some((licence, whole)) = best(&rest) else {
            break;
        };
        if pass == 0 && whole >= WHOLE {
            return vec![Detection {
                id: licence.id,
                confidence: whole,
            }];
        }
        let (part, score) = rest.optimize_bounds(&licence.text);
        let confidence = percent(score);
        if confidence < THRESHOLD {
            break;
        }
        if found.iter().all(|earlier| earlier.id != licence.id) {
            found.push(Detection {
                id: licence.id,
                confidence,
            });
        }
        rest = part.white_out();
    }
    found.sort_unstable();
    found
}

/// The closest known licence and its percentage; of equals the first by identifier.
fn best(text: &TextData) -> Option<(&'static Known, u8)> {
    let scores = known()
        .iter()
        .rev()
        .map(|licence| (licence, licence.text.match_score(text)));
    let (licence, score) = scores.max_by(|(_, a), (_, b)| a.total_cmp(b))?;
    Some((licence, percent(score)))
}

fn percent(score: f32) -> u8 {
    (score.clamp(0.0, 1.0) * 100.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spdx(id: &str) -> String {
        let (_, text) = spdx::text::LICENSE_TEXTS
            .iter()
            .find(|(name, _)| *name == id)
            .unwrap();
        text.replace("<year> <copyright holders>", "2026 The Orders Authors")
            .replace("<year> <owner>", "2026 The Orders Authors")
    }

    fn ids(text: &str) -> Vec<&'static str> {
        detect(text).into_iter().map(|found| found.id).collect()
    }

    #[test]
    fn filled_in_licences_are_recognised() {
        assert_eq!(
            detect(&spdx("MIT")),
            [Detection {
                id: "MIT",
                confidence: 100
            }]
        );
        assert_eq!(ids(&spdx("BSD-3-Clause")), ["BSD-3-Clause"]);
        assert_eq!(ids(&spdx("Apache-2.0")), ["Apache-2.0"]);
    }

    #[test]
    fn line_ends_and_wrapping_do_not_matter() {
        assert_eq!(ids(&spdx("MIT").replace('\n', "\r\n")), ["MIT"]);
        let paragraphs = spdx("BSD-3-Clause");
        let paragraphs = paragraphs
            .split("\n\n")
            .map(|paragraph| paragraph.replace('\n', " "));
        let one_line_a_paragraph = paragraphs.collect::<Vec<_>>().join("\n\n");
        assert_eq!(ids(&one_line_a_paragraph), ["BSD-3-Clause"]);
    }

    #[test]
    fn every_known_text_is_itself() {
        for licence in known() {
            assert_eq!(
                percent(licence.text.match_score(&licence.text)),
                100,
                "{}",
                licence.id
            );
        }
    }

    #[test]
    fn a_file_of_two_licences_has_both() {
        assert_eq!(
            ids(&format!(
                "{}\n\n---\n\n{}",
                spdx("BSD-3-Clause"),
                spdx("MIT")
            )),
            ["BSD-3-Clause", "MIT"]
        );
    }

    #[test]
    fn other_texts_are_not_recognised() {
        assert_eq!(ids(""), [""; 0]);
        assert_eq!(
            ids("Copyright 2026 the authors of orders. All rights reserved."),
            [""; 0]
        );
        assert_eq!(ids(&"word ".repeat(100_000)), [""; 0]);
        let without_permission = spdx("MIT")
            .replace("Permission is hereby granted", "Nothing is granted")
            .replace("free of charge", "at a price");
        assert!(
            detect(&without_permission)
                .iter()
                .all(|found| found.confidence < 100)
        );
    }
}
