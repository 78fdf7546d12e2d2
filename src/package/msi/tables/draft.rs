use std::collections::BTreeMap;

use crate::format::msi::{Table, Value, schema};
use crate::package::msi::formatted::escape;
use crate::package::msi::identity::{braced, component_code};
use crate::package::msi::model::Package;

/// The feature that everything but firewall rules belongs to.
pub(in crate::package::msi) const MAIN_FEATURE: &str = "Main";

/// msidbComponentAttributesRegistryKeyPath.
const REGISTRY_KEY_PATH: i32 = 4;
/// msidbComponentAttributesPermanent.
pub(super) const PERMANENT: i32 = 16;
/// msidbComponentAttributesTransitive: the condition is looked at again in a repair.
pub(super) const TRANSITIVE: i32 = 64;
/// msidbComponentAttributesNeverOverwrite.
pub(super) const NEVER_OVERWRITE: i32 = 128;
/// msidbComponentAttributes64bit.
const COMPONENT_64_BIT: i32 = 256;

/// HKEY_LOCAL_MACHINE in `Registry.Root`.
const LOCAL_MACHINE: i32 = 2;

/// Tables while they are filled.
#[derive(Default)]
pub(in crate::package::msi) struct Draft {
    tables: BTreeMap<&'static str, Table>,
}

/// What tells Windows Installer that a component is there.
pub(super) enum KeyPath<'a> {
    /// A row of `File`.
    File(&'a str),
    /// A row of `Registry`.
    Registry(&'a str),
    /// The component's folder.
    Folder,
}

/// A row of `Component`.
pub(super) struct Component<'a> {
    pub(super) key: &'a str,
    /// What the component installs and where: the root of its code.
    pub(super) identity: &'a str,
    pub(super) directory: &'a str,
    pub(super) attributes: i32,
    /// Under which condition it is installed; none: always.
    pub(super) condition: Option<&'a str>,
    pub(super) key_path: KeyPath<'a>,
    pub(super) feature: &'a str,
}

impl Draft {
    /// Adds a row; columns that are left out at the end are empty.
    pub(super) fn push(&mut self, table: &'static str, row: impl IntoIterator<Item = Value>) {
        let empty = || schema::table(table).unwrap_or_else(|| Table::new(table, Vec::new()));
        self.tables.entry(table).or_insert_with(empty).push(row);
    }

    /// Whether a table has rows.
    pub(super) fn has(&self, table: &str) -> bool {
        self.tables.contains_key(table)
    }

    /// Whether a table has a row with this key.
    pub(super) fn has_row(&self, table: &str, key: &str) -> bool {
        let mut keys = self
            .rows(table)
            .iter()
            .filter_map(|row| row.first()?.as_text());
        keys.any(|found| found == key)
    }

    /// The rows of a table.
    pub(super) fn rows(&self, table: &str) -> &[Vec<Value>] {
        self.tables.get(table).map_or(&[], |table| &table.rows)
    }

    /// Adds a component and puts it into its feature.
    pub(super) fn component(&mut self, package: &Package, component: &Component) {
        let (bits, key_path) = match component.key_path {
            KeyPath::File(key) => (0, Some(key)),
            KeyPath::Registry(key) => (REGISTRY_KEY_PATH, Some(key)),
            KeyPath::Folder => (0, None),
        };
        let width = if package.product.architecture.is_64_bit() {
            COMPONENT_64_BIT
        } else {
            0
        };
        self.push(
            "Component",
            [
                component.key.into(),
                braced(component_code(&package.product, component.identity)).into(),
                component.directory.into(),
                (component.attributes | bits | width).into(),
                component.condition.map_or(Value::Null, Value::from),
                key_path.into(),
            ],
        );
        self.push(
            "FeatureComponents",
            [component.feature.into(), component.key.into()],
        );
    }

    /// Adds a value below HKEY_LOCAL_MACHINE, its key and name as they are; `value` is formatted.
    pub(super) fn registry(
        &mut self,
        id: &str,
        key: &str,
        name: &str,
        value: &str,
        component: &str,
    ) {
        let row = [
            id.into(),
            LOCAL_MACHINE.into(),
            escape(key).into(),
            escape(name).into(),
            value.into(),
            component.into(),
        ];
        self.push("Registry", row);
    }

    /// The filled tables.
    pub(super) fn into_tables(self) -> impl Iterator<Item = Table> {
        self.tables.into_values()
    }
}
