//! Writing a Windows Installer package.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::{Made, MadeFile, StepContext, StepError};
use crate::error::Failure;
use crate::format::icon::Icon;
use crate::package::msi::external::{invocation, rendered};
use crate::package::msi::wxs::{Dialect, source};
use crate::package::msi::{Package, check, write};
use crate::plan::{FileRef, Msi, MsiTool};

pub(super) fn run(action: &Msi, context: &StepContext<'_>) -> Result<Made, StepError> {
    let mut package = action.package.as_ref().clone();
    for (file, source) in package.files.iter_mut().zip(&action.sources) {
        file.source = context.path(source)?;
    }
    let path = context.output(&action.name)?;
    let icon = action
        .icon
        .as_ref()
        .map(|icon| ico(icon, context))
        .transpose()?;
    package.product.icon = icon.as_ref().map(|file| file.path().to_owned());
    match &action.tool {
        None => {
            write(&package, &path).map_err(Failure::from)?;
        }
        Some(tool) => run_tool(tool, &package, &path, context)?,
    }
    if context.is_cancelled() {
        return Err(StepError::Cancelled);
    }
    let mut files = vec![MadeFile::measure(&action.name, path, context.digests())?];
    if let Some(name) = &action.wix_source {
        let path = context.output(name)?;
        save(&path, &hand_over(&package))?;
        files.push(MadeFile::measure(name, path, context.digests())?);
    }
    Ok(Made {
        files,
        ..Made::default()
    })
}

/// The icon as ICO, which may be given as PNG.
fn ico(icon: &FileRef, context: &StepContext<'_>) -> Result<NamedTempFile, Failure> {
    let image = Icon::read(&context.path(icon)?)?;
    let file = NamedTempFile::new_in(context.folder)
        .map_err(|error| Failure::io("write a file in", context.folder, &error))?;
    fs::write(file.path(), image.to_ico())
        .map_err(|error| Failure::io("write", file.path(), &error))?;
    Ok(file)
}

/// The WiX source with paths that somebody else can lay the files at.
fn hand_over(package: &Package) -> String {
    let mut package = package.clone();
    for file in &mut package.files {
        file.source = PathBuf::from(&file.path);
    }
    package.product.icon = package.product.icon.map(|_| PathBuf::from("product.ico"));
    source(&package, Dialect::Wix4)
}

fn run_tool(
    tool: &MsiTool,
    package: &Package,
    path: &Path,
    context: &StepContext<'_>,
) -> Result<(), StepError> {
    let scratch = tempfile::tempdir_in(context.folder)
        .map_err(|error| Failure::io("make a folder in", context.folder, &error))?;
    let mut package = package.clone();
    if tool.dialect == Dialect::Wixl {
        bring_together(&mut package, scratch.path())?;
    }
    let text = match &tool.template {
        None => source(&package, tool.dialect),
        Some(template) => {
            let template = context.path(template)?;
            let text = fs::read_to_string(&template)
                .map_err(|error| Failure::io("read", &template, &error))?;
            rendered(&text, &package).map_err(|error| {
                Failure::failed(format!(
                    "could not fill in `{}`: {error}",
                    template.display()
                ))
            })?
        }
    };
    let source = scratch.path().join("package.wxs");
    save(&source, &text)?;
    let architecture = package.product.architecture;
    let out = std::path::absolute(path).map_err(|error| Failure::io("find", path, &error))?;
    let paths = [source.as_path(), &out, scratch.path()];
    context.runner.run(&invocation(
        tool.dialect,
        &tool.program,
        architecture,
        &tool.extensions,
        paths,
    ))?;
    let findings = check(path).map_err(Failure::from)?;
    if findings.is_empty() {
        return Ok(());
    }
    let list: Vec<String> = findings.iter().map(ToString::to_string).collect();
    let message = format!(
        "`{}` made a package that is not right",
        tool.program.display()
    );
    Err(Failure::failed(message).detail(list.join("\n")).into())
}

/// wixl knows no absolute paths: the files, and the icon, get names beside the source.
fn bring_together(package: &mut Package, folder: &Path) -> Result<(), Failure> {
    let sources = package.files.iter_mut().map(|file| &mut file.source);
    for (number, source) in sources.chain(&mut package.product.icon).enumerate() {
        let name = number.to_string();
        let place = folder.join(&name);
        let linked =
            fs::hard_link(&*source, &place).or_else(|_| fs::copy(&*source, &place).map(drop));
        linked.map_err(|error| Failure::io("copy", source, &error))?;
        *source = PathBuf::from(name);
    }
    Ok(())
}

fn save(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|error| Failure::io("write", path, &error))
}
