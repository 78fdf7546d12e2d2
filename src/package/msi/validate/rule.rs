//! The rules by name.

use std::fmt;

macro_rules! rules {
    ($($(#[$documentation:meta])+ $rule:ident = $name:literal,)+) => {
        /// A rule of the validator.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Rule {
            $($(#[$documentation])+ $rule,)+
        }

        impl Rule {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$rule),+];

            /// Its name, such as `ICE03`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$rule => $name,)+
                }
            }
        }
    };
}

rules! {
    /// Every cell is of its column's type, length, range, set and category, and every key is there once.
    Ice03 = "ICE03",
    /// No file's number is beyond the last one of Media.
    Ice04 = "ICE04",
    /// The properties that every package needs.
    Ice05 = "ICE05",
    /// A standard table has the standard columns.
    Ice06 = "ICE06",
    /// No two components share a code.
    Ice08 = "ICE08",
    /// A component whose key is a folder creates it.
    Ice18 = "ICE18",
    /// A component's key path is there.
    Ice19 = "ICE19",
    /// Every component belongs to a feature.
    Ice21 = "ICE21",
    /// Codes, version and language of the product are well formed.
    Ice24 = "ICE24",
    /// The order of standard actions.
    Ice27 = "ICE27",
    /// No two components install the same file.
    Ice30 = "ICE30",
    /// The summary information fits the tables.
    Ice39 = "ICE39",
    /// Properties that only the command line may set.
    Ice40 = "ICE40",
    /// No reserved bits.
    Ice45 = "ICE45",
    /// No two properties differ by case alone.
    Ice46 = "ICE46",
    /// A file with a version has a language, and no hash.
    Ice60 = "ICE60",
    /// What the Upgrade table sets can be set.
    Ice61 = "ICE61",
    /// Custom actions are of a known type, and their source is there.
    Ice68 = "ICE68",
    /// Files and components that texts and conditions name are there.
    Ice69 = "ICE69",
    /// There is a first disk.
    Ice71 = "ICE71",
    /// Deferred actions lie within the transaction.
    Ice77 = "ICE77",
    /// The bits of components fit the package's platform, and the summary's language the product's.
    Ice80 = "ICE80",
    /// No two actions have the same number.
    Ice82 = "ICE82",
    /// `Privileged` instead of `AdminUser`.
    Ice86 = "ICE86",
    /// No directory is named like a property of the engine.
    Ice99 = "ICE99",
    /// MsiServiceConfig has known types with fitting arguments.
    Ice102 = "ICE102",
    /// Access lists of one kind only, each for an object that is there, once.
    Ice104 = "ICE104",
    /// Every character is in the database's code page.
    Gr01 = "GR01",
    /// A file without a version has a hash.
    Gr02 = "GR02",
    /// No two files have the same number.
    Gr03 = "GR03",
    /// Every property that can be set has an effect.
    Gr04 = "GR04",
    /// Every property that is looked at can be set.
    Gr05 = "GR05",
    /// No folder stands right before a quote, which its backslash would escape.
    Gr06 = "GR06",
    /// A service says as whom it logs on.
    Gr07 = "GR07",
    /// A service's component has an executable as its key path.
    Gr08 = "GR08",
    /// Access lists are well formed.
    Gr09 = "GR09",
    /// No access list lets everybody write.
    Gr10 = "GR10",
    /// The cabinet holds what the table File says.
    Gr11 = "GR11",
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
