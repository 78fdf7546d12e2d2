//! Packages written by other programs: WiX 4 and later, and wixl of msitools.

use std::path::Path;

use minijinja::{Value, context};

use super::identity::{braced, product_code};
use super::model::{Architecture, Package, PackageFile};
use super::tables::file_key;
use super::wxs::Dialect;
use crate::format::template::document_engine;
use crate::process::{Invocation, Tool};
use crate::service::Service;

/// WiX.
pub const WIX: Tool = Tool {
    name: "wix",
    purpose: "write Windows Installer packages with `backend = \"wix\"`",
    install: "install it with `dotnet tool install --global wix`",
};

/// wixl.
pub const WIXL: Tool = Tool {
    name: "wixl",
    purpose: "write Windows Installer packages with `backend = \"wixl\"`",
    install: "install it with `apt install wixl` or `brew install msitools`",
};

/// The tool that reads a dialect.
pub fn tool(dialect: Dialect) -> Tool {
    match dialect {
        Dialect::Wix4 => WIX,
        Dialect::Wixl => WIXL,
    }
}

/// The call that makes the package `out` from `source`; what WiX lays down on the way goes to `scratch`.
pub fn invocation(
    dialect: Dialect,
    program: &Path,
    architecture: Architecture,
    extensions: &[String],
    paths: [&Path; 3],
) -> Invocation {
    let [source, out, scratch] = paths.map(|path| path.display().to_string());
    let name = architecture.name();
    match dialect {
        Dialect::Wix4 => Invocation::new(program, format!("wix build for {name}"))
            .args([
                "build",
                "-nologo",
                "-arch",
                name,
                "-pdbtype",
                "none",
                "-intermediatefolder",
            ])
            .arg(scratch)
            .args(
                extensions
                    .iter()
                    .flat_map(|extension| ["-ext".to_owned(), extension.clone()]),
            )
            .args(["-out".to_owned(), out, source]),
        Dialect::Wixl => Invocation::new(program, format!("wixl for {name}"))
            .args(["--arch", name, "--output"])
            .args([out, source])
            .cwd(scratch),
    }
}

/// A user's own source: a template with the package's facts.
///
/// # Errors
/// What the template engine says, for a template that is wrong.
pub fn rendered(template: &str, package: &Package) -> Result<String, String> {
    let files: Vec<Value> = package.files.iter().map(file_facts).collect();
    let services: Vec<Value> = package.services.iter().map(service_facts).collect();
    let product = &package.product;
    let facts = context! {
        title => product.title.as_str(),
        manufacturer => product.manufacturer.as_str(),
        description => product.description.as_str(),
        version => product.version.to_string(),
        product_version => product.product_version.to_string(),
        architecture => product.architecture.name(),
        language => product.language.id(),
        upgrade_code => braced(product.upgrade_code),
        product_code => braced(product_code(product)),
        files => files,
        services => services,
    };
    document_engine()
        .render_named_str("template.wxs", template, facts)
        .map_err(|error| format!("{error:#}"))
}

fn file_facts(file: &PackageFile) -> Value {
    Value::from_pairs([
        ("id", file_key(file)),
        ("folder", file.folder.property().to_owned()),
        ("path", file.path.clone()),
        ("source", file.source.display().to_string()),
    ])
}

fn service_facts(service: &Service) -> Value {
    Value::from_pairs([
        ("name", service.name.clone()),
        ("title", service.title.clone()),
        ("description", service.description.clone()),
        ("image", service.image()),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::fixture::package;
    use super::*;

    #[test]
    fn the_calls() {
        let paths = [Path::new("a b.wxs"), Path::new("out.msi"), Path::new("obj")];
        let extensions = ["WixToolset.Util.wixext".to_owned()];
        let wix = invocation(
            Dialect::Wix4,
            Path::new("wix"),
            Architecture::Arm64,
            &extensions,
            paths,
        );
        assert_eq!(
            wix.to_string(),
            "wix build -nologo -arch arm64 -pdbtype none -intermediatefolder obj -ext WixToolset.Util.wixext -out out.msi 'a b.wxs'"
        );
        let wixl = invocation(
            Dialect::Wixl,
            Path::new("wixl"),
            Architecture::X64,
            &[],
            paths,
        );
        assert_eq!(
            wixl.to_string(),
            "wixl --arch x64 --output out.msi 'a b.wxs'"
        );
    }

    #[test]
    fn templates_are_strict() {
        let text = rendered(
            "{{ title }}, {{ files[1].path }}, {{ services[0].name }}",
            &package(),
        )
        .unwrap();
        assert_eq!(text, "Contoso Orders, docs/Read me first.txt, OrdersApi");
        assert!(rendered("{{ no_such_fact }}", &package()).is_err());
    }
}
