//! Identities by rule: the same input always gives the same codes.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::model::Product;

/// The namespace under which upgrade codes are derived, made once for this purpose.
const NAMESPACE: Uuid = Uuid::from_u128(0x6b0e_6b62_3d0c_5f0a_9a55_0d6f_3a4c_7e21);

/// The upgrade code of a product that has none of its own: from its project's name and its manufacturer.
/// It must be recorded, because a renamed project would get another one.
pub fn derived_upgrade_code(manufacturer: &str, name: &str) -> Uuid {
    v5(NAMESPACE, &["upgrade", manufacturer, name])
}

/// The product code: one for each version, ProductVersion, architecture and language.
pub fn product_code(product: &Product) -> Uuid {
    let version = product.version.to_string();
    let product_version = product.product_version.to_string();
    let parts = [
        "product",
        &version,
        &product_version,
        product.architecture.name(),
        product.language.tag(),
    ];
    v5(product.upgrade_code, &parts)
}

/// A component's code: from what it installs and where, never from the version.
pub(super) fn component_code(product: &Product, what: &str) -> Uuid {
    // Windows does not tell `A.txt` from `a.txt`, so neither may the code.
    let what = what.to_lowercase();
    v5(
        product.upgrade_code,
        &["component", product.architecture.name(), &what],
    )
}

/// The package code: two files that differ never share it.
pub(super) fn package_code(product: &Product, content: &Sha256) -> Uuid {
    let digest = content.clone().finalize();
    let name: Vec<u8> = b"package\0".iter().chain(digest.iter()).copied().collect();
    Uuid::new_v5(&product.upgrade_code, &name)
}

/// A GUID as tables hold it: in braces and upper case.
pub(super) fn braced(uuid: Uuid) -> String {
    uuid.braced().to_string().to_uppercase()
}

fn v5(namespace: Uuid, parts: &[&str]) -> Uuid {
    Uuid::new_v5(&namespace, parts.join("\0").as_bytes())
}
