//! The files of the hand-over folder that are made from the model.

use super::handover::{self, Language};
use super::model::Deployment;
use super::{applocker, automation, group_policy, iis, nginx, script, security};
use crate::deploy::Config;

/// A file of the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedFile {
    /// The path in the folder, with forward slashes.
    pub path: String,
    /// Its text.
    pub text: String,
    /// How it is written.
    pub encoding: Encoding,
}

/// How a text becomes bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, without a byte-order mark but for one in the text.
    Utf8,
    /// UTF-16, little endian, with its byte-order mark: what Windows' older tools take for all languages.
    Utf16,
}

impl GeneratedFile {
    /// The file's bytes.
    pub fn bytes(&self) -> Vec<u8> {
        match self.encoding {
            Encoding::Utf8 => self.text.clone().into_bytes(),
            Encoding::Utf16 => std::iter::once(0xfeff)
                .chain(self.text.encode_utf16())
                .flat_map(u16::to_le_bytes)
                .collect(),
        }
    }
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
        let (server, upstream) = nginx::file_names(deployment, nginx);
        files.push(file(&server, nginx::server(deployment, nginx)));
        files.push(file(&upstream, nginx::upstream(deployment, nginx)));
    }
    if let Some(front) = &deployment.proxy.iis {
        files.push(file(
            "iis/applicationHost.xml",
            iis::application_host(deployment, front),
        ));
        files.push(file("iis/web.config", iis::web_config(deployment, front)));
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
    if let Some(policy) = &deployment.group_policy {
        let settings = group_policy::settings(deployment, policy, &script::deploy_script());
        for (path, text) in [
            (
                "group-policy/policy.reg",
                group_policy::registry_file(&settings),
            ),
            (
                "group-policy/policy.lgpo.txt",
                group_policy::lgpo_text(&settings),
            ),
        ] {
            files.push(GeneratedFile {
                encoding: Encoding::Utf16,
                ..file(path, text)
            });
        }
    }
    files.extend(automation::generate(deployment, config));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

pub(super) fn file(path: &str, text: String) -> GeneratedFile {
    GeneratedFile {
        path: path.to_owned(),
        text,
        encoding: Encoding::Utf8,
    }
}

fn windows_lines(text: &str) -> String {
    text.replace('\n', "\r\n")
}
