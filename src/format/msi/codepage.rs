use encoding_rs as encodings;
use encoding_rs::{EncoderResult, Encoding};

use super::error::DatabaseError;

/// A Windows code page that a database can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodePage {
    number: u16,
    encoding: &'static Encoding,
}

impl CodePage {
    /// Windows-1252, Western European.
    pub const WESTERN: Self = Self {
        number: 1252,
        encoding: encodings::WINDOWS_1252,
    };

    /// The code page of that number; none when it is not one that packages use. 65001 (UTF-8) is left out on
    /// purpose: Windows Installer refuses such a summary information stream.
    pub fn from_number(number: u16) -> Option<Self> {
        let encoding = match number {
            874 => encodings::WINDOWS_874,
            932 => encodings::SHIFT_JIS,
            936 => encodings::GBK,
            949 => encodings::EUC_KR,
            950 => encodings::BIG5,
            1250 => encodings::WINDOWS_1250,
            1251 => encodings::WINDOWS_1251,
            1252 => encodings::WINDOWS_1252,
            1253 => encodings::WINDOWS_1253,
            1254 => encodings::WINDOWS_1254,
            1255 => encodings::WINDOWS_1255,
            1256 => encodings::WINDOWS_1256,
            1257 => encodings::WINDOWS_1257,
            1258 => encodings::WINDOWS_1258,
            _ => return None,
        };
        Some(Self { number, encoding })
    }

    /// The number, such as 1252.
    pub fn number(self) -> u16 {
        self.number
    }

    /// The first character of `text` that the code page lacks.
    pub fn missing(self, text: &str) -> Option<char> {
        if text.is_ascii() {
            return None;
        }
        let mut buffer = Vec::with_capacity(text.len() * 2 + 16);
        let mut encoder = self.encoding.new_encoder();
        match encoder
            .encode_from_utf8_to_vec_without_replacement(text, &mut buffer, true)
            .0
        {
            EncoderResult::Unmappable(character) => Some(character),
            EncoderResult::InputEmpty | EncoderResult::OutputFull => None,
        }
    }

    /// The bytes of `text`.
    ///
    /// # Errors
    /// A character that the code page lacks: nothing is replaced silently.
    pub fn encode(self, text: &str) -> Result<Vec<u8>, DatabaseError> {
        match self.missing(text) {
            Some(character) => Err(DatabaseError::Character {
                character,
                text: text.to_owned(),
                code_page: self.number,
            }),
            None => Ok(self.encoding.encode(text).0.into_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_replaced() {
        assert_eq!(CodePage::WESTERN.encode("é").unwrap(), [0xe9]);
        assert_eq!(CodePage::WESTERN.missing("é日本"), Some('日'));
        let chinese = CodePage::from_number(936).unwrap();
        assert_eq!(
            chinese.encode("订单服务").unwrap(),
            [0xb6, 0xa9, 0xb5, 0xa5, 0xb7, 0xfe, 0xce, 0xf1]
        );
        assert_eq!(chinese.missing("订单 é ñ"), Some('ñ'));
        assert!(CodePage::from_number(65001).is_none());
    }
}
