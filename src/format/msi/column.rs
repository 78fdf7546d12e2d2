use std::fmt;

/// What a column stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A 16-bit number, -32,767 to 32,767.
    Int16,
    /// A 32-bit number; the lowest one stands for nothing.
    Int32,
    /// A text of at most `width` characters, 0 for any length.
    Text {
        /// The width.
        width: u8,
        /// Whether translators may change it.
        localizable: bool,
    },
    /// A stream.
    Stream,
}

/// A column's data type as `_Validation.Category` names it (Windows Installer SDK, "Column Data Types").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the SDK's")]
pub enum Category {
    Text,
    Formatted,
    Template,
    Condition,
    Guid,
    Version,
    Language,
    Identifier,
    Binary,
    UpperCase,
    Filename,
    WildCardFilename,
    RegPath,
    CustomSource,
    Property,
    Cabinet,
    Shortcut,
    FormattedSddlText,
    DefaultDir,
    Integer,
    DoubleInteger,
}

impl Category {
    const ALL: [Self; 21] = [
        Self::Text,
        Self::Formatted,
        Self::Template,
        Self::Condition,
        Self::Guid,
        Self::Version,
        Self::Language,
        Self::Identifier,
        Self::Binary,
        Self::UpperCase,
        Self::Filename,
        Self::WildCardFilename,
        Self::RegPath,
        Self::CustomSource,
        Self::Property,
        Self::Cabinet,
        Self::Shortcut,
        Self::FormattedSddlText,
        Self::DefaultDir,
        Self::Integer,
        Self::DoubleInteger,
    ];

    /// The name in `_Validation`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "Text",
            Self::Formatted => "Formatted",
            Self::Template => "Template",
            Self::Condition => "Condition",
            Self::Guid => "Guid",
            Self::Version => "Version",
            Self::Language => "Language",
            Self::Identifier => "Identifier",
            Self::Binary => "Binary",
            Self::UpperCase => "UpperCase",
            Self::Filename => "Filename",
            Self::WildCardFilename => "WildCardFilename",
            Self::RegPath => "RegPath",
            Self::CustomSource => "CustomSource",
            Self::Property => "Property",
            Self::Cabinet => "Cabinet",
            Self::Shortcut => "Shortcut",
            Self::FormattedSddlText => "FormattedSDDLText",
            Self::DefaultDir => "DefaultDir",
            Self::Integer => "Integer",
            Self::DoubleInteger => "DoubleInteger",
        }
    }

    /// The category of that name; none for the few that no table of ours uses.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|category| category.name() == name)
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A column's definition, with what `_Validation` says about its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name.
    pub name: String,
    /// What is stored.
    pub kind: Kind,
    /// Whether it belongs to the primary key.
    pub key: bool,
    /// Whether it may be empty.
    pub nullable: bool,
    /// The kind of text.
    pub category: Option<Category>,
    /// The least and the greatest number.
    pub range: Option<(i32, i32)>,
    /// The tables, separated by `;`, whose first key column must hold the value.
    pub key_table: Option<String>,
    /// The values allowed, separated by `;`.
    pub set: Option<String>,
}

const WIDTH_MASK: i32 = 0x00ff;
const BIT_VALID: i32 = 0x0100;
const BIT_LOCALIZABLE: i32 = 0x0200;
const BIT_16_OR_TEXT: i32 = 0x0400;
const BIT_TEXT: i32 = 0x0800;
const BIT_NULLABLE: i32 = 0x1000;
const BIT_KEY: i32 = 0x2000;

impl Column {
    /// A column without constraints.
    pub fn new(name: &str, kind: Kind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            key: false,
            nullable: false,
            category: None,
            range: None,
            key_table: None,
            set: None,
        }
    }

    /// The number in `_Columns.Type`.
    pub fn type_bits(&self) -> i32 {
        let kind = match self.kind {
            // A 32-bit number and a stream lack the bit that 16-bit numbers and texts have.
            Kind::Int16 => BIT_16_OR_TEXT | 2,
            Kind::Int32 => 4,
            Kind::Text { width, localizable } => {
                let localizable = if localizable { BIT_LOCALIZABLE } else { 0 };
                BIT_TEXT | BIT_16_OR_TEXT | localizable | i32::from(width)
            }
            Kind::Stream => BIT_TEXT,
        };
        let nullable = if self.nullable { BIT_NULLABLE } else { 0 };
        let key = if self.key { BIT_KEY } else { 0 };
        BIT_VALID | kind | nullable | key
    }

    /// The column of that name and `_Columns.Type`, without constraints.
    pub fn from_type_bits(name: &str, bits: i32) -> Self {
        let kind = match (bits & BIT_TEXT != 0, bits & BIT_16_OR_TEXT != 0) {
            (true, true) => Kind::Text {
                width: (bits & WIDTH_MASK) as u8,
                localizable: bits & BIT_LOCALIZABLE != 0,
            },
            (true, false) => Kind::Stream,
            (false, _) if bits & WIDTH_MASK == 2 => Kind::Int16,
            (false, _) => Kind::Int32,
        };
        let mut column = Self::new(name, kind);
        column.key = bits & BIT_KEY != 0;
        column.nullable = bits & BIT_NULLABLE != 0;
        column
    }

    /// Part of the primary key.
    pub fn key(mut self) -> Self {
        self.key = true;
        self
    }

    /// May be empty.
    pub fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// Of that category.
    pub fn category(mut self, category: Category) -> Self {
        self.category = Some(category);
        self
    }

    /// Between two numbers.
    pub fn range(mut self, least: i32, greatest: i32) -> Self {
        self.range = Some((least, greatest));
        self
    }

    /// One of the values separated by `;`.
    pub fn set(mut self, values: &str) -> Self {
        self.set = Some(values.to_owned());
        self
    }

    /// A key of one of the tables separated by `;`.
    pub fn refers_to(mut self, tables: &str) -> Self {
        self.key_table = Some(tables.to_owned());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_bits_are_those_of_other_databases() {
        let text = |width, localizable| Column::new("c", Kind::Text { width, localizable });
        assert_eq!(text(72, false).key().type_bits(), 0x2d48);
        assert_eq!(text(255, true).nullable().type_bits(), 0x1fff);
        assert_eq!(Column::new("c", Kind::Int16).type_bits(), 0x0502);
        assert_eq!(Column::new("c", Kind::Int32).nullable().type_bits(), 0x1104);
        assert_eq!(Column::new("c", Kind::Stream).type_bits(), 0x0900);
    }

    #[test]
    fn type_bits_round_trip() {
        for bits in [0x2d48, 0x1fff, 0x0502, 0x1104, 0x0900, 0x2502, 0x1d00] {
            assert_eq!(
                Column::from_type_bits("c", bits).type_bits(),
                bits,
                "{bits:#x}"
            );
        }
    }
}
