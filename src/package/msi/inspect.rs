//! What any MSI says about itself, for people and for scripts.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde::Serialize;

use super::error::PackageError;
use super::validate::{Finding, validate};
use super::verify::open;
use crate::format::msi::{Database, Row, Table};

/// The content of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Inspection {
    /// The product's properties: name, version, codes and so on.
    pub product: BTreeMap<String, String>,
    /// The summary information.
    pub summary: BTreeMap<String, String>,
    /// Whether the file carries a signature; whether it holds is for a signing tool.
    pub signed: bool,
    /// The files, sorted by path.
    pub files: Vec<InspectedFile>,
    /// The services.
    pub services: Vec<InspectedService>,
    /// Features with their level; those above INSTALLLEVEL are off by default.
    pub features: Vec<InspectedFeature>,
    /// What must hold before an installation, with the message.
    pub conditions: Vec<Pair>,
    /// Properties that the command line may set, with what the package itself gives them.
    pub properties: Vec<Pair>,
    /// Registry values: key and name, value.
    pub registry: Vec<Pair>,
    /// Custom actions: name, command or value.
    pub actions: Vec<Pair>,
    /// Rows of each table.
    pub tables: BTreeMap<String, usize>,
    /// Broken rules of Windows Installer.
    pub findings: Vec<String>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct InspectedFile {
    /// Where it goes, from the first directory that is no standard one.
    pub path: String,
    /// Its size in bytes.
    pub size: i32,
    /// Its version, when it has one.
    pub version: Option<String>,
    /// Whether it survives upgrade and removal.
    pub kept: bool,
}

/// One service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InspectedService {
    /// Its key name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// `automatic`, `manual` or `disabled`.
    pub start: &'static str,
    /// Its account.
    pub account: String,
    /// Its arguments.
    pub arguments: String,
    /// Services that must run first.
    pub dependencies: Vec<String>,
}

/// One feature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InspectedFeature {
    /// Its key, as ADDLOCAL takes it.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Its level.
    pub level: i32,
}

/// A name with its value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Pair {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// Reads any MSI.
///
/// # Errors
/// A file that cannot be read as a package.
pub fn inspect(path: &Path) -> Result<Inspection, PackageError> {
    let (database, reader) = open(path)?;
    let findings = validate(&database).iter().map(Finding::to_string).collect();
    let mut inspection = of_database(&database);
    inspection.signed = reader.is_signed();
    inspection
        .summary
        .insert("Codepage".to_owned(), reader.code_page_number().to_string());
    inspection.findings = findings;
    Ok(inspection)
}

fn of_database(database: &Database) -> Inspection {
    Inspection {
        product: product(database),
        summary: summary(database),
        signed: false,
        files: files(database),
        services: each(database, "ServiceInstall", service),
        features: each(database, "Feature", |table, row| InspectedFeature {
            name: table.text(row, "Feature").to_owned(),
            title: table.text(row, "Title").to_owned(),
            level: table.number(row, "Level").unwrap_or_default(),
        }),
        conditions: each(database, "LaunchCondition", |table, row| {
            pair(table, row, "Condition", "Description")
        }),
        properties: public_properties(database),
        registry: each(database, "Registry", registry),
        actions: each(database, "CustomAction", |table, row| {
            pair(table, row, "Action", "Target")
        }),
        tables: database
            .tables
            .iter()
            .map(|(name, table)| (name.clone(), table.rows.len()))
            .collect(),
        findings: Vec::new(),
    }
}

fn each<T>(database: &Database, table: &str, make: impl Fn(&Table, &Row) -> T) -> Vec<T> {
    let table = database.table(table);
    table
        .iter()
        .flat_map(|table| table.rows.iter().map(|row| make(table, row)))
        .collect()
}

fn pair(table: &Table, row: &Row, name: &str, value: &str) -> Pair {
    Pair {
        name: table.text(row, name).to_owned(),
        value: table.text(row, value).to_owned(),
    }
}

fn product(database: &Database) -> BTreeMap<String, String> {
    const NAMES: [&str; 10] = [
        "ProductName",
        "ProductVersion",
        "ProductCode",
        "UpgradeCode",
        "ProductLanguage",
        "Manufacturer",
        "ARPCOMMENTS",
        "ARPURLINFOABOUT",
        "ARPHELPLINK",
        "ARPURLUPDATEINFO",
    ];
    let value = |name: &str| Some((name.to_owned(), database.property(name)?.to_owned()));
    NAMES.into_iter().filter_map(value).collect()
}

fn summary(database: &Database) -> BTreeMap<String, String> {
    let summary = &database.summary;
    [
        ("Template", summary.template.clone()),
        ("PackageCode", summary.revision.clone()),
        ("PageCount", summary.page_count.to_string()),
        ("Subject", summary.subject.clone()),
        ("Author", summary.author.clone()),
        ("CreatingApplication", summary.application.clone()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

fn files(database: &Database) -> Vec<InspectedFile> {
    const PERMANENT: i32 = 16;
    let components = database.table("Component");
    let mut files = each(database, "File", |table, row| {
        let component = components.and_then(|components| {
            components
                .find(table.text(row, "Component_"))
                .map(|row| (components, row))
        });
        let directory =
            component.map_or("", |(components, row)| components.text(row, "Directory_"));
        let attributes =
            component.and_then(|(components, row)| components.number(row, "Attributes"));
        let name = long_name(table.text(row, "FileName"));
        InspectedFile {
            path: format!("{}\\{name}", directory_path(database, directory)),
            size: table.number(row, "FileSize").unwrap_or_default(),
            version: Some(table.text(row, "Version").to_owned())
                .filter(|version| !version.is_empty()),
            kept: attributes.unwrap_or_default() & PERMANENT != 0,
        }
    });
    files.sort();
    files
}

/// The path of a directory below `TARGETDIR`, with standard directories by their property.
fn directory_path(database: &Database, directory: &str) -> String {
    let Some(table) = database.table("Directory") else {
        return directory.to_owned();
    };
    let mut parts = Vec::new();
    let mut current = directory;
    // No chain is longer than the table.
    for _ in 0..table.rows.len() {
        let Some(row) = table.find(current) else {
            break;
        };
        let name = table
            .text(row, "DefaultDir")
            .split(':')
            .next()
            .unwrap_or_default();
        let parent = table.text(row, "Directory_Parent");
        if parent.is_empty() || parent == "TARGETDIR" {
            parts.push(format!("[{current}]"));
            break;
        }
        if name != "." {
            parts.push(long_name(name).to_owned());
        }
        current = parent;
    }
    parts.reverse();
    parts.join("\\")
}

fn long_name(name: &str) -> &str {
    name.rsplit('|').next().unwrap_or(name)
}

fn service(table: &Table, row: &Row) -> InspectedService {
    let text = |column| table.text(row, column).to_owned();
    InspectedService {
        name: text("Name"),
        title: text("DisplayName"),
        start: match table.number(row, "StartType") {
            Some(3) => "manual",
            Some(4) => "disabled",
            _ => "automatic",
        },
        account: text("StartName"),
        arguments: text("Arguments"),
        dependencies: text("Dependencies")
            .split("[~]")
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
    }
}

fn registry(table: &Table, row: &Row) -> Pair {
    let root = match table.number(row, "Root") {
        Some(0) => "HKCR",
        Some(1) => "HKCU",
        Some(2) => "HKLM",
        Some(3) => "HKU",
        _ => "HKCU or HKLM",
    };
    let name = format!(
        "{root}\\{}\\{}",
        table.text(row, "Key"),
        table.text(row, "Name")
    );
    Pair {
        name,
        value: table.text(row, "Value").to_owned(),
    }
}

/// What the command line may set and something in the package gives a value.
fn public_properties(database: &Database) -> Vec<Pair> {
    let secure = database
        .property("SecureCustomProperties")
        .unwrap_or_default();
    let hidden: Vec<&str> = database
        .property("MsiHiddenProperties")
        .unwrap_or_default()
        .split(';')
        .collect();
    let default = |name: &str| {
        let actions = database.table("CustomAction")?;
        let sets = |row: &&Row| {
            actions.text(row, "Source") == name
                && !actions.text(row, "Target").starts_with("[SAVED_")
        };
        let set = actions
            .rows
            .iter()
            .find(sets)
            .map(|row| actions.text(row, "Target").to_owned());
        set.or_else(|| database.property(name).map(str::to_owned))
    };
    let value = |name: &str| {
        if hidden.contains(&name) {
            "(hidden)".to_owned()
        } else {
            default(name).unwrap_or_default()
        }
    };
    secure
        .split(';')
        .filter(|name| {
            !name.is_empty() && !name.starts_with("SAVED_") && !name.starts_with("EARLIER_")
        })
        .map(|name| Pair {
            name: name.to_owned(),
            value: value(name),
        })
        .collect()
}

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let section =
            |f: &mut fmt::Formatter<'_>, title: &str, lines: Vec<String>| -> fmt::Result {
                if lines.is_empty() {
                    return Ok(());
                }
                writeln!(f, "{title}")?;
                lines.iter().try_for_each(|line| writeln!(f, "  {line}"))
            };
        let map = |map: &BTreeMap<String, String>| -> Vec<String> {
            map.iter()
                .map(|(name, value)| format!("{name:<20} {value}"))
                .collect()
        };
        let pairs = |pairs: &[Pair]| -> Vec<String> {
            pairs
                .iter()
                .map(|pair| format!("{} = {}", pair.name, pair.value))
                .collect()
        };
        section(f, "product", map(&self.product))?;
        section(f, "summary", map(&self.summary))?;
        writeln!(f, "signed\n  {}", if self.signed { "yes" } else { "no" })?;
        section(
            f,
            "files",
            self.files.iter().map(InspectedFile::to_string).collect(),
        )?;
        section(
            f,
            "services",
            self.services
                .iter()
                .map(InspectedService::to_string)
                .collect(),
        )?;
        let feature = |feature: &InspectedFeature| {
            let off = if feature.level > 1 {
                ", off by default"
            } else {
                ""
            };
            format!("{} ({}{off})", feature.name, feature.title)
        };
        section(f, "features", self.features.iter().map(feature).collect())?;
        section(f, "conditions", pairs(&self.conditions))?;
        section(f, "properties", pairs(&self.properties))?;
        section(f, "registry", pairs(&self.registry))?;
        section(f, "custom actions", pairs(&self.actions))?;
        let tables = self
            .tables
            .iter()
            .map(|(name, rows)| format!("{rows:>5} {name}"))
            .collect();
        section(f, "tables", tables)?;
        section(f, "broken rules", self.findings.clone())
    }
}

impl fmt::Display for InspectedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>11} {}", self.size, self.path)?;
        if let Some(version) = &self.version {
            write!(f, " {version}")?;
        }
        if self.kept {
            write!(f, " (kept)")?;
        }
        Ok(())
    }
}

impl fmt::Display for InspectedService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} \"{}\", {}, as {}",
            self.name, self.title, self.start, self.account
        )?;
        if !self.arguments.is_empty() {
            write!(f, ", arguments {}", self.arguments)?;
        }
        if !self.dependencies.is_empty() {
            write!(f, ", after {}", self.dependencies.join(", "))?;
        }
        Ok(())
    }
}
