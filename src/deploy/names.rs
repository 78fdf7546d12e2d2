//! Names derived from the service's: instances, host aliases, folders.

/// The service name of an instance; a single, unnamed instance has the service's own.
pub fn instance_service(service: &str, instance: &str) -> String {
    match instance {
        "" => service.to_owned(),
        _ => format!("{service}-{instance}"),
    }
}

/// The host name under which the proxy knows the instance.
///
/// An ARR farm tells its servers apart by address only, so instances on one machine need names of their
/// own; they are aliases of 127.0.0.1 in the hosts file. Letters, digits and hyphens (RFC 952), 63 at most.
pub fn host_alias(service: &str, instance: &str) -> String {
    let mut alias = String::new();
    for c in instance_service(service, instance).chars() {
        match c.to_ascii_lowercase() {
            c @ ('a'..='z' | '0'..='9') => alias.push(c),
            _ if alias.ends_with('-') || alias.is_empty() => {}
            _ => alias.push('-'),
        }
    }
    let alias = alias.trim_end_matches('-');
    let alias = if alias.is_empty() { "service" } else { alias };
    format!("{}.internal", &alias[..alias.len().min(54)])
}

pub use crate::service::names::folder;

/// `name` as the name of a farm or an upstream: ASCII letters, digits, hyphens and underscores.
pub fn plain(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '_' {
                c
            } else {
                '-'
            }
        })
        .collect();
    if plain.chars().any(|c| c.is_ascii_alphanumeric()) {
        plain
    } else {
        "service".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_are_host_names() {
        assert_eq!(host_alias("OrdersApi", "blue"), "ordersapi-blue.internal");
        assert_eq!(host_alias("Orders $(x) 订单", ""), "orders-x.internal");
        assert_eq!(host_alias("订单", ""), "service.internal");
    }

    #[test]
    fn folders_are_file_names() {
        assert_eq!(folder("Contoso: Orders/API. "), "Contoso_ Orders_API");
        assert_eq!(folder("订单 'q' `$x`"), "订单 'q' `$x`");
    }
}
