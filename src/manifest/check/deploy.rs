//! `[deploy]`: the tables with their places. What they mean beside the services is checked when the plan is made.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::manifest::raw::deploy::Config;

/// `[deploy]`.
#[derive(Debug, Clone)]
pub struct Deploy {
    /// The tables.
    pub config: Config,
    /// The byte range of every key's value, by its path from `deploy` on.
    places: Places,
}

/// The byte range of every value of `[deploy]`, by its path.
pub type Places = BTreeMap<String, Range<usize>>;

impl Deploy {
    /// The tables with their places.
    pub fn new(config: Config, places: Places) -> Self {
        Self { config, places }
    }

    /// The place of `path`, or of the nearest table around it.
    pub fn place(&self, path: &str) -> Option<Range<usize>> {
        let mut path = path;
        loop {
            if let Some(place) = self.places.get(path) {
                return Some(place.clone());
            }
            let end = path.rfind(['.', '['])?;
            path = &path[..end];
        }
    }
}

/// The places in `document`.
pub fn deploy_places(document: &Spanned<DeTable<'_>>) -> Places {
    let mut places = Places::new();
    for (key, value) in document.get_ref() {
        if key.get_ref() == "deploy" {
            note(value, "deploy".to_owned(), &mut places);
        }
    }
    places
}

fn note(value: &Spanned<DeValue<'_>>, path: String, places: &mut BTreeMap<String, Range<usize>>) {
    match value.get_ref() {
        DeValue::Table(table) => {
            for (key, value) in table {
                note(value, format!("{path}.{}", key.get_ref()), places);
            }
        }
        DeValue::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                note(value, format!("{path}[{index}]"), places);
            }
        }
        _ => {}
    }
    places.insert(path, value.span());
}
