//! GnuPG's status lines (GnuPG, doc/DETAILS, "Format of the --status-fd output"). The exit code alone is 0 for a good
//! signature by a revoked or expired key.

/// Status lines that make a signature worthless, and why.
///
/// Not here: `KEYEXPIRED`, which is also written for expired subkeys that did not sign; `EXPKEYSIG` says it of the one
/// that did.
const REFUSED: [(&str, &str); 8] = [
    ("REVKEYSIG", "the key that made it is revoked"),
    ("KEYREVOKED", "the key that made it is revoked"),
    ("EXPKEYSIG", "the key that made it is expired"),
    ("EXPSIG", "it is expired"),
    ("SIGEXPIRED", "it is expired"),
    ("BADSIG", "it does not fit the file"),
    ("ERRSIG", "it cannot be checked with the given keys"),
    ("NODATA", "it is not a signature"),
];

/// Digest algorithms that can be forged (RFC 9580, section 9.5): MD5, SHA-1, RIPEMD-160.
const WEAK_DIGESTS: [&str; 3] = ["1", "2", "3"];
/// The signature of a binary document (RFC 9580, section 5.2.1); one of a text also fits other line ends.
const BINARY: &str = "00";

/// The fingerprint of the primary key of the signer, or why the signature is not good.
pub(super) fn signer(status: &str) -> Result<String, &'static str> {
    let lines: Vec<Vec<&str>> = lines(status).collect();
    for (word, why) in REFUSED {
        if lines.iter().any(|line| line.first() == Some(&word)) {
            return Err(why);
        }
    }
    let is_good = lines.iter().any(|line| line.first() == Some(&"GOODSIG"));
    let mut valid = lines
        .iter()
        .filter(|line| line.first() == Some(&"VALIDSIG"));
    let (Some(line), true) = (valid.next(), is_good) else {
        return Err("no key that was given has made it");
    };
    if valid.next().is_some() {
        return Err("it holds more than one signature");
    }
    // VALIDSIG fingerprint date time expires version reserved algorithm digest class primary-fingerprint
    if line
        .get(8)
        .is_none_or(|digest| WEAK_DIGESTS.contains(digest))
    {
        return Err("its digest is MD5, SHA-1 or RIPEMD-160, which can be forged");
    }
    if line.get(9) != Some(&BINARY) {
        return Err("it is the signature of a text, not of a file");
    }
    let fingerprint = line.get(10).or(line.get(1)).copied().unwrap_or_default();
    Ok(fingerprint.to_owned())
}

/// Whether a key was read.
pub(super) fn has_imported(status: &str) -> bool {
    lines(status).any(|line| line.first() == Some(&"IMPORT_OK"))
}

fn lines(status: &str) -> impl Iterator<Item = Vec<&str>> {
    let lines = status.lines();
    lines.filter_map(|line| Some(line.strip_prefix("[GNUPG:] ")?.split(' ').collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG 0123456789ABCDEF Orders\n";

    fn valid(digest: &str, class: &str) -> String {
        let (sub, primary) = ("B".repeat(40), "A".repeat(40));
        format!(
            "[GNUPG:] VALIDSIG {sub} 2026-11-29 1796000000 0 4 0 22 {digest} {class} {primary}\n"
        )
    }

    #[test]
    fn the_signer_is_the_primary_key() {
        let status = GOOD.to_owned() + &valid("8", "00");
        assert_eq!(signer(&status), Ok("A".repeat(40)));
        // An expired subkey that did not sign.
        let other = format!("[GNUPG:] KEYEXPIRED 1700000000\n{status}");
        assert_eq!(signer(&other), Ok("A".repeat(40)));
    }

    #[test]
    fn every_word_against_a_signature_counts() {
        for (word, why) in REFUSED {
            let status = format!("{GOOD}[GNUPG:] {word} 0123\n{}", valid("8", "00"));
            assert_eq!(signer(&status), Err(why), "{word}");
        }
        for weak in WEAK_DIGESTS {
            assert!(signer(&(GOOD.to_owned() + &valid(weak, "00"))).is_err());
        }
        assert!(signer(&(GOOD.to_owned() + &valid("8", "01"))).is_err());
        assert!(signer(GOOD).is_err() && signer("").is_err() && signer(&valid("8", "00")).is_err());
        let two = GOOD.to_owned() + &valid("8", "00") + &valid("8", "00");
        assert!(signer(&two).is_err());
    }
}
