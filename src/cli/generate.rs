//! `gorelease schema`, `completions` and `man`: what is made from the definitions themselves.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

use super::arguments::ProjectArguments;
use super::ui::Ui;
use crate::error::Failure;
use crate::schema::Document;

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub struct SchemaArguments {
    /// The format
    #[arg(value_enum, default_value_t = Document::Manifest)]
    document: Document,
}

pub(super) fn schema(arguments: &SchemaArguments, ui: &Ui) -> Result<(), Failure> {
    ui.json(&arguments.document.schema())
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct CompletionArguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
    /// The folder to write them to, under the name that the shell looks for; without it, they are printed
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

pub(super) fn completions(
    arguments: &CompletionArguments,
    project: &ProjectArguments,
    ui: &Ui,
) -> Result<(), Failure> {
    let shell = arguments.shell;
    let mut command = super::command();
    let Some(folder) = &arguments.folder else {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut command, "gorelease", &mut script);
        return ui.data(&String::from_utf8_lossy(&script));
    };
    let folder = &*project.path(folder);
    std::fs::create_dir_all(folder).map_err(|error| Failure::io("make", folder, &error))?;
    clap_complete::generate_to(shell, &mut command, "gorelease", folder)
        .map(drop)
        .map_err(|error| Failure::io("write completions to", folder, &error))
}

/// Arguments of `man`.
#[derive(Debug, Args)]
pub struct ManArguments {
    /// The folder to write them to, one a command; without it, the main page is printed
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

pub(super) fn man(
    arguments: &ManArguments,
    project: &ProjectArguments,
    ui: &Ui,
) -> Result<(), Failure> {
    let command = super::command();
    let Some(folder) = &arguments.folder else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command)
            .render(&mut page)
            .map_err(|error| Failure::failed(format!("could not write the man page: {error}")))?;
        return ui.data(&String::from_utf8_lossy(&page));
    };
    let folder = &*project.path(folder);
    std::fs::create_dir_all(folder).map_err(|error| Failure::io("make", folder, &error))?;
    clap_mangen::generate_to(command, folder)
        .map_err(|error| Failure::io("write man pages to", folder, &error))
}
