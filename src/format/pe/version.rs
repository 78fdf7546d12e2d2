//! The version resource: `VS_VERSIONINFO` in each language.
//!
//! Each language is a resource of its own, whose string tables begin with that language and hold the others after
//! it: Windows picks the resource by the user's language, a program may then ask for any table.
//!
//! Source: Microsoft, "VS_VERSIONINFO structure" and "VS_FIXEDFILEINFO structure".

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use super::layout::{u16_at, u32_at};
use super::{Name, PeError, Resources, kind, read_resources};

/// `VS_FIXEDFILEINFO`: its signature, its structure version and its size.
const SIGNATURE: u32 = 0xFEEF_04BD;
const STRUCTURE_VERSION: u32 = 0x0001_0000;
const FIXED_SIZE: usize = 52;
/// VS_FFI_FILEFLAGSMASK, VS_FF_PRERELEASE, VOS_NT_WINDOWS32, VFT_APP.
const FLAGS_MASK: u32 = 0x3f;
const FLAG_PRERELEASE: u32 = 0x02;
const OS_WINDOWS: u32 = 0x0004_0004;
const TYPE_APPLICATION: u32 = 1;
/// UTF-16, the code page of every string table.
const UNICODE: u16 = 1200;

/// Whether the file is a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Maturity {
    /// It is.
    Release,
    /// It is a pre-release or a snapshot.
    Prerelease,
}

/// The texts of one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Strings {
    /// LANGID, such as 0x0409 for en-US.
    pub language: u16,
    /// Name and text, such as `FileDescription`; kept in this order.
    pub entries: Vec<(String, String)>,
}

impl Strings {
    /// A text by its name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.entries
            .iter()
            .find(|(each, _)| each == name)
            .map(|(_, text)| text.as_str())
    }
}

/// The content of a version resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct VersionInfo {
    /// The numbers of the file.
    pub file_version: [u16; 4],
    /// The numbers of the product.
    pub product_version: [u16; 4],
    /// Whether VS_FF_PRERELEASE is set.
    pub maturity: Maturity,
    /// At least one language.
    pub strings: Vec<Strings>,
}

impl VersionInfo {
    /// Puts one resource a language into `resources`; `None` when a text is too long for the format (about 32,000
    /// characters together).
    pub fn add_to(&self, resources: &mut Resources) -> Option<()> {
        for index in 0..self.strings.len() {
            let mut strings: Vec<_> = self.strings.iter().collect();
            strings[..=index].rotate_right(1);
            resources.insert(
                kind::VERSION,
                Name::Id(1),
                self.strings[index].language,
                self.encode(&strings)?,
            );
        }
        Some(())
    }

    /// The numbers of the file as `a.b.c.d`.
    pub fn file_version_text(&self) -> String {
        self.file_version.map(|part| part.to_string()).join(".")
    }

    fn encode(&self, strings: &[&Strings]) -> Option<Vec<u8>> {
        let tables = strings.iter().map(|table| {
            let texts = table.entries.iter().map(|(name, text)| {
                let mut value = utf16(text);
                value.extend([0, 0]);
                block(name, Value::Text(&value), &[])
            });
            let key = format!("{:04X}{UNICODE:04X}", table.language);
            block(&key, Value::Text(&[]), &texts.collect::<Option<Vec<_>>>()?)
        });
        let tables = block(
            "StringFileInfo",
            Value::Text(&[]),
            &tables.collect::<Option<Vec<_>>>()?,
        )?;
        let pairs: Vec<u8> = strings
            .iter()
            .flat_map(|table| [table.language, UNICODE])
            .flat_map(u16::to_le_bytes)
            .collect();
        let translation = block("Translation", Value::Binary(&pairs), &[])?;
        let variables = block("VarFileInfo", Value::Text(&[]), &[translation])?;
        block(
            "VS_VERSION_INFO",
            Value::Binary(&self.fixed()),
            &[tables, variables],
        )
    }

    fn fixed(&self) -> Vec<u8> {
        let [high, low] = halves(self.file_version);
        let [product_high, product_low] = halves(self.product_version);
        let flags = match self.maturity {
            Maturity::Release => 0,
            Maturity::Prerelease => FLAG_PRERELEASE,
        };
        // The date at the end stays zero, as compilers leave it.
        [
            SIGNATURE,
            STRUCTURE_VERSION,
            high,
            low,
            product_high,
            product_low,
            FLAGS_MASK,
            flags,
            OS_WINDOWS,
            TYPE_APPLICATION,
            0,
            0,
            0,
        ]
        .into_iter()
        .flat_map(u32::to_le_bytes)
        .collect()
    }

    /// Reads the content of a version resource.
    pub fn parse(data: &[u8]) -> Option<Self> {
        let root = Block::parse(data)?;
        let fixed = root
            .value
            .get(..FIXED_SIZE)
            .filter(|_| root.key == "VS_VERSION_INFO")?;
        let word = |index: usize| u32_at(fixed, index * 4);
        if word(0)? != SIGNATURE {
            return None;
        }
        let parts = |index| {
            Some([
                word(index)? >> 16,
                word(index)? & 0xffff,
                word(index + 1)? >> 16,
                word(index + 1)? & 0xffff,
            ])
        };
        let mut strings = Vec::new();
        for table in root
            .children()?
            .iter()
            .filter(|block| block.key == "StringFileInfo")
        {
            for table in table.children()? {
                let language = u16::from_str_radix(table.key.get(..4)?, 16).ok()?;
                let entries = table
                    .children()?
                    .into_iter()
                    .map(|block| block.text())
                    .collect::<Option<_>>()?;
                strings.push(Strings { language, entries });
            }
        }
        Some(Self {
            file_version: parts(2)?.map(|part| part as u16),
            product_version: parts(4)?.map(|part| part as u16),
            maturity: match word(6)? & word(7)? & FLAG_PRERELEASE {
                0 => Maturity::Release,
                _ => Maturity::Prerelease,
            },
            strings,
        })
    }
}

/// Two numbers in each 32-bit field, the weightier above.
fn halves([a, b, c, d]: [u16; 4]) -> [u32; 2] {
    [(a, b), (c, d)].map(|(high, low)| u32::from(high) << 16 | u32::from(low))
}

/// The version resource of an executable, of its first language; none when it has none.
pub fn read(path: &Path) -> Result<Option<VersionInfo>, PeError> {
    let resources = read_resources(path)?;
    let Some((_, _, data)) = resources.of_kind(&kind::VERSION).next() else {
        return Ok(None);
    };
    match VersionInfo::parse(data) {
        Some(info) => Ok(Some(info)),
        None => Err(PeError::Damaged {
            path: path.to_owned(),
            what: "the version resource",
        }),
    }
}

enum Value<'a> {
    Text(&'a [u8]),
    Binary(&'a [u8]),
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The structure that repeats at every level: length, length of the value (in characters for a text), kind, key,
/// value, children; all but the lengths start at multiples of four.
fn block(key: &str, value: Value, children: &[Vec<u8>]) -> Option<Vec<u8>> {
    let (kind, count, value) = match value {
        Value::Text(value) => (1_u16, value.len() / 2, value),
        Value::Binary(value) => (0_u16, value.len(), value),
    };
    let mut bytes = vec![0; 6];
    bytes.extend(utf16(key));
    bytes.extend([0, 0]);
    if !value.is_empty() {
        align(&mut bytes);
        bytes.extend_from_slice(value);
    }
    for child in children {
        align(&mut bytes);
        bytes.extend_from_slice(child);
    }
    let length = u16::try_from(bytes.len()).ok()?;
    bytes[..2].copy_from_slice(&length.to_le_bytes());
    bytes[2..4].copy_from_slice(&u16::try_from(count).ok()?.to_le_bytes());
    bytes[4..6].copy_from_slice(&kind.to_le_bytes());
    Some(bytes)
}

fn align(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
}

/// One structure, read.
struct Block<'a> {
    key: String,
    value: &'a [u8],
    children: &'a [u8],
}

impl<'a> Block<'a> {
    fn parse(data: &'a [u8]) -> Option<Self> {
        let data = data.get(..usize::from(u16_at(data, 0)?))?;
        let count = usize::from(u16_at(data, 2)?);
        let size = if u16_at(data, 4)? == 1 {
            count * 2
        } else {
            count
        };
        let units: Vec<u16> = (3..)
            .map_while(|index| u16_at(data, index * 2))
            .take_while(|unit| *unit != 0)
            .collect();
        let start = (6 + (units.len() + 1) * 2)
            .next_multiple_of(4)
            .min(data.len());
        let end = start.checked_add(size)?;
        Some(Self {
            key: String::from_utf16(&units).ok()?,
            value: data.get(start..end)?,
            children: data.get(end.next_multiple_of(4)..).unwrap_or_default(),
        })
    }

    fn children(&self) -> Option<Vec<Self>> {
        let mut blocks = Vec::new();
        let mut rest = self.children;
        while rest.len() >= 6 {
            let length = usize::from(u16_at(rest, 0)?);
            blocks.push(Self::parse(rest)?);
            rest = rest
                .get(length.next_multiple_of(4).max(4)..)
                .unwrap_or_default();
        }
        Some(blocks)
    }

    /// Name and text of a string.
    fn text(self) -> Option<(String, String)> {
        let units = self
            .value
            .as_chunks::<2>()
            .0
            .iter()
            .map(|unit| u16::from_le_bytes(*unit));
        let units: Vec<u16> = units.take_while(|unit| *unit != 0).collect();
        Some((self.key, String::from_utf16(&units).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sample() -> VersionInfo {
        let strings = |language, description: &str| Strings {
            language,
            entries: vec![
                ("FileDescription".into(), description.into()),
                ("Comments".into(), String::new()),
                ("ProductVersion".into(), "1.4.2-rc.1".into()),
            ],
        };
        VersionInfo {
            file_version: [1, 4, 2, 40002],
            product_version: [1, 4, 2, 40002],
            maturity: Maturity::Prerelease,
            strings: vec![strings(0x0409, "Orders API"), strings(0x0804, "订单接口 ❤")],
        }
    }

    #[test]
    fn each_language_comes_first_in_its_own_resource() {
        let mut resources = Resources::default();
        sample().add_to(&mut resources).expect("short");
        let found: Vec<_> = resources.of_kind(&kind::VERSION).collect();
        assert_eq!(
            found
                .iter()
                .map(|(_, language, _)| *language)
                .collect::<Vec<_>>(),
            [0x0409, 0x0804]
        );
        let english = VersionInfo::parse(found[0].2).expect("readable");
        assert_eq!(english, sample());
        let chinese = VersionInfo::parse(found[1].2).expect("readable");
        assert_eq!(
            chinese.strings[0].get("FileDescription"),
            Some("订单接口 ❤")
        );
        assert_eq!(chinese.strings[1], sample().strings[0]);
    }

    #[test]
    fn refuses_what_is_too_long() {
        let mut info = sample();
        info.strings[0].entries[0].1 = "x".repeat(40_000);
        assert_eq!(info.add_to(&mut Resources::default()), None);
    }

    proptest! {
        /// Texts come back as they went in, whatever they contain but the character that ends them.
        #[test]
        fn round_trips(text in "[^\0]{0,60}", name in "[A-Za-z ]{1,20}") {
            let mut info = sample();
            info.strings[0].entries.push((name, text));
            let strings: Vec<_> = info.strings.iter().collect();
            prop_assert_eq!(VersionInfo::parse(&info.encode(&strings).expect("short")), Some(info));
        }

        #[test]
        fn survives_damage(position in 0_usize..600, value: u8, cut in 0_usize..600) {
            let info = sample();
            let mut data = info.encode(&info.strings.iter().collect::<Vec<_>>()).expect("short");
            let position = position % data.len();
            data[position] = value;
            data.truncate(data.len() - cut % data.len());
            let _ = VersionInfo::parse(&data);
        }
    }
}
