//! The package model → rows.

pub(super) mod actions;
mod conditions;
mod directories;
mod draft;
mod files;
mod folders;
mod product;
mod purge;
mod searches;
mod sequences;
mod services;
mod settings;
mod shell;

use super::facts::FileFacts;
use super::identity::braced;
use super::model::Package;
use crate::format::msi::{Database, Summary};

pub(super) use draft::Draft;
pub(super) use files::{file_key, install_order};

/// The name of the embedded cabinet's stream.
pub(super) const CABINET: &str = "product.cab";

/// The program that made the package, as the summary information says.
pub(super) const APPLICATION: &str = "gorelease";

/// All tables of the package, without its cabinet and its package code.
pub(super) fn database(package: &Package, facts: &[FileFacts]) -> Database {
    let mut draft = Draft::default();
    product::add(&mut draft, package);
    let directories = directories::add(&mut draft, package);
    files::add(&mut draft, package, facts, directories);
    folders::add(&mut draft, package);
    settings::add(&mut draft, package);
    services::add(&mut draft, package);
    searches::add(&mut draft, package);
    conditions::add(&mut draft, package);
    shell::add(&mut draft, package);
    actions::add(&mut draft, package);
    purge::add(&mut draft, package);
    sequences::add(&mut draft, package);

    let code_page = package.product.code_page();
    let mut database = Database::new(code_page, summary(package));
    for table in draft.into_tables() {
        database.insert(table);
    }
    database
}

fn summary(package: &Package) -> Summary {
    let product = &package.product;
    Summary {
        title: "Installation Database".to_owned(),
        subject: product.title.clone(),
        author: product.manufacturer.clone(),
        keywords: "Installer".to_owned(),
        comments: product.description.clone(),
        template: format!(
            "{};{}",
            product.architecture.template(),
            product.language.id()
        ),
        revision: braced(uuid::Uuid::nil()),
        created: package.epoch,
        // MsiServiceConfig and arm64 need Windows Installer 5.0.
        page_count: 500,
        // Long file names, compressed.
        word_count: 2,
        application: APPLICATION.to_owned(),
        security: 2,
    }
}
