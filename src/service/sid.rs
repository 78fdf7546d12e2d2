//! The service SID, computed from the name alone, so that an access list can be written at build time.

use sha1::{Digest, Sha1};

use super::model::{Account, SidType};

/// The SID of `NT SERVICE\<name>`: `S-1-5-80-` and the five little-endian words of the SHA-1 of the name in
/// upper case and UTF-16LE ([MS-DTYP] 2.4.2.4, well-known SIDs; `sc.exe showsid` prints the same).
pub fn service_sid(name: &str) -> String {
    let mut hash = Sha1::new();
    for unit in upper_case(name).encode_utf16() {
        hash.update(unit.to_le_bytes());
    }
    let words: Vec<String> = hash
        .finalize()
        .chunks_exact(4)
        .map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]).to_string())
        .collect();
    format!("S-1-5-80-{}", words.join("-"))
}

/// Whom the directories of a service are opened for, as a SID or a name: the service alone where it has a SID, else its
/// account. None for LocalSystem, which may everything.
pub fn trustee(account: &Account, sid_type: SidType, name: &str) -> Option<String> {
    match (account, sid_type) {
        (Account::LocalSystem, _) => None,
        (Account::Virtual, _) | (_, SidType::Unrestricted | SidType::Restricted) => {
            Some(service_sid(name))
        }
        (Account::LocalService, SidType::None) => Some("S-1-5-19".to_owned()),
        (Account::NetworkService, SidType::None) => Some("S-1-5-20".to_owned()),
        (Account::GroupManaged(name) | Account::User(name), SidType::None) => Some(name.clone()),
    }
}

/// Upper case as `RtlUpcaseUnicodeString` does it: one character for one, so `ß` stays.
fn upper_case(name: &str) -> String {
    let single = |character: char| {
        let mut upper = character.to_uppercase();
        match (upper.next(), upper.next()) {
            (Some(only), None) => only,
            _ => character,
        }
    };
    name.chars().map(single).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trusted_installer_has_its_well_known_sid() {
        let sid = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";
        assert_eq!(service_sid("TrustedInstaller"), sid);
        assert_eq!(service_sid("trustedinstaller"), sid);
    }

    #[test]
    fn a_letter_without_a_single_upper_case_stays() {
        assert_eq!(upper_case("Straße"), "STRAßE");
    }
}
