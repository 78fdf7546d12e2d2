//! Languages by tag, with the numbers that Windows has for them.

/// A language of a country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Language {
    tag: &'static str,
    id: u16,
    code_page: u16,
}

/// Tag, Windows language identifier and ANSI code page ([MS-LCID]), sorted by tag.
const LANGUAGES: [(&str, u16, u16); 26] = [
    ("cs-CZ", 0x0405, 1250),
    ("da-DK", 0x0406, 1252),
    ("de-AT", 0x0c07, 1252),
    ("de-CH", 0x0807, 1252),
    ("de-DE", 0x0407, 1252),
    ("el-GR", 0x0408, 1253),
    ("en-GB", 0x0809, 1252),
    ("en-US", 0x0409, 1252),
    ("es-ES", 0x0c0a, 1252),
    ("fi-FI", 0x040b, 1252),
    ("fr-FR", 0x040c, 1252),
    ("hu-HU", 0x040e, 1250),
    ("it-IT", 0x0410, 1252),
    ("ja-JP", 0x0411, 932),
    ("ko-KR", 0x0412, 949),
    ("nb-NO", 0x0414, 1252),
    ("nl-NL", 0x0413, 1252),
    ("pl-PL", 0x0415, 1250),
    ("pt-BR", 0x0416, 1252),
    ("pt-PT", 0x0816, 1252),
    ("ru-RU", 0x0419, 1251),
    ("sv-SE", 0x041d, 1252),
    ("tr-TR", 0x041f, 1254),
    ("uk-UA", 0x0422, 1251),
    ("zh-CN", 0x0804, 936),
    ("zh-TW", 0x0404, 950),
];

impl Language {
    /// `en-US`.
    pub const ENGLISH: Self = Self {
        tag: "en-US",
        id: 0x0409,
        code_page: 1252,
    };

    /// The language of a tag such as `zh-CN`, in any case.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let found = LANGUAGES
            .iter()
            .find(|(known, ..)| known.eq_ignore_ascii_case(tag));
        found.map(|&(tag, id, code_page)| Self { tag, id, code_page })
    }

    /// All tags, sorted.
    pub fn tags() -> impl Iterator<Item = &'static str> {
        LANGUAGES.iter().map(|(tag, ..)| *tag)
    }

    /// The tag.
    pub fn tag(self) -> &'static str {
        self.tag
    }

    /// The Windows language identifier (LANGID), such as 0x0409.
    pub fn id(self) -> u16 {
        self.id
    }

    /// The ANSI code page.
    pub fn code_page(self) -> u16 {
        self.code_page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_ids_are_unique() {
        let mut ids: Vec<u16> = LANGUAGES.iter().map(|(_, id, _)| *id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), LANGUAGES.len());
        assert!(Language::tags().is_sorted());
        assert_eq!(Language::from_tag("EN-us"), Some(Language::ENGLISH));
        assert_eq!(Language::from_tag("en"), None);
    }
}
