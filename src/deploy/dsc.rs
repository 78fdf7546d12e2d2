//! A DSC v3 document of what the server and the deployment must hold; `Deploy.ps1` brings the deployment about.
//!
//! Registry values by DSC's own resource. The rest by resources of Windows PowerShell, which DSC adapts:
//! `PSDesiredStateConfiguration` is a part of Windows, `NetworkingDsc` and `ComputerManagementDsc` are modules of the
//! PowerShell Gallery. Format: DSC's bundled schema of configuration documents, 3.1.0.

use serde_json::{Value, json};

use super::model::*;
use crate::service::model::StartType;

const SCHEMA: &str = "https://aka.ms/dsc/schemas/v3/bundled/config/document.json";
const SERVICES: &str = r"HKLM\SYSTEM\CurrentControlSet\Services";

/// The document.
pub(super) fn document(deployment: &Deployment) -> Value {
    let mut resources = Resources::default();
    if let Some(server) = &deployment.server {
        prepared(&mut resources, server);
    }
    let features = &deployment.prerequisites.features;
    for feature in features.iter().filter(|feature| {
        let server = deployment.server.as_ref();
        !server.is_some_and(|server| server.features.contains(feature))
    }) {
        resources.feature(feature);
    }
    for name in &deployment.prerequisites.forbidden_environment {
        resources.registry(
            format!("{name} is not set"),
            r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment",
            name,
            None,
        );
    }
    for service in &deployment.services {
        for instance in &service.instances {
            service_resources(&mut resources, service, instance);
        }
    }
    for rule in &deployment.firewall {
        firewall(&mut resources, deployment, rule);
    }
    let mut document = json!({
        "$schema": SCHEMA,
        "metadata": { "product": deployment.product.title, "version": deployment.product.version },
        "resources": resources.list,
    });
    let joins = deployment
        .server
        .as_ref()
        .is_some_and(|server| server.domain.is_some());
    if joins {
        document["parameters"] = json!({
            "domainCredential": { "type": "secureObject", "description": "username and password of an account that may join the domain" },
        });
    }
    document
}

/// The instances of resources, with unique names.
#[derive(Default)]
struct Resources {
    list: Vec<Value>,
}

impl Resources {
    /// DSC takes letters, digits and spaces in a name.
    fn add(&mut self, name: impl Into<String>, kind: &str, properties: Value) {
        let plain: String = name
            .into()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' })
            .collect();
        let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
        let taken = |name: &str| self.list.iter().any(|resource| resource["name"] == name);
        let name = if taken(&plain) {
            format!("{plain} {}", self.list.len() + 1)
        } else {
            plain
        };
        self.list
            .push(json!({ "name": name, "type": kind, "properties": properties }));
    }

    /// A registry value; none: it must not be there.
    fn registry(&mut self, name: impl Into<String>, key: &str, value: &str, data: Option<Value>) {
        let mut properties = json!({ "keyPath": key, "valueName": value });
        match data {
            Some(data) => properties["valueData"] = data,
            None => properties["_exist"] = json!(false),
        }
        self.add(name, "Microsoft.Windows/Registry", properties);
    }

    fn feature(&mut self, feature: &str) {
        self.add(
            format!("Feature {feature}"),
            "PSDesiredStateConfiguration/WindowsFeature",
            json!({ "Name": literal(feature), "Ensure": "Present" }),
        );
    }
}

/// A text that DSC does not take for an expression: one that begins with a bracket is written with two.
fn literal(text: &str) -> String {
    if text.starts_with('[') {
        format!("[{text}")
    } else {
        text.to_owned()
    }
}

fn literals(texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| literal(text)).collect()
}

fn prepared(resources: &mut Resources, server: &Server) {
    if let Some(address) = &server.address {
        let of_adapter = |more: Value| {
            let mut properties =
                json!({ "InterfaceAlias": literal(&address.interface), "AddressFamily": "IPv4" });
            if let (Some(into), Some(from)) = (properties.as_object_mut(), more.as_object()) {
                into.extend(from.clone());
            }
            properties
        };
        let cidr = format!("{}/{}", address.address, address.prefix_length);
        resources.add(
            "Address",
            "NetworkingDsc/IPAddress",
            of_adapter(json!({ "IPAddress": [cidr] })),
        );
        if let Some(gateway) = &address.gateway {
            resources.add(
                "Gateway",
                "NetworkingDsc/DefaultGatewayAddress",
                of_adapter(json!({ "Address": gateway })),
            );
        }
        if !address.dns.is_empty() {
            resources.add(
                "DNS servers",
                "NetworkingDsc/DnsServerAddress",
                of_adapter(json!({ "Address": address.dns })),
            );
        }
    }
    for feature in &server.features {
        resources.feature(feature);
    }
    time(resources, server);
    let name = server.computer_name.as_deref();
    if name.is_some() || server.domain.is_some() {
        // The resource wants a name; `localhost` leaves it as it is.
        let mut properties = json!({ "Name": name.unwrap_or("localhost") });
        if let Some(domain) = &server.domain {
            properties["DomainName"] = json!(literal(domain));
            properties["Credential"] = json!("[parameters('domainCredential')]");
        }
        resources.add(
            "Name and domain",
            "ComputerManagementDsc/Computer",
            properties,
        );
    }
}

fn time(resources: &mut Resources, server: &Server) {
    if let Some(zone) = &server.time_zone {
        resources.add(
            "Time zone",
            "ComputerManagementDsc/TimeZone",
            json!({ "IsSingleInstance": "Yes", "TimeZone": zone }),
        );
    }
    if server.time_sources.is_empty() {
        return;
    }
    let sources: Vec<String> = server
        .time_sources
        .iter()
        .map(|source| format!("{source},0x8"))
        .collect();
    let key = format!(r"{SERVICES}\W32Time\Parameters");
    for (name, value, data) in [
        ("Time sources", "NtpServer", literal(&sources.join(" "))),
        ("Time from these sources", "Type", "NTP".to_owned()),
    ] {
        resources.registry(name, &key, value, Some(json!({ "String": data })));
    }
    // Outside a domain Windows starts it by a trigger only, and leaves it stopped. It reads its sources when it starts.
    resources.add(
        "Time service",
        "PSDesiredStateConfiguration/Service",
        json!({ "Name": "W32Time", "StartupType": "Automatic", "State": "Running" }),
    );
}

fn service_resources(resources: &mut Resources, service: &Service, instance: &Instance) {
    let name = &instance.service_name;
    let key = format!(r"{SERVICES}\{name}");
    let number = |number: u32| Some(json!({ "DWord": number }));
    // Of two slots one stands still, so nothing is said about start and state.
    if instance.slot.is_none() {
        let (start, running) = match service.start {
            StartType::Manual => ("Manual", false),
            StartType::Disabled => ("Disabled", false),
            StartType::Auto | StartType::Delayed => ("Automatic", true),
        };
        let mut properties = json!({ "Name": literal(name), "StartupType": start });
        if running {
            properties["State"] = json!("Running");
        }
        resources.add(
            format!("Service {name}"),
            "PSDesiredStateConfiguration/Service",
            properties,
        );
        if service.start == StartType::Delayed {
            resources.registry(
                format!("Delayed start of {name}"),
                &key,
                "DelayedAutostart",
                number(1),
            );
        }
    }
    resources.registry(
        format!("Token of {name}"),
        &key,
        "ServiceSidType",
        number(service.sid_type.number()),
    );
    resources.registry(
        format!("Failure actions of {name} on every exit"),
        &key,
        "FailureActionsOnNonCrashFailures",
        number(1),
    );
}

fn firewall(resources: &mut Resources, deployment: &Deployment, rule: &FirewallRule) {
    let mut properties = json!({
        "Name": literal(&rule.name),
        "DisplayName": literal(&rule.title),
        "Ensure": "Present",
        "Enabled": "True",
        "Direction": "Inbound",
        "Action": "Allow",
        "Protocol": "TCP",
        "LocalPort": [rule.port.to_string()],
        "RemoteAddress": literals(&rule.remote),
        "Profile": rule.profiles,
    });
    if let Some(program) = &rule.program {
        let absolute = program.contains(':') || program.starts_with(r"\\");
        let path = match absolute {
            true => program.clone(),
            false => format!(r"{}\{program}", deployment.locations.version),
        };
        properties["Program"] = json!(literal(&path));
    }
    if rule.only_service {
        properties["Service"] = json!(literal(&rule.service));
    }
    resources.add(
        format!("Firewall {}", rule.name),
        "NetworkingDsc/Firewall",
        properties,
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_no_expressions() {
        assert_eq!(literal("[concat('a')]"), "[[concat('a')]");
        assert_eq!(literal("a [b]"), "a [b]");
    }

    #[test]
    fn names_are_plain_and_unique() {
        let mut resources = Resources::default();
        resources.feature("Web-Server");
        resources.feature("Web.Server");
        let names: Vec<&Value> = resources.list.iter().map(|one| &one["name"]).collect();
        assert_eq!(names, ["Feature Web Server", "Feature Web Server 2"]);
    }
}
