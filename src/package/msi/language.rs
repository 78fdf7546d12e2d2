//! The language of a package: its number and the code page of its texts.

use crate::format::language::Language as Known;
use crate::format::msi::CodePage;

/// A language that packages can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Language(Known);

impl Language {
    /// `en-US`.
    pub const ENGLISH: Self = Self(Known::ENGLISH);

    /// The language of a tag such as `zh-CN`, in any case.
    pub fn from_tag(tag: &str) -> Option<Self> {
        Known::from_tag(tag).map(Self)
    }

    /// All tags, sorted.
    pub fn tags() -> impl Iterator<Item = &'static str> {
        Known::tags()
    }

    /// The tag.
    pub fn tag(self) -> &'static str {
        self.0.tag()
    }

    /// The Windows language identifier, such as 1033.
    pub fn lcid(self) -> u16 {
        self.0.id()
    }

    /// The code page of the package's texts.
    pub fn code_page(self) -> CodePage {
        CodePage::from_number(self.0.code_page()).unwrap_or(CodePage::WESTERN)
    }

    /// Whether the package's own messages are Chinese; they are English otherwise.
    pub(super) fn is_simplified_chinese(self) -> bool {
        self.tag() == "zh-CN"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_its_code_page() {
        for tag in Language::tags() {
            let language = Language::from_tag(tag).expect("known");
            assert_eq!(
                language.code_page().number(),
                language.0.code_page(),
                "{tag}"
            );
        }
        assert_eq!(Language::from_tag("en-us"), Some(Language::ENGLISH));
        assert_eq!(Language::from_tag("tlh"), None);
    }
}
