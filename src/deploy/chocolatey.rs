//! A Chocolatey package of the Windows Installer package.
//!
//! In the hand-over lie its sources, which `choco pack` takes; the release also has the finished `.nupkg`, for
//! `choco push`. Formats: nuspec.xsd of NuGet.Client; the container is a zip by the Open Packaging Conventions (ECMA-376
//! part 2), of which older Chocolatey asks for the content types and the relation to the nuspec.

use std::fmt::Write;

use super::config::{self, Config};
use super::folder::{GeneratedFile, file};
use super::handover::single_quoted;
use super::model::{Artifact, Deployment};
use super::page::html as xml;

/// The folder of the sources in the hand-over.
pub const FOLDER: &str = "automation/chocolatey";

const NAMESPACE: &str = "http://schemas.microsoft.com/packaging/2015/06/nuspec.xsd";
const INSTALL: &str = include_str!("../../templates/deploy/chocolatey/chocolateyinstall.ps1");
const UNINSTALL: &str = include_str!("../../templates/deploy/chocolatey/chocolateyuninstall.ps1");

/// The package's id.
pub fn id(deployment: &Deployment, table: &config::Chocolatey) -> String {
    let name = &deployment.product.name;
    table.id.clone().unwrap_or_else(|| name.clone())
}

/// Whether a text can be a package's id: words of letters and digits, joined by `.`, `_` or `-` (NuGet's
/// `PackageIdValidator`; ASCII here).
pub fn is_id(text: &str) -> bool {
    text.len() <= 100
        && text
            .split(['.', '_', '-'])
            .all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric()))
}

/// The sources; `package` is the Windows Installer package.
pub(super) fn sources(
    deployment: &Deployment,
    table: &config::Chocolatey,
    package: &Artifact,
) -> Vec<GeneratedFile> {
    let id = id(deployment, table);
    let path = |name: &str| format!("{FOLDER}/{name}");
    vec![
        file(
            &path(&format!("{id}.nuspec")),
            nuspec(deployment, table, package),
        ),
        file(
            &path("tools/chocolateyinstall.ps1"),
            install(deployment, &id, package),
        ),
        file(
            &path("tools/chocolateyuninstall.ps1"),
            uninstall(&id, package),
        ),
        file(
            &path("tools/VERIFICATION.txt"),
            verification(deployment, package),
        ),
    ]
}

/// What the finished package has besides: content types and relations.
pub fn container(deployment: &Deployment, config: &Config) -> Vec<GeneratedFile> {
    let (Some(table), Some(package)) = (&config.chocolatey, deployment.package()) else {
        return Vec::new();
    };
    let extension = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let mut types = String::new();
    let mut known = vec![
        "nuspec".to_owned(),
        "ps1".to_owned(),
        "rels".to_owned(),
        "txt".to_owned(),
        extension(file_name(package)),
    ];
    known.sort();
    known.dedup();
    for extension in known {
        let kind = match extension.as_str() {
            "rels" => "application/vnd.openxmlformats-package.relationships+xml",
            _ => "application/octet",
        };
        let _ = write!(
            types,
            "\n  <Default Extension=\"{}\" ContentType=\"{kind}\" />",
            xml(&extension)
        );
    }
    let nuspec = xml(&format!("/{}.nuspec", id(deployment, table)));
    vec![
        file(
            "[Content_Types].xml",
            format!(
                "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
                 <Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">{types}\n</Types>\n"
            ),
        ),
        file(
            "_rels/.rels",
            format!(
                "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
                 <Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\n  \
                 <Relationship Type=\"http://schemas.microsoft.com/packaging/2010/07/manifest\" Target=\"{nuspec}\" Id=\"manifest\" />\n\
                 </Relationships>\n"
            ),
        ),
    ]
}

/// The file's name without its folder.
pub fn file_name(package: &Artifact) -> &str {
    package.file.rsplit('/').next().unwrap_or(&package.file)
}

/// The version as NuGet compares it: without build metadata, which it ignores.
fn version(deployment: &Deployment) -> &str {
    let version = &deployment.product.version;
    version.split('+').next().unwrap_or(version)
}

fn nuspec(deployment: &Deployment, table: &config::Chocolatey, package: &Artifact) -> String {
    let product = &deployment.product;
    let description = deployment
        .services
        .iter()
        .map(|service| service.description.trim())
        .find(|description| !description.is_empty())
        .unwrap_or(&product.title);
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<package xmlns=\"{NAMESPACE}\">\n  <metadata>\n"
    );
    let mut element = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            let _ = writeln!(text, "    <{name}>{}</{name}>", xml(value));
        }
    };
    let tags = table.tags.join(" ");
    element("id", Some(&id(deployment, table)));
    element("version", Some(version(deployment)));
    element("title", Some(&product.title));
    element("authors", Some(&product.manufacturer));
    element("licenseUrl", table.license_url.as_deref());
    element("projectUrl", table.homepage.as_deref());
    element("requireLicenseAcceptance", Some("false"));
    element("description", Some(description));
    element(
        "tags",
        Some(&tags)
            .filter(|tags| !tags.is_empty())
            .map(String::as_str),
    );
    let source = xml(&format!(r"..\..\{}", package.file.replace('/', "\\")));
    let _ = write!(
        text,
        "  </metadata>\n  <files>\n    <file src=\"tools\\**\" target=\"tools\" />\n    \
         <file src=\"{source}\" target=\"tools\" />\n  </files>\n</package>\n"
    );
    text
}

/// With the line ends of Windows, and a byte-order mark when Windows PowerShell would read it as something else.
fn script(text: &str) -> String {
    let mark = if text.is_ascii() { "" } else { "\u{feff}" };
    mark.to_owned() + &text.replace('\n', "\r\n")
}

fn install(deployment: &Deployment, id: &str, package: &Artifact) -> String {
    // `File` is refused nowhere, `File64` on a 32-bit Windows.
    let parameter = match deployment.product.architecture.as_str() {
        "386" => "File          ",
        _ => "File64        ",
    };
    script(
        &INSTALL
            .replace("@ID@", id)
            .replace("@NAME@", &single_quoted(id))
            .replace("@FILE_PARAMETER@", parameter)
            .replace("@FILE@", &single_quoted(file_name(package))),
    )
}

fn uninstall(id: &str, package: &Artifact) -> String {
    let code = package.product_code.as_deref().unwrap_or_default();
    script(&UNINSTALL.replace("@NAME@", &single_quoted(id)).replace(
        "@REMOVE@",
        &single_quoted(&format!("{code} /qn /norestart")),
    ))
}

fn verification(deployment: &Deployment, package: &Artifact) -> String {
    let name = file_name(package);
    let text = format!(
        "The package {name} in this folder is the one that {} releases.\n\n\
         Its SHA-256 must be\n\n    {}\n\nCompare it with the release's SHA256SUMS and with\n\n    \
         Get-FileHash -Algorithm SHA256 -LiteralPath {}\n",
        deployment.product.manufacturer,
        package.sha256,
        single_quoted(&format!(".\\{name}"))
    );
    script(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_words() {
        for good in ["orders", "Contoso.Orders-api_2"] {
            assert!(is_id(good), "{good}");
        }
        for bad in ["", "orders api", "订单", ".orders", "a..b", "x'y"] {
            assert!(!is_id(bad), "{bad}");
        }
    }
}
