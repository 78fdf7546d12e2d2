//! `security.md`: what was opened and why, port by port, folder by folder.

use super::model::*;
use super::page::{Block, Cell, Page, Section};

/// The file's name in the folder.
pub const FILE_NAME: &str = "security.md";

/// The page.
pub fn page(deployment: &Deployment) -> Page {
    Page {
        language: "en",
        title: format!(
            "{} {}: what is opened, and why",
            deployment.product.title, deployment.product.version
        ),
        summary: String::new(),
        contents: String::new(),
        sections: vec![
            ports(deployment),
            front(deployment),
            folders(deployment),
            accounts(deployment),
            limits(deployment),
        ],
    }
}

fn ports(deployment: &Deployment) -> Section {
    let rows: Vec<Vec<Cell>> = deployment
        .firewall
        .iter()
        .map(|rule| {
            vec![
                Cell::code(&rule.name),
                Cell::text(format!("TCP {}", rule.port)),
                Cell::code(rule.remote.join(", ")),
                Cell::text(rule.profiles.join(", ")),
                Cell::text(format!(
                    "inbound to {} of {}, and to nothing else",
                    rule.program.as_deref().unwrap_or("any program"),
                    rule.service
                )),
            ]
        })
        .collect();
    let heading = "Firewall".to_owned();
    if rows.is_empty() {
        let text = "No rule is made: the services' ports are reached from this server only, unless its own rules say otherwise.";
        return Section {
            id: "ports",
            heading,
            blocks: vec![Block::Text(text.to_owned())],
        };
    }
    let head = ["Rule", "Port", "From", "Profiles", "Why"]
        .map(str::to_owned)
        .to_vec();
    Section {
        id: "ports",
        heading,
        blocks: vec![Block::Table(head, rows)],
    }
}

/// What the proxy opens, and what it can reach.
fn front(deployment: &Deployment) -> Section {
    let heading = "In front".to_owned();
    let ports = deployment.proxy.ports();
    if ports.is_empty() {
        let text = "No proxy is set up: clients reach the services' ports themselves.";
        return Section {
            id: "front",
            heading,
            blocks: vec![Block::Text(text.to_owned())],
        };
    }
    let rows = ports
        .into_iter()
        .map(|front| {
            vec![
                Cell::text(format!("TCP {}", front.port)),
                Cell::text(front.protocol),
                Cell::code(front.owner),
                Cell::text("clients; whom the firewall lets in is the proxy's own matter"),
            ]
        })
        .collect();
    let head = ["Port", "Protocol", "Owner", "Why"]
        .map(str::to_owned)
        .to_vec();
    let mut blocks = vec![Block::Table(head, rows)];
    if let Some(iis) = &deployment.proxy.iis {
        blocks.push(Block::Text(format!(
            "IIS passes requests on and serves no file of this product: its site's root is the empty folder \
             %SystemDrive%\\inetpub\\{}. So IIS_IUSRS and the application pool's identity get no right in any folder below.",
            iis.site
        )));
    }
    Section {
        id: "front",
        heading,
        blocks,
    }
}

fn folders(deployment: &Deployment) -> Section {
    let mut rows = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    let mut add = |directory: &Directory, why: &str| {
        // Services without slots share their folders.
        if !seen.insert(directory.path.clone()) {
            return;
        }
        for access in &directory.access {
            let rights = match access.rights {
                Rights::Full => "full",
                Rights::Modify => "modify",
                Rights::Read => "read and execute",
            };
            rows.push(vec![
                Cell::code(&directory.path),
                Cell::code(&access.trustee),
                Cell::text(rights),
                Cell::text(why),
            ]);
        }
    };
    add(
        &deployment.locations.data,
        "root of the product's data; closed to users, who may otherwise create files there",
    );
    add(
        &deployment.locations.state,
        "journal and records of Deploy.ps1",
    );
    for instance in deployment
        .services
        .iter()
        .flat_map(|service| &service.instances)
    {
        add(
            &instance.config,
            "configuration: services read, administrators write",
        );
        add(&instance.data, "data");
        add(&instance.log, "logs");
    }
    let head = ["Folder", "Who", "Rights", "Why"]
        .map(str::to_owned)
        .to_vec();
    let text = "Inheritance is cut: nobody else may anything. S-1-5-18 is SYSTEM, S-1-5-32-544 the administrators, S-1-5-80-… a service. The program \
                directory keeps the rights of Program Files, so a service cannot replace its own executable.";
    Section {
        id: "folders",
        heading: "Folders".to_owned(),
        blocks: vec![Block::Table(head, rows), Block::Text(text.to_owned())],
    }
}

fn accounts(deployment: &Deployment) -> Section {
    let rows = deployment
        .services
        .iter()
        .flat_map(|service| {
            service
                .instances
                .iter()
                .map(move |instance| (service, instance))
        })
        .map(|(service, instance)| {
            let account = service
                .account
                .name
                .clone()
                .unwrap_or_else(|| format!(r"NT SERVICE\{}", instance.service_name));
            let privileges = if service.privileges.is_empty() {
                "those of the account".to_owned()
            } else {
                service.privileges.join(", ")
            };
            vec![
                Cell::code(&instance.service_name),
                Cell::code(&instance.service_sid),
                Cell::code(account),
                Cell::text(privileges),
                Cell::text(format!("SID type {}", service.sid_type.as_str())),
            ]
        })
        .collect();
    let head = ["Service", "SID", "Account", "Privileges", "Token"]
        .map(str::to_owned)
        .to_vec();
    Section {
        id: "accounts",
        heading: "Accounts".to_owned(),
        blocks: vec![Block::Table(head, rows)],
    }
}

fn limits(deployment: &Deployment) -> Section {
    let mut blocks = vec![Block::Text(
        "Recommended as found on a hardened server: UAC on, script execution policy RemoteSigned or AllSigned, the firewall on for all profiles. \
         Deploy.ps1 Check reports deviations and changes none of them."
            .to_owned(),
    )];
    if let Some(applocker) = &deployment.applocker {
        let mode = if applocker.enforce {
            "enforced"
        } else {
            "audited only"
        };
        let reach = if applocker.services {
            " They hold for every service of this server, not only for this product's."
        } else {
            ""
        };
        blocks.push(Block::Text(format!(
            "applocker.xml allows this release's executables, packages and script; the rules are {mode}. Set-AppLocker.ps1 brings them into the local policy.{reach}"
        )));
    }
    if deployment.group_policy.is_some() {
        blocks.push(Block::Text(
            "group-policy/ has the same recommendations as settings for LGPO.exe and reg.exe, with the environment and the AppLocker rules. \
             Group policy has no place for the extension by which AppLocker covers services; applocker.xml has it with `services = true`."
                .to_owned(),
        ));
    }
    Section {
        id: "limits",
        heading: "Guard rails".to_owned(),
        blocks,
    }
}
