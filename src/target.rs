//! What a program is built for: GOOS, GOARCH and a variant of the architecture.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A GOOS/GOARCH pair with an optional variant, such as `linux/arm/7`; `darwin/universal` is both macOS
/// architectures in one file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    /// GOOS.
    pub goos: String,
    /// GOARCH, or `universal`.
    pub goarch: String,
    /// The value of GOAMD64, GOARM and so on; none for Go's default.
    pub variant: Option<String>,
}

/// The architecture of a macOS file for both processors.
pub const UNIVERSAL: &str = "universal";

impl Target {
    /// A target without a variant.
    pub fn new(goos: impl Into<String>, goarch: impl Into<String>) -> Self {
        Self {
            goos: goos.into(),
            goarch: goarch.into(),
            variant: None,
        }
    }

    /// Reads `goos/goarch` or `goos/goarch/variant`; whether Go knows it is asked elsewhere.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/');
        let (goos, goarch) = (parts.next()?, parts.next()?);
        let variant = parts.next().map(str::to_owned);
        let whole = parts.next().is_none() && !goos.is_empty() && !goarch.is_empty();
        (whole && variant.as_deref() != Some("")).then(|| Self {
            goos: goos.into(),
            goarch: goarch.into(),
            variant,
        })
    }

    /// `windows_amd64`, `linux_armv7`, `linux_amd64_v3`: for file names.
    pub fn slug(&self) -> String {
        match (&self.variant, self.goarch.as_str()) {
            (None, _) => format!("{}_{}", self.goos, self.goarch),
            (Some(variant), "arm") => format!("{}_armv{}", self.goos, variant.replace(',', "_")),
            (Some(variant), _) => format!(
                "{}_{}_{}",
                self.goos,
                self.goarch,
                variant.replace([',', '.'], "_")
            ),
        }
    }

    /// The extension of an executable, with its dot.
    pub fn executable_extension(&self) -> &'static str {
        match (self.goos.as_str(), self.goarch.as_str()) {
            ("windows", _) => ".exe",
            (_, "wasm") => ".wasm",
            _ => "",
        }
    }

    /// Whether it is a macOS file for both processors.
    pub fn is_universal(&self) -> bool {
        self.goarch == UNIVERSAL
    }

    /// Whether it is Windows.
    pub fn is_windows(&self) -> bool {
        self.goos == "windows"
    }

    /// GOOS, GOARCH and the variable of the architecture's variants, as `go build` takes them. Without a variant it is
    /// Go's own default, whatever a distribution of Go or a machine makes of it.
    pub fn environment(&self) -> Vec<(String, String)> {
        let mut environment = vec![
            ("GOOS".to_owned(), self.goos.clone()),
            ("GOARCH".to_owned(), self.goarch.clone()),
        ];
        if let Some(kind) = VariantKind::of(&self.goarch) {
            let variant = self.variant.as_deref().unwrap_or(kind.default);
            environment.push((kind.variable.to_owned(), variant.to_owned()));
        }
        environment
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.goos, self.goarch)?;
        match &self.variant {
            Some(variant) => write!(f, "/{variant}"),
            None => Ok(()),
        }
    }
}

impl Serialize for Target {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Target {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Target".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[^/]+/[^/]+(/[^/]+)?$" })
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no target")))
    }
}

/// The variable that chooses a variant of an architecture, and its values (cmd/go, `go help environment`).
pub struct VariantKind {
    /// Such as `GOAMD64`.
    pub variable: &'static str,
    /// The value that Go takes when none is given, by `go help environment`.
    pub default: &'static str,
    /// The values, without the options that may follow a comma.
    pub values: &'static [&'static str],
    /// What may follow after a comma.
    pub options: &'static [&'static str],
    /// The first Go that knows the variable, as (major, minor).
    pub since: (u32, u32),
}

impl VariantKind {
    /// The kind of this architecture, if it has variants.
    pub fn of(goarch: &str) -> Option<Self> {
        let (variable, values, options, since): (_, &[&str], &[&str], _) = match goarch {
            "amd64" => ("GOAMD64", &["v1", "v2", "v3", "v4"], &[], (1, 18)),
            "386" => ("GO386", &["sse2", "softfloat"], &[], (1, 16)),
            "arm" => (
                "GOARM",
                &["5", "6", "7"],
                &["softfloat", "hardfloat"],
                (1, 0),
            ),
            "arm64" => (
                "GOARM64",
                &[
                    "v8.0", "v8.1", "v8.2", "v8.3", "v8.4", "v8.5", "v8.6", "v8.7", "v8.8", "v8.9",
                    "v9.0", "v9.1", "v9.2", "v9.3", "v9.4", "v9.5",
                ],
                &["lse", "crypto"],
                (1, 23),
            ),
            "mips" | "mipsle" => ("GOMIPS", &["hardfloat", "softfloat"], &[], (1, 10)),
            "mips64" | "mips64le" => ("GOMIPS64", &["hardfloat", "softfloat"], &[], (1, 11)),
            "ppc64" | "ppc64le" => ("GOPPC64", &["power8", "power9", "power10"], &[], (1, 12)),
            "riscv64" => (
                "GORISCV64",
                &["rva20u64", "rva22u64", "rva23u64"],
                &[],
                (1, 23),
            ),
            _ => return None,
        };
        let default = match variable {
            // Go made on an ARM machine has another default of its own.
            "GOARM" => "7",
            _ => values.first().copied().unwrap_or_default(),
        };
        Some(Self {
            variable,
            default,
            values,
            options,
            since,
        })
    }

    /// Whether a variable chooses variants of any architecture.
    pub fn is_variable(name: &str) -> bool {
        const ARCHITECTURES: [&str; 8] = [
            "386", "amd64", "arm", "arm64", "mips", "mips64", "ppc64", "riscv64",
        ];
        let mut kinds = ARCHITECTURES.iter().filter_map(|goarch| Self::of(goarch));
        kinds.any(|kind| kind.variable == name)
    }

    /// Whether `variant` is a value of it.
    pub fn allows(&self, variant: &str) -> bool {
        let mut parts = variant.split(',');
        let base = parts.next().unwrap_or_default();
        self.values.contains(&base) && parts.all(|option| self.options.contains(&option))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_plain_file_names() {
        for (text, slug) in [
            ("windows/amd64", "windows_amd64"),
            ("linux/arm/7", "linux_armv7"),
            ("linux/amd64/v3", "linux_amd64_v3"),
            ("linux/arm64/v8.0,lse", "linux_arm64_v8_0_lse"),
        ] {
            assert_eq!(Target::parse(text).unwrap().slug(), slug);
        }
    }

    #[test]
    fn variants_are_checked() {
        assert!(VariantKind::of("arm").unwrap().allows("7,hardfloat"));
        assert!(!VariantKind::of("amd64").unwrap().allows("v5"));
        assert!(VariantKind::of("wasm").is_none());
    }

    #[test]
    fn an_architecture_without_a_variant_has_the_default_of_go() {
        for (text, variable) in [
            ("linux/amd64", "GOAMD64=v1"),
            ("linux/amd64/v3", "GOAMD64=v3"),
            ("linux/386", "GO386=sse2"),
            ("linux/arm", "GOARM=7"),
            ("linux/arm64", "GOARM64=v8.0"),
            ("linux/mipsle", "GOMIPS=hardfloat"),
            ("linux/ppc64le", "GOPPC64=power8"),
            ("linux/riscv64", "GORISCV64=rva20u64"),
        ] {
            let (name, value) = variable.split_once('=').unwrap();
            let environment = Target::parse(text).unwrap().environment();
            assert!(
                environment.contains(&(name.to_owned(), value.to_owned())),
                "{text}"
            );
            assert!(VariantKind::is_variable(name));
        }
        assert_eq!(Target::new("js", "wasm").environment().len(), 2);
    }

    #[test]
    fn malformed_targets_are_refused() {
        for text in ["windows", "/amd64", "linux/", "linux/arm/", "linux/arm/7/x"] {
            assert_eq!(Target::parse(text), None, "{text}");
        }
    }
}
