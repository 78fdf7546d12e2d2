//! `StandardDirectory` and `Directory`.

use super::product::rows;
use super::xml::Element;
use super::{Context, Dialect};
use crate::format::msi::{Row, Table};

pub(super) fn directories(context: &Context) -> Vec<Element> {
    let standard = rows(context, "Directory")
        .into_iter()
        .filter(|(table, row)| table.text(row, "Directory_Parent") == "TARGETDIR");
    match context.dialect {
        Dialect::Wix4 => standard
            .map(|(table, row)| one(context, "StandardDirectory", table, row))
            .collect(),
        Dialect::Wixl => {
            let children = standard.map(|(table, row)| one(context, "Directory", table, row));
            let root = Element::new("Directory")
                .attribute("Id", "TARGETDIR")
                .attribute("Name", "SourceDir");
            vec![root.children(children)]
        }
    }
}

fn one(context: &Context, element: &'static str, table: &Table, row: &Row) -> Element {
    let key = table.text(row, "Directory");
    let mut directory = Element::new(element).attribute("Id", key);
    let (short, long) = names(table.text(row, "DefaultDir"));
    if long != "." {
        directory = directory.attribute("Name", long);
        if let (Some(short), Dialect::Wix4) = (short, context.dialect) {
            directory = directory.attribute("ShortName", short);
        }
    }
    let below = rows(context, "Directory")
        .into_iter()
        .filter(|(table, row)| table.text(row, "Directory_Parent") == key);
    directory.children(below.map(|(table, row)| one(context, "Directory", table, row)))
}

/// Short and long name of a `Filename` cell.
pub(super) fn names(text: &str) -> (Option<&str>, &str) {
    text.split_once('|')
        .map_or((None, text), |(short, long)| (Some(short), long))
}
