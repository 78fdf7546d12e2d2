//! The build information reader against `go version -m`.

use std::path::Path;

use gorelease::format::buildinfo::{self, BuildInfo, Module};
use serde_json::{Value, json};

use crate::fixture::{Fixture, run, universal};

/// The shape of `go version -m -json` (Go 1.25 and newer), settings sorted by key.
fn as_go_prints_it(info: &BuildInfo) -> Value {
    let settings: Vec<Value> = info
        .settings
        .iter()
        .map(|(key, value)| json!({ "Key": key, "Value": value }))
        .collect();
    json!({
        "GoVersion": info.go_version,
        "Path": info.path,
        "Main": info.main.as_ref().map(module_as_go_prints_it),
        "Deps": info.deps.iter().map(module_as_go_prints_it).collect::<Vec<_>>(),
        "Settings": settings,
    })
}

fn module_as_go_prints_it(module: &Module) -> Value {
    let mut value = json!({ "Path": module.path });
    for (key, text) in [("Version", &module.version), ("Sum", &module.sum)] {
        if !text.is_empty() {
            value[key] = text.as_str().into();
        }
    }
    if let Some(replace) = &module.replace {
        value["Replace"] = module_as_go_prints_it(replace);
    }
    value
}

fn go_says(fixture: &Fixture, file: &Path) -> Value {
    let mut value: Value = serde_json::from_str(&run(fixture
        .go()
        .args(["version", "-m", "-json"])
        .arg(file)))
    .unwrap();
    let settings = value["Settings"].as_array_mut().unwrap();
    settings.sort_by_key(|setting| setting["Key"].as_str().unwrap().to_owned());
    value
}

#[test]
fn agrees_with_the_go_tool_on_every_container() {
    let Some(fixture) = Fixture::get() else {
        return;
    };
    for target in [
        "linux/amd64",
        "linux/386",
        "linux/s390x",
        "windows/amd64",
        "windows/386",
        "darwin/arm64",
    ] {
        let file = fixture.build(target);
        let info = buildinfo::read(&file).unwrap();
        assert_eq!(as_go_prints_it(&info), go_says(fixture, &file), "{target}");
        assert_eq!(info.setting("vcs.modified"), Some("false"), "{target}");
        assert_eq!(
            info.setting("vcs.time"),
            Some("2026-03-04T05:06:07Z"),
            "{target}"
        );
        assert_eq!(
            info.setting("-ldflags"),
            Some("-X \"main.version=1.4.2 é\""),
            "{target}"
        );
        assert_eq!(info.deps[0].effective().path, "./helper", "{target}");
        assert_eq!(info.main.unwrap().version, "v1.4.2", "{target}");
    }
}

#[test]
fn every_slice_of_a_universal_file_is_read() {
    let Some(fixture) = Fixture::get() else {
        return;
    };
    let parts = ["darwin/amd64", "darwin/arm64"].map(|target| fixture.build(target));
    let both = fixture.scratch("universal").join("orders");
    universal(&[&parts[0], &parts[1]], &both);

    let slices = buildinfo::read_slices(&both).unwrap();
    let alone = parts.map(|part| buildinfo::read(&part).unwrap());
    assert_eq!(
        slices.iter().map(|slice| &slice.info).collect::<Vec<_>>(),
        alone.iter().collect::<Vec<_>>()
    );
    assert_eq!(slices[0].range.start, 1 << 14);
    assert_eq!(slices[1].info.setting("GOARCH"), Some("arm64"));
    assert_eq!(
        as_go_prints_it(&buildinfo::read(&both).unwrap()),
        go_says(fixture, &both)
    );
}

#[test]
fn a_cut_or_changed_executable_is_an_error_or_an_answer() {
    let Some(fixture) = Fixture::get() else {
        return;
    };
    let whole = std::fs::read(fixture.build("windows/amd64")).unwrap();
    for length in (0..whole.len()).step_by(whole.len() / 61) {
        let _ = buildinfo::slices(std::io::Cursor::new(&whole[..length]));
    }
    let mut changed = whole.clone();
    for position in 0..1024 {
        let original =
            std::mem::replace(&mut changed[position], whole[position].wrapping_add(0x7f));
        let _ = buildinfo::slices(std::io::Cursor::new(&changed[..]));
        changed[position] = original;
    }
}
