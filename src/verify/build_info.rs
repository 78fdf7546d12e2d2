//! What the go tool put into an executable, compared with the record: everything that the record promises is there, and
//! nothing is there that it does not tell.

use crate::format::buildinfo::BuildInfo;
use crate::project::go_flags;
use crate::step::metadata::{ArtifactsFile, BinaryRecord, module_version};
use crate::target::{Target, VariantKind};

/// What is in the executable, and what should be.
struct Promise {
    what: String,
    found: Option<String>,
    promised: Option<String>,
}

impl Promise {
    fn new(what: &str, found: Option<&str>, promised: Option<&str>) -> Self {
        let owned = |value: Option<&str>| {
            let value = value.filter(|value| !value.is_empty());
            value.map(str::to_owned)
        };
        Self {
            what: what.to_owned(),
            found: owned(found),
            promised: owned(promised),
        }
    }

    fn broken(self) -> Option<String> {
        let word = |value: Option<String>| value.unwrap_or_else(|| "nothing".to_owned());
        (self.found != self.promised).then(|| {
            let (found, promised) = (word(self.found), word(self.promised));
            format!("{} in it is {found}, not {promised}", self.what)
        })
    }
}

pub(super) fn check(
    info: &BuildInfo,
    target: &Target,
    record: &BinaryRecord,
    release: &ArtifactsFile,
) -> Vec<String> {
    of_target(info, target)
        .into_iter()
        .chain(of_record(info, record))
        .chain(of_environment(info, record))
        .chain(of_flags(info, record))
        .filter_map(Promise::broken)
        .chain(of_commit(info, release))
        .collect()
}

/// That it was compiled for the target.
fn of_target(info: &BuildInfo, target: &Target) -> Vec<Promise> {
    let promise = |name: &str, value: &str| Promise::new(name, info.setting(name), Some(value));
    let mut promises = vec![promise("GOOS", &target.goos)];
    let mut goarch = target.goarch.as_str();
    if target.is_universal() {
        goarch = info.setting("GOARCH").unwrap_or_default();
    } else {
        promises.push(promise("GOARCH", goarch));
    }
    if let Some(kind) = VariantKind::of(goarch)
        // A Go that does not know the variable yet compiles for its default.
        && (target.variant.is_some() || info.setting(kind.variable).is_some())
    {
        let variant = target.variant.as_deref().unwrap_or(kind.default);
        promises.push(promise(kind.variable, variant));
    }
    promises
}

/// That it is the recorded program.
fn of_record(info: &BuildInfo, record: &BinaryRecord) -> Vec<Promise> {
    let build = &record.build;
    let version = module_version(info);
    vec![
        Promise::new(
            "the Go version",
            Some(&info.go_version),
            record.go_version.as_deref(),
        ),
        Promise::new("the package", Some(&info.path), Some(&build.package)),
        Promise::new(
            "the module's version",
            version.as_deref(),
            record.module_version.as_deref(),
        ),
        Promise::new(
            "the commit",
            info.setting("vcs.revision"),
            record.vcs_revision.as_deref(),
        ),
    ]
}

/// That the variables which the go tool records are those of the record; the target's have their own rule.
fn of_environment(info: &BuildInfo, record: &BinaryRecord) -> Vec<Promise> {
    let promised = |name: &str| record.build.env.get(name).map(String::as_str);
    let mut names: Vec<&str> = info
        .settings
        .keys()
        .map(String::as_str)
        .filter(|name| name.starts_with("GO") || name.starts_with("CGO_"))
        .collect();
    names.extend(["CGO_ENABLED", "GOEXPERIMENT"]);
    names.sort_unstable();
    names.dedup();
    let names = names.into_iter().filter(|name| {
        let is_target = ["GOOS", "GOARCH"].contains(name) || VariantKind::is_variable(name);
        !is_target
    });
    names
        .map(|name| {
            let (found, promised) = (info.setting(name), promised(name));
            match name {
                // The go tool resolves words such as `certified`.
                "GOFIPS140" if promised.is_some() => Promise::new(name, promised, promised),
                // A distribution that experiments by default has them in its version.
                "GOEXPERIMENT" if promised.is_none() => {
                    let own = info.go_version.split_once("X:").map(|(_, own)| own);
                    Promise::new(name, found.filter(|found| Some(*found) != own), None)
                }
                _ => Promise::new(name, found, promised),
            }
        })
        .collect()
}

/// That the flags which the go tool records are those of the record. Paths are not in it with `-trimpath`.
fn of_flags(info: &BuildInfo, record: &BinaryRecord) -> Vec<Promise> {
    let flags = &record.build.flags;
    let value = |name: &str| {
        let mut flags = flags.iter().rev();
        let flag = flags.find(|flag| go_flags::name(flag) == name)?;
        Some(flag.split_once('=').map_or("true", |(_, value)| value))
    };
    let switch = |name: &str| value(name).filter(|value| *value != "false");
    let mode = value("buildmode").filter(|mode| *mode != "default");
    // The go tool writes the old form, with spaces, as the new one.
    let tags = value("tags").map(|tags| tags.replace(' ', ","));
    let mut promises = vec![
        Promise::new("-tags", info.setting("-tags"), tags.as_deref()),
        Promise::new(
            "-buildmode",
            info.setting("-buildmode"),
            Some(mode.unwrap_or("exe")),
        ),
    ];
    for name in ["trimpath", "race", "msan", "asan", "cover"] {
        let setting = format!("-{name}");
        promises.push(Promise::new(&setting, info.setting(&setting), switch(name)));
    }
    for name in ["gcflags", "asmflags", "ldflags"] {
        let setting = format!("-{name}");
        // Left out by Go for `-ldflags` with `-trimpath`.
        let is_told = name != "ldflags" || switch("trimpath").is_none();
        if is_told || info.setting(&setting).is_some() {
            promises.push(Promise::new(&setting, info.setting(&setting), value(name)));
        }
    }
    promises
}

/// That the go tool saw the commit that the release claims to be of, without changes.
fn of_commit(info: &BuildInfo, release: &ArtifactsFile) -> Vec<String> {
    let Some(commit) = &release.release.commit else {
        return Vec::new();
    };
    let mut messages = Vec::new();
    if let Some(found) = info.setting("vcs.revision")
        && found != commit.hash
    {
        messages.push(format!("the commit in it is {found}, not {}", commit.hash));
    }
    let version = module_version(info).unwrap_or_default();
    let is_modified = info.setting("vcs.modified") == Some("true") || version.ends_with("+dirty");
    if is_modified && !commit.dirty {
        messages.push(
            "it says that it was compiled from changed files, and the release that it was not"
                .to_owned(),
        );
    }
    messages
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::format::buildinfo::Module;

    fn information(settings: &[(&str, &str)]) -> BuildInfo {
        let mut info = BuildInfo {
            go_version: "go1.26.0".to_owned(),
            path: "example.com/orders".to_owned(),
            ..BuildInfo::default()
        };
        info.settings = pairs(&[
            ("-buildmode", "exe"),
            ("-compiler", "gc"),
            ("-trimpath", "true"),
            ("CGO_ENABLED", "0"),
            ("GOAMD64", "v1"),
            ("GOARCH", "amd64"),
            ("GOOS", "linux"),
        ]);
        info.settings.extend(pairs(settings));
        info
    }

    fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    }

    fn record() -> BinaryRecord {
        let json = serde_json::json!({
            "name": "orders", "path": "orders", "size": 1, "sha256": "",
            "build": {
                "package": "example.com/orders",
                "flags": ["-trimpath", "-ldflags=-s -w"],
                "env": { "GOOS": "linux", "GOARCH": "amd64", "GOAMD64": "v1", "CGO_ENABLED": "0" }
            },
            "go-version": "go1.26.0",
        });
        serde_json::from_value(json).unwrap()
    }

    fn broken(info: &BuildInfo, record: &BinaryRecord) -> Vec<String> {
        let release = serde_json::json!({
            "schema": 1, "gorelease": "1.0.0", "artifacts": [], "checksums": [],
            "release": {
                "name": "orders", "title": "", "manufacturer": "", "description": "",
                "version": "1.0.0", "kind": "release", "version-origin": "tag", "timestamp": 0,
                "manifest-sha256": "",
                "commit": { "hash": "0123", "short": "01", "time": 0, "dirty": false }
            }
        });
        let release: ArtifactsFile = serde_json::from_value(release).unwrap();
        check(info, &Target::new("linux", "amd64"), record, &release)
    }

    #[test]
    fn settings_that_the_record_does_not_tell_are_found() {
        assert_eq!(broken(&information(&[]), &record()), Vec::<String>::new());
        for (name, value, message) in [
            ("GOAMD64", "v3", "GOAMD64 in it is v3, not v1"),
            (
                "GOEXPERIMENT",
                "jsonv2",
                "GOEXPERIMENT in it is jsonv2, not nothing",
            ),
            (
                "GOFIPS140",
                "v1.0.0",
                "GOFIPS140 in it is v1.0.0, not nothing",
            ),
            ("CGO_CFLAGS", "-O0", "CGO_CFLAGS in it is -O0, not nothing"),
            ("CGO_ENABLED", "1", "CGO_ENABLED in it is 1, not 0"),
            ("-tags", "pro", "-tags in it is pro, not nothing"),
            ("-race", "true", "-race in it is true, not nothing"),
            ("-cover", "true", "-cover in it is true, not nothing"),
            ("-gcflags", "-N", "-gcflags in it is -N, not nothing"),
            ("-buildmode", "pie", "-buildmode in it is pie, not exe"),
            (
                "vcs.modified",
                "true",
                "it says that it was compiled from changed files, and the release that it was not",
            ),
        ] {
            assert_eq!(broken(&information(&[(name, value)]), &record()), [message]);
        }
        let mut dirty = information(&[]);
        dirty.main = Some(Module {
            version: "v1.0.0+dirty".to_owned(),
            ..Module::default()
        });
        assert_eq!(broken(&dirty, &record()).len(), 2);
    }

    #[test]
    fn settings_that_the_record_tells_must_be_there() {
        let mut record = record();
        record
            .build
            .env
            .extend(pairs(&[("GOEXPERIMENT", "jsonv2")]));
        record
            .build
            .flags
            .extend(["-tags=pro".to_owned(), "-race".to_owned()]);
        assert_eq!(
            broken(&information(&[]), &record),
            [
                "GOEXPERIMENT in it is nothing, not jsonv2",
                "-tags in it is nothing, not pro",
                "-race in it is nothing, not true"
            ]
        );
        let same = [
            ("GOEXPERIMENT", "jsonv2"),
            ("-tags", "pro"),
            ("-race", "true"),
        ];
        assert!(broken(&information(&same), &record).is_empty());
    }

    #[test]
    fn experiments_of_a_distribution_are_in_its_version() {
        let mut info = information(&[("GOEXPERIMENT", "boringcrypto")]);
        let mut record = record();
        for version in [&mut info.go_version, record.go_version.as_mut().unwrap()] {
            "go1.26.0 X:boringcrypto".clone_into(version);
        }
        assert!(broken(&info, &record).is_empty());
    }
}
