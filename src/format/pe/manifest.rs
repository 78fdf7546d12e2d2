//! The application manifest: what the program asks of Windows.
//!
//! Source: Microsoft, "Application manifests". There is no `assemblyIdentity`: it is optional in an application's
//! manifest, and one that Windows finds fault with keeps the program from starting.

use super::{Name, Resources, kind};

/// The rights with which the program starts (`requestedExecutionLevel`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExecutionLevel {
    /// Those of its parent.
    #[default]
    AsInvoker,
    /// The highest that the user has.
    HighestAvailable,
    /// An administrator's, with a prompt.
    RequireAdministrator,
}

/// How the program deals with screens of different density (`dpiAwareness`, and `dpiAware` for Windows before
/// version 1607).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DpiAwareness {
    /// Says nothing: right for programs without a window.
    #[default]
    Unstated,
    /// Windows scales the program's pictures.
    Unaware,
    /// The density of the main screen at the start.
    System,
    /// The density of the screen that a window is on, second version.
    PerMonitorV2,
}

/// A version of Windows that the program says it knows (`supportedOS`); a version that is not named gives it an older
/// behaviour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SupportedOs {
    /// Windows Vista, Server 2008.
    Vista,
    /// Windows 7, Server 2008 R2.
    Windows7,
    /// Windows 8, Server 2012.
    Windows8,
    /// Windows 8.1, Server 2012 R2.
    Windows81,
    /// Windows 10 and 11, Server 2016 and later.
    Windows10,
}

impl SupportedOs {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Vista,
        Self::Windows7,
        Self::Windows8,
        Self::Windows81,
        Self::Windows10,
    ];

    fn id(self) -> &'static str {
        match self {
            Self::Vista => "{e2011457-1546-43c5-a5fe-008deee3d3f0}",
            Self::Windows7 => "{35138b9a-5d96-4fbd-8e2d-a2440225f93a}",
            Self::Windows8 => "{4a2f28e3-53b9-4441-ba9c-d69d4a4a6e38}",
            Self::Windows81 => "{1f676c76-80e1-4239-95bb-83d0f6d0da78}",
            Self::Windows10 => "{8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a}",
        }
    }
}

/// A feature that the manifest switches on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Feature {
    /// It does.
    #[default]
    On,
    /// It says nothing of it.
    Off,
}

/// The content of an application manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationManifest {
    /// The rights.
    pub execution_level: ExecutionLevel,
    /// Paths over 260 characters, where the machine allows them too (`longPathAware`).
    pub long_paths: Feature,
    /// UTF-8 as the code page of C code (`activeCodePage`); Go's own code does not depend on it.
    pub utf8: Feature,
    /// Screens.
    pub dpi_awareness: DpiAwareness,
    /// Known versions of Windows.
    pub supported_os: Vec<SupportedOs>,
}

/// Puts a manifest into `resources`, as number 1 (CREATEPROCESS_MANIFEST_RESOURCE_ID), language neutral.
pub fn add_xml(xml: &str, resources: &mut Resources) {
    resources.insert(kind::MANIFEST, Name::Id(1), 0, xml.as_bytes().to_vec());
}

impl Default for ApplicationManifest {
    fn default() -> Self {
        Self {
            execution_level: ExecutionLevel::default(),
            long_paths: Feature::On,
            utf8: Feature::On,
            dpi_awareness: DpiAwareness::default(),
            supported_os: SupportedOs::ALL.to_vec(),
        }
    }
}

impl ApplicationManifest {
    /// As [`add_xml`], with this content.
    pub fn add_to(&self, resources: &mut Resources) {
        add_xml(&self.to_xml(), resources);
    }

    /// The XML, always the same for the same content.
    pub fn to_xml(&self) -> String {
        let level = match self.execution_level {
            ExecutionLevel::AsInvoker => "asInvoker",
            ExecutionLevel::HighestAvailable => "highestAvailable",
            ExecutionLevel::RequireAdministrator => "requireAdministrator",
        };
        let mut xml = format!(
            r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<assembly xmlns="urn:schemas-microsoft-com:asm.v1" manifestVersion="1.0">
  <trustInfo xmlns="urn:schemas-microsoft-com:asm.v3">
    <security>
      <requestedPrivileges>
        <requestedExecutionLevel level="{level}" uiAccess="false"/>
      </requestedPrivileges>
    </security>
  </trustInfo>
"#
        );
        if !self.supported_os.is_empty() {
            xml.push_str("  <compatibility xmlns=\"urn:schemas-microsoft-com:compatibility.v1\">\n    <application>\n");
            let mut ids = self.supported_os.clone();
            ids.sort_unstable();
            ids.dedup();
            for os in ids {
                xml.push_str(&format!("      <supportedOS Id=\"{}\"/>\n", os.id()));
            }
            xml.push_str("    </application>\n  </compatibility>\n");
        }
        let settings = self.settings();
        if !settings.is_empty() {
            xml.push_str("  <application xmlns=\"urn:schemas-microsoft-com:asm.v3\">\n    <windowsSettings>\n");
            for (name, year, value) in settings {
                let space = format!("http://schemas.microsoft.com/SMI/{year}/WindowsSettings");
                xml.push_str(&format!(
                    "      <{name} xmlns=\"{space}\">{value}</{name}>\n"
                ));
            }
            xml.push_str("    </windowsSettings>\n  </application>\n");
        }
        xml.push_str("</assembly>\n");
        xml
    }

    /// Element, the year in its name space, value.
    fn settings(&self) -> Vec<(&'static str, u16, &'static str)> {
        let mut settings = match self.dpi_awareness {
            DpiAwareness::Unstated => vec![],
            DpiAwareness::Unaware => vec![
                ("dpiAware", 2005, "false"),
                ("dpiAwareness", 2016, "unaware"),
            ],
            DpiAwareness::System => {
                vec![("dpiAware", 2005, "true"), ("dpiAwareness", 2016, "system")]
            }
            DpiAwareness::PerMonitorV2 => {
                vec![
                    ("dpiAware", 2005, "true/pm"),
                    ("dpiAwareness", 2016, "PerMonitorV2, PerMonitor"),
                ]
            }
        };
        if self.long_paths == Feature::On {
            settings.push(("longPathAware", 2016, "true"));
        }
        if self.utf8 == Feature::On {
            settings.push(("activeCodePage", 2019, "UTF-8"));
        }
        settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_was_asked_for() {
        insta::assert_snapshot!(ApplicationManifest::default().to_xml());
        let bare = ApplicationManifest {
            execution_level: ExecutionLevel::RequireAdministrator,
            long_paths: Feature::Off,
            utf8: Feature::Off,
            dpi_awareness: DpiAwareness::Unstated,
            supported_os: vec![],
        };
        let xml = bare.to_xml();
        assert!(xml.contains("level=\"requireAdministrator\""), "{xml}");
        assert!(
            !xml.contains("windowsSettings") && !xml.contains("supportedOS"),
            "{xml}"
        );
        let screens = ApplicationManifest {
            dpi_awareness: DpiAwareness::PerMonitorV2,
            ..bare
        };
        assert!(
            screens
                .to_xml()
                .contains(">PerMonitorV2, PerMonitor</dpiAwareness>")
        );
    }
}
