//! An Ansible playbook: `[deploy.server]` with the collections' own modules, then `Deploy.ps1`.
//!
//! No name can break out of its quotes, and none can reach Ansible's template engine. Collections: ansible.windows and
//! microsoft.ad (domain), all in the package `ansible`.

use std::fmt::Write;

use super::model::*;
use super::{names, yaml};

/// The playbook but for its quoted names: it changes nothing on a second run, and says so.
const DEPLOY: &str = include_str!("../../templates/deploy/ansible.yml");
/// Tasks that give the server its static address, over a connection that may end with the old one.
const ADDRESS: &str = include_str!("../../templates/deploy/ansible-address.yml");

/// The playbook.
pub(super) fn playbook(deployment: &Deployment, hosts: &str) -> String {
    let product = &deployment.product;
    // Below Program Files, where nobody but administrators can have made it before.
    let folder = format!(
        r"{}\{}",
        names::folder(&format!("{} handover", product.title)),
        names::folder(&product.version)
    );
    let title = format!("{} {}", product.title, product.version);
    let server = deployment
        .server
        .as_ref()
        .map(|server| server_play(server, &title, hosts))
        .unwrap_or_default();
    DEPLOY
        .replace("@NAME@", &scalar(&format!("Deploy {title}")))
        .replace("@HOSTS@", &scalar(hosts))
        .replace("@FOLDER@", &scalar(&folder))
        .replace("@SERVER@", &server)
}

/// A string as YAML, which Ansible's template engine leaves as it is.
fn scalar(text: &str) -> String {
    let text = text
        .replace("{{", "{ {")
        .replace("{%", "{ %")
        .replace("{#", "{ #");
    yaml::scalar(&text)
}

fn list<T: AsRef<str>>(texts: &[T]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| scalar(text.as_ref())).collect();
    format!("[{}]", texts.join(", "))
}

fn server_play(server: &Server, title: &str, hosts: &str) -> String {
    let mut tasks = String::new();
    if let Some(address) = &server.address {
        tasks.push_str(&address_tasks(address));
    }
    features(&mut tasks, server);
    time(&mut tasks, server);
    name_and_domain(&mut tasks, server);
    if tasks.is_empty() {
        return tasks;
    }
    let handlers = if server.time_sources.is_empty() {
        ""
    } else {
        "\n  handlers:\n    - name: Restart the time service\n      ansible.windows.win_service:\n        name: w32time\n        \
         start_mode: auto\n        state: restarted\n"
    };
    format!(
        "- name: {}\n  hosts: {}\n  gather_facts: false\n  tags: [prepare]\n  tasks:\n{}{handlers}\n",
        scalar(&format!("Prepare the server for {title}")),
        scalar(hosts),
        tasks.trim_start_matches('\n'),
    )
}

fn address_tasks(address: &Address) -> String {
    let mut tasks = ADDRESS
        .replace("@INTERFACE@", &scalar(&address.interface))
        .replace("@ADDRESS@", &scalar(&address.address))
        .replace("@PREFIX@", &address.prefix_length.to_string())
        .replace(
            "@GATEWAY@",
            &scalar(address.gateway.as_deref().unwrap_or_default()),
        );
    if !address.dns.is_empty() {
        let _ = write!(
            tasks,
            "\n    - name: Name the DNS servers\n      ansible.windows.win_dns_client:\n        adapter_names: {}\n        dns_servers: {}\n",
            scalar(&address.interface),
            list(&address.dns)
        );
    }
    tasks
}

fn features(tasks: &mut String, server: &Server) {
    if server.features.is_empty() {
        return;
    }
    let _ = write!(
        tasks,
        "\n    - name: Add roles and features\n      ansible.windows.win_feature:\n        name: {}\n        \
         include_management_tools: true\n        state: present\n      register: prepare_features\n\n    \
         - name: Restart for the features\n      ansible.windows.win_reboot:\n      when: prepare_features.reboot_required\n",
        list(&server.features)
    );
}

fn time(tasks: &mut String, server: &Server) {
    if let Some(zone) = &server.time_zone {
        let _ = write!(
            tasks,
            "\n    - name: Set the time zone\n      ansible.windows.win_timezone:\n        timezone: {}\n",
            scalar(zone)
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
    for (task, name, data) in [
        ("Name the time sources", "NtpServer", sources.join(" ")),
        ("Take the time from these sources", "Type", "NTP".to_owned()),
    ] {
        let _ = write!(
            tasks,
            "\n    - name: {task}\n      ansible.windows.win_regedit:\n        \
             path: HKLM:\\SYSTEM\\CurrentControlSet\\Services\\W32Time\\Parameters\n        name: {name}\n        data: {}\n        \
             type: string\n      notify: Restart the time service\n",
            scalar(&data)
        );
    }
    // Kerberos refuses a clock that is five minutes off: the time comes before the domain.
    tasks.push_str("\n    - name: Set the clock before anything asks a domain\n      ansible.builtin.meta: flush_handlers\n");
}

/// Name and join in one, so that there is one restart; the account's password is the inventory's.
fn name_and_domain(tasks: &mut String, server: &Server) {
    if let Some(domain) = &server.domain {
        let _ = write!(
            tasks,
            "\n    # domain_join_user and domain_join_password: from Ansible Vault.\n    \
             - name: Join the domain\n      microsoft.ad.membership:\n        dns_domain_name: {}\n",
            scalar(domain)
        );
        if let Some(name) = &server.computer_name {
            let _ = writeln!(tasks, "        hostname: {}", scalar(name));
        }
        tasks.push_str(
            "        domain_admin_user: \"{{ domain_join_user }}\"\n        domain_admin_password: \"{{ domain_join_password }}\"\n        \
             state: domain\n        reboot: true\n",
        );
    } else if let Some(name) = &server.computer_name {
        let _ = write!(
            tasks,
            "\n    - name: Name the computer\n      ansible.windows.win_hostname:\n        name: {}\n      register: prepare_name\n\n    \
             - name: Restart for the name\n      ansible.windows.win_reboot:\n      when: prepare_name.reboot_required\n",
            scalar(name)
        );
    }
}
