//! The files of the hand-over folder that are made from the model.

use super::handover::{self, Language};
use super::model::Deployment;
use super::{applocker, automation, iis, nginx, script, security};
use crate::deploy::Config;

/// A file of the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedFile {
    /// The path in the folder, with forward slashes.
    pub path: String,
    /// Its text, UTF-8.
    pub text: String,
}

/// Everything but the artifacts themselves, sorted by path.
pub fn generate(deployment: &Deployment, config: &Config) -> Vec<GeneratedFile> {
    let mut files = vec![
        file("deployment.json", deployment.to_json()),
        file("Deploy.ps1", script::deploy_script()),
        file(security::FILE_NAME, security::page(deployment).markdown()),
    ];
    let default = vec!["en".to_owned()];
    for language in config
        .languages
        .as_ref()
        .unwrap_or(&default)
        .iter()
        .filter_map(|name| Language::parse(name))
    {
        let page = handover::page(deployment, language);
        files.push(file(
            &format!("HANDOVER{}.html", language.suffix()),
            page.html(),
        ));
        files.push(file(
            &format!("HANDOVER{}.md", language.suffix()),
            page.markdown(),
        ));
    }
    if let Some(nginx) = &deployment.proxy.nginx {
        files.push(file("nginx/server.conf", nginx::server(deployment, nginx)));
        files.push(file(
            "nginx/upstream.conf",
            nginx::upstream(deployment, nginx),
        ));
    }
    if let Some(front) = &deployment.proxy.iis {
        files.push(file(
            "iis/applicationHost.xml",
            iis::application_host(deployment, front),
        ));
    }
    if let Some(rules) = &deployment.applocker {
        files.push(file(
            "applocker.xml",
            applocker::policy(deployment, rules, &script::deploy_script()),
        ));
        files.push(file(
            "Set-AppLocker.ps1",
            windows_lines(applocker::APPLY_SCRIPT),
        ));
    }
    files.extend(automation::generate(deployment, config));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

pub(super) fn file(path: &str, text: String) -> GeneratedFile {
    GeneratedFile {
        path: path.to_owned(),
        text,
    }
}

fn windows_lines(text: &str) -> String {
    text.replace('\n', "\r\n")
}
