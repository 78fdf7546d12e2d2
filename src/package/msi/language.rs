use crate::format::msi::CodePage;

/// A language that packages can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Language {
    tag: &'static str,
    lcid: u16,
    code_page: u16,
}

/// Tag, Windows language identifier and ANSI code page ([MS-LCID]).
const LANGUAGES: &[(&str, u16, u16)] = &[
    ("cs-CZ", 1029, 1250),
    ("da-DK", 1030, 1252),
    ("de-DE", 1031, 1252),
    ("el-GR", 1032, 1253),
    ("en-US", 1033, 1252),
    ("es-ES", 3082, 1252),
    ("fi-FI", 1035, 1252),
    ("fr-FR", 1036, 1252),
    ("hu-HU", 1038, 1250),
    ("it-IT", 1040, 1252),
    ("ja-JP", 1041, 932),
    ("ko-KR", 1042, 949),
    ("nb-NO", 1044, 1252),
    ("nl-NL", 1043, 1252),
    ("pl-PL", 1045, 1250),
    ("pt-BR", 1046, 1252),
    ("pt-PT", 2070, 1252),
    ("ru-RU", 1049, 1251),
    ("sv-SE", 1053, 1252),
    ("tr-TR", 1055, 1254),
    ("uk-UA", 1058, 1251),
    ("zh-CN", 2052, 936),
    ("zh-TW", 1028, 950),
];

impl Language {
    /// `en-US`.
    pub const ENGLISH: Self = Self {
        tag: "en-US",
        lcid: 1033,
        code_page: 1252,
    };

    /// The language of a tag such as `zh-CN`, in any case.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let (tag, lcid, code_page) = LANGUAGES
            .iter()
            .copied()
            .find(|(known, _, _)| known.eq_ignore_ascii_case(tag))?;
        Some(Self {
            tag,
            lcid,
            code_page,
        })
    }

    /// All tags, sorted.
    pub fn tags() -> impl Iterator<Item = &'static str> {
        LANGUAGES.iter().map(|(tag, _, _)| *tag)
    }

    /// The tag.
    pub fn tag(self) -> &'static str {
        self.tag
    }

    /// The Windows language identifier, such as 1033.
    pub fn lcid(self) -> u16 {
        self.lcid
    }

    /// The code page of the package's texts.
    pub fn code_page(self) -> CodePage {
        CodePage::from_number(self.code_page).unwrap_or(CodePage::WESTERN)
    }

    /// Whether the package's own messages are Chinese; they are English otherwise.
    pub(super) fn is_simplified_chinese(self) -> bool {
        self.tag == "zh-CN"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_its_code_page() {
        for tag in Language::tags() {
            let language = Language::from_tag(tag).unwrap();
            assert_eq!(language.code_page().number(), language.code_page, "{tag}");
        }
        assert_eq!(Language::from_tag("en-us"), Some(Language::ENGLISH));
        assert_eq!(Language::from_tag("tlh"), None);
    }
}
