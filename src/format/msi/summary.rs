//! The summary information stream ([MS-OLEPS]; Windows Installer SDK, "Summary Information Stream Property Set").

use super::codepage::CodePage;
use super::error::DatabaseError;

/// What the summary information says. Times are Unix seconds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// `Installation Database`.
    pub title: String,
    /// The product's name.
    pub subject: String,
    /// The manufacturer.
    pub author: String,
    /// What a file browser searches for.
    pub keywords: String,
    /// A remark.
    pub comments: String,
    /// Platform and language, such as `x64;1033`.
    pub template: String,
    /// The package code, a GUID in braces.
    pub revision: String,
    /// When the package was made, and when it was saved.
    pub created: i64,
    /// The least version of Windows Installer, times 100.
    pub page_count: i32,
    /// The source's type: 2 for compressed files with long names.
    pub word_count: i32,
    /// The program that made the package.
    pub application: String,
    /// 2: opened read-only is recommended.
    pub security: i32,
}

/// FMTID_SummaryInformation, `F29F85E0-4FF9-1068-AB91-08002B27B3D9`.
const FORMAT_ID: [u8; 16] = [
    0xe0, 0x85, 0x9f, 0xf2, 0xf9, 0x4f, 0x68, 0x10, 0xab, 0x91, 0x08, 0x00, 0x2b, 0x27, 0xb3, 0xd9,
];
/// Bytes before the only section.
const SECTION_OFFSET: u32 = 48;
/// Seconds from 1601 to 1970, the origins of FILETIME and of Unix time.
const FILETIME_ORIGIN: i64 = 11_644_473_600;

enum Property {
    Int16(i16),
    Int32(i32),
    Text(Vec<u8>),
    Time(i64),
}

impl Summary {
    /// The bytes of the stream `\u{5}SummaryInformation`.
    pub(super) fn encode(&self, code_page: CodePage) -> Result<Vec<u8>, DatabaseError> {
        let text = |text: &str| code_page.encode(text).map(Property::Text);
        let properties = [
            (1, Property::Int16(code_page.number() as i16)),
            (2, text(&self.title)?),
            (3, text(&self.subject)?),
            (4, text(&self.author)?),
            (5, text(&self.keywords)?),
            (6, text(&self.comments)?),
            (7, text(&self.template)?),
            (9, text(&self.revision)?),
            (12, Property::Time(self.created)),
            (13, Property::Time(self.created)),
            (14, Property::Int32(self.page_count)),
            (15, Property::Int32(self.word_count)),
            (18, text(&self.application)?),
            (19, Property::Int32(self.security)),
        ];
        Ok(encode_stream(&properties))
    }
}

fn encode_stream(properties: &[(u32, Property)]) -> Vec<u8> {
    let mut index = Vec::new();
    let mut values = Vec::new();
    let values_offset = 8 + 8 * properties.len();
    for (id, property) in properties {
        index.extend_from_slice(&id.to_le_bytes());
        index.extend_from_slice(&((values_offset + values.len()) as u32).to_le_bytes());
        encode_property(&mut values, property);
    }
    let mut out = vec![0xfe, 0xff, 0, 0];
    // Written by a 32-bit Windows 5.2, as packages commonly say.
    out.extend_from_slice(&[5, 2, 2, 0]);
    out.extend_from_slice(&[0; 16]);
    out.extend_from_slice(&1_u32.to_le_bytes());
    out.extend_from_slice(&FORMAT_ID);
    out.extend_from_slice(&SECTION_OFFSET.to_le_bytes());
    out.extend_from_slice(&((values_offset + values.len()) as u32).to_le_bytes());
    out.extend_from_slice(&(properties.len() as u32).to_le_bytes());
    out.extend_from_slice(&index);
    out.extend_from_slice(&values);
    out
}

fn encode_property(out: &mut Vec<u8>, property: &Property) {
    const VT_I2: u32 = 2;
    const VT_I4: u32 = 3;
    const VT_LPSTR: u32 = 30;
    const VT_FILETIME: u32 = 64;
    match property {
        Property::Int16(number) => {
            out.extend_from_slice(&VT_I2.to_le_bytes());
            out.extend_from_slice(&number.to_le_bytes());
        }
        Property::Int32(number) => {
            out.extend_from_slice(&VT_I4.to_le_bytes());
            out.extend_from_slice(&number.to_le_bytes());
        }
        Property::Text(bytes) => {
            out.extend_from_slice(&VT_LPSTR.to_le_bytes());
            out.extend_from_slice(&(bytes.len() as u32 + 1).to_le_bytes());
            out.extend_from_slice(bytes);
            out.push(0);
        }
        Property::Time(seconds) => {
            out.extend_from_slice(&VT_FILETIME.to_le_bytes());
            let ticks = (seconds + FILETIME_ORIGIN)
                .max(0)
                .saturating_mul(10_000_000);
            out.extend_from_slice(&ticks.to_le_bytes());
        }
    }
    out.resize(out.len().next_multiple_of(4), 0);
}
