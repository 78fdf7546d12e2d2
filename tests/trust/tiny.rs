//! A whole release of a few kilobytes, made without Go: every kind of file, so small that it can be verified hundreds of
//! times.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use gorelease::format::archive::{Archive, Entry, Format, Options as ArchiveOptions, Source};
use gorelease::format::authenticode::inspect;
use gorelease::format::buildinfo;
use gorelease::format::output::{hex, sha256_hex};
use gorelease::trust::licence::Places;
use gorelease::trust::sbom::{Inventory, Origin, Subject, cyclonedx, spdx};
use gorelease::trust::sign::detached::PublicKey;
use serde_json::{Value, json};

use crate::support::go_module;

pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
pub const VERSION: &str = "1.4.2";
pub const LINUX: &str = "orders_1.4.2_linux_amd64.tar.gz";
pub const WINDOWS: &str = "orders_1.4.2_windows_amd64.zip";
pub const PROGRAM: &str = "orders_1.4.2_windows_amd64.exe";
pub const PACKAGE: &str = "orders_1.4.2_windows_amd64.msi";
pub const PROVENANCE: &str = "provenance.intoto.json";
pub const SUMS: &str = "SHA256SUMS";
pub const SIGNATURE: &str = "SHA256SUMS.minisig";
/// The unpacked deployment bundle in it.
pub const BUNDLE: &str = "deploy/orders";

pub struct Tiny {
    folder: tempfile::TempDir,
    pair: minisign::KeyPair,
}

impl Tiny {
    pub fn new() -> Self {
        let tiny = Self {
            folder: tempfile::tempdir().unwrap(),
            pair: minisign::KeyPair::generate_unencrypted_keypair().unwrap(),
        };
        let dist = tiny.dist();
        fs::create_dir_all(dist.join(BUNDLE)).unwrap();
        let linux = tiny.program("orders", "linux", &elf(&blob("linux")));
        let windows = tiny.program("orders.exe", "windows", &pe(&blob("windows")));
        let cdx = source(&dist.join("orders_1.4.2_linux_amd64.cdx.json"));
        pack(
            &dist.join(LINUX),
            &[
                ("orders", 0o755, linux.1.clone()),
                ("orders.cdx.json", 0o644, cdx),
            ],
        );
        pack(
            &dist.join(WINDOWS),
            &[
                ("orders/README.md", 0o644, Source::Bytes(b"orders\n".into())),
                ("orders/orders.exe", 0o755, windows.1.clone()),
            ],
        );
        let (_, Source::Bytes(program)) = &windows else {
            panic!("a program is bytes");
        };
        fs::write(dist.join(PROGRAM), program).unwrap();
        let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/msi/small.msi");
        fs::copy(package, dist.join(PACKAGE)).unwrap();
        fs::write(dist.join("vulnerabilities.json"), "{}\n").unwrap();
        fs::write(dist.join(BUNDLE).join("Deploy.ps1"), "exit 0\r\n").unwrap();
        write_sums(&dist.join(BUNDLE));
        fs::write(dist.join(PROVENANCE), "").unwrap();
        tiny.describe(linux.0, windows.0);
        seal(&dist);
        tiny.sign(&dist);
        tiny
    }

    pub fn dist(&self) -> PathBuf {
        self.folder.path().join("dist")
    }

    /// A copy to change.
    pub fn copy(&self) -> PathBuf {
        let copy = self.folder.path().join("copy");
        let _ = fs::remove_dir_all(&copy);
        go_module::copy(&self.dist(), &copy);
        copy
    }

    pub fn key(&self) -> PublicKey {
        PublicKey::Minisign(self.public())
    }

    pub fn public(&self) -> String {
        self.pair.pk.to_base64()
    }

    pub fn sign(&self, folder: &Path) {
        sign(&self.pair, folder);
    }

    /// The record of a program, and its bytes; its bills of materials are written.
    fn program(&self, name: &str, os: &str, bytes: &[u8]) -> (Value, Source) {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let info = buildinfo::read(&path).unwrap();
        let sha256 = sha256_hex(bytes);
        let subject = Subject {
            file_name: name.to_owned(),
            sha256: sha256.clone(),
            version: None,
        };
        let inventory = Inventory::gather(subject, &info, &Places::default()).unwrap();
        let origin = Origin {
            created: "2026-03-04T05:06:07Z".parse().unwrap(),
            tool_version: "0".to_owned(),
            manufacturer: None,
        };
        let documents = [
            ("cdx", json!(cyclonedx::document(&inventory, &origin))),
            ("spdx", json!(spdx::document(&inventory, &origin))),
        ];
        for (end, document) in documents {
            let name = format!("orders_{VERSION}_{os}_amd64.{end}.json");
            fs::write(self.dist().join(name), document.to_string()).unwrap();
        }
        let mut record = json!({
            "name": "orders", "path": name, "size": bytes.len(), "sha256": sha256,
            "build": { "package": "example.com/orders", "flags": ["-trimpath"], "env": { "CGO_ENABLED": "0" } },
            "go-version": "go1.26.1", "module-version": "(devel)", "vcs-revision": COMMIT,
        });
        if let Some(authenticode) = authenticode(&path) {
            record["authenticode"] = authenticode;
        }
        (record, Source::Bytes(bytes.to_vec()))
    }

    /// Writes `artifacts.json`, still without digests.
    fn describe(&self, linux: Value, windows: Value) {
        let at = |path: &str| {
            let mut record = windows.clone();
            record["path"] = path.into();
            json!([record])
        };
        let (l, w) = ("linux/amd64", "windows/amd64");
        let script = self.dist().join(BUNDLE).join("Deploy.ps1");
        let mut artifacts = vec![
            json!({ "name": LINUX, "kind": "archive", "target": l, "binaries": [linux] }),
            json!({ "name": WINDOWS, "kind": "archive", "target": w, "binaries": at("orders/orders.exe") }),
            json!({ "name": PROGRAM, "kind": "binary", "target": w, "binaries": at(PROGRAM) }),
            json!({ "name": PACKAGE, "kind": "msi", "target": w, "authenticode": authenticode(&self.dist().join(PACKAGE)) }),
            json!({ "name": PROVENANCE, "kind": "provenance" }),
            json!({ "name": "vulnerabilities.json", "kind": "report" }),
            json!({ "name": format!("{BUNDLE}/Deploy.ps1"), "kind": "deployment", "authenticode": authenticode(&script) }),
            json!({ "name": format!("{BUNDLE}/{SUMS}"), "kind": "deployment" }),
        ];
        for (os, target) in [("linux", l), ("windows", w)] {
            for end in ["cdx", "spdx"] {
                let name = format!("orders_{VERSION}_{os}_amd64.{end}.json");
                artifacts.push(json!({ "name": name, "kind": "sbom", "target": target }));
            }
        }
        let file = json!({
            "schema": 1, "gorelease": "0.1.0",
            "release": {
                "name": "orders", "title": "Orders", "manufacturer": "", "description": "", "version": VERSION,
                "version-origin": "tag", "kind": "release", "timestamp": 0, "manifest-sha256": "",
                "commit": { "hash": COMMIT, "short": &COMMIT[..12], "time": 0, "dirty": false },
            },
            "artifacts": artifacts, "checksums": [SUMS],
        });
        fs::write(self.dist().join("artifacts.json"), file.to_string()).unwrap();
    }
}

/// Makes everything fit again but the signature: digests in `artifacts.json` and in the provenance, checksums.
pub fn seal(dist: &Path) {
    let mut file = metadata(dist);
    let measure = |artifact: &mut Value| {
        let bytes = fs::read(dist.join(artifact["name"].as_str().unwrap())).unwrap();
        artifact["size"] = bytes.len().into();
        artifact["sha256"] = sha256_hex(&bytes).into();
    };
    let artifacts = file["artifacts"].as_array_mut().unwrap();
    artifacts.iter_mut().for_each(measure);
    let subjects: Vec<Value> = artifacts
        .iter()
        .filter(|artifact| artifact["kind"] != "provenance")
        .map(|artifact| json!({ "name": artifact["name"], "digest": { "sha256": artifact["sha256"] } }))
        .collect();
    let source = json!({ "name": "source", "digest": { "gitCommit": COMMIT } });
    let definition = json!({
        "buildType": "urn:gorelease:build:v1", "externalParameters": {}, "resolvedDependencies": [source],
    });
    let builder = json!({ "id": "urn:gorelease:local", "version": {} });
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1", "subject": subjects,
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": { "buildDefinition": definition, "runDetails": { "builder": builder } },
    });
    let provenance = artifacts.iter_mut().find(|it| it["kind"] == "provenance");
    if let Some(provenance) = provenance {
        fs::write(dist.join(PROVENANCE), statement.to_string()).unwrap();
        measure(provenance);
    }
    reseal(dist, &file);
}

/// Writes `artifacts.json` as it is given, and the checksums that fit.
pub fn reseal(dist: &Path, file: &Value) {
    fs::write(dist.join("artifacts.json"), file.to_string()).unwrap();
    if file["checksums"] == json!([SUMS]) {
        write_sums(dist);
    }
}

pub fn metadata(dist: &Path) -> Value {
    serde_json::from_slice(&fs::read(dist.join("artifacts.json")).unwrap()).unwrap()
}

/// The artifact of this name.
pub fn artifact<'a>(file: &'a mut Value, name: &str) -> &'a mut Value {
    let artifacts = file["artifacts"].as_array_mut().unwrap();
    artifacts.iter_mut().find(|it| it["name"] == name).unwrap()
}

/// A checksum file over the files at the top of a folder.
pub fn write_sums(folder: &Path) {
    let mut lines = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_file() && !name.starts_with(SUMS) {
            lines.insert(name, sha256_hex(&fs::read(entry.path()).unwrap()));
        }
    }
    let text: String = lines
        .iter()
        .map(|(name, sha256)| format!("{sha256}  {name}\n"))
        .collect();
    fs::write(folder.join(SUMS), text).unwrap();
}

pub fn sign(pair: &minisign::KeyPair, folder: &Path) {
    let sums = fs::File::open(folder.join(SUMS)).unwrap();
    let signature = minisign::sign(None, &pair.sk, sums, Some("orders 1.4.2"), None).unwrap();
    fs::write(folder.join(SIGNATURE), signature.into_string()).unwrap();
}

/// An archive of the format that its name tells.
pub fn pack(path: &Path, entries: &[(&str, u32, Source)]) {
    let entries = entries.iter().map(|(name, mode, source)| Entry {
        name: (*name).to_owned(),
        mode: *mode,
        source: source.clone(),
    });
    let options = ArchiveOptions {
        format: Format::of_path(path).unwrap(),
        level: 6,
        modified: 1_772_600_767,
        digests: Default::default(),
    };
    let archive = Archive::new(entries.collect()).unwrap();
    archive.write(path, &options, &|| false).unwrap();
}

pub fn source(path: &Path) -> Source {
    Source::Bytes(fs::read(path).unwrap())
}

fn authenticode(path: &Path) -> Option<Value> {
    let found = inspect(path).unwrap()?;
    Some(json!({ "digest": hex(&found.digest?), "signed": found.is_signed }))
}

/// Go's build information (Go, src/debug/buildinfo/buildinfo.go): magic, pointer size, flags, then two strings with their
/// lengths.
pub fn blob(os: &str) -> Vec<u8> {
    let modules = format!(
        "path\texample.com/orders\nmod\texample.com/orders\t(devel)\t\ndep\texample.com/a\tv1.0.0\th1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\
         build\t-buildmode=exe\nbuild\t-trimpath=true\nbuild\tCGO_ENABLED=0\nbuild\tGOARCH=amd64\nbuild\tGOOS={os}\n\
         build\tvcs.revision={COMMIT}\nbuild\tvcs.modified=false\n"
    );
    let mut blob = b"\xff Go buildinf:\x08\x02".to_vec();
    blob.resize(32, 0);
    for text in [
        "go1.26.1".to_owned(),
        format!("0123456789abcdef{modules}0123456789abcdef"),
    ] {
        let mut length = text.len();
        while length >= 0x80 {
            blob.push(length as u8 | 0x80);
            length >>= 7;
        }
        blob.push(length as u8);
        blob.extend_from_slice(text.as_bytes());
    }
    blob
}

/// The smallest ELF file with one writable segment.
fn elf(data: &[u8]) -> Vec<u8> {
    const DATA: u64 = 128;
    let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    file.extend_from_slice(&[2, 0, 62, 0, 1, 0, 0, 0]);
    file.extend_from_slice(&[0; 8]);
    file.extend_from_slice(&64_u64.to_le_bytes());
    file.extend_from_slice(&[0; 8]);
    file.extend_from_slice(&[0, 0, 0, 0, 64, 0, 56, 0, 1, 0, 64, 0, 0, 0, 0, 0]);
    // PT_LOAD, readable and writable; offset, two addresses, two sizes, alignment.
    file.extend_from_slice(&[1, 0, 0, 0, 6, 0, 0, 0]);
    let size = data.len() as u64;
    for number in [DATA, DATA, DATA, size, size, 16] {
        file.extend_from_slice(&number.to_le_bytes());
    }
    file.resize(DATA as usize, 0);
    file.extend_from_slice(data);
    file
}

/// A PE32+ file with one section of data.
pub fn pe(data: &[u8]) -> Vec<u8> {
    const PE: usize = 0x40;
    const OPTIONAL: usize = PE + 24;
    const SECTION: usize = OPTIONAL + 240;
    const DATA: usize = 0x200;
    let size = data.len().next_multiple_of(0x200);
    let mut file = vec![0; DATA + size];
    let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"MZ");
    put(0x3c, &(PE as u32).to_le_bytes());
    put(PE, b"PE\0\0");
    put(PE + 4, &0x8664_u16.to_le_bytes());
    put(PE + 6, &1_u16.to_le_bytes());
    put(PE + 20, &240_u16.to_le_bytes());
    put(PE + 22, &0x0022_u16.to_le_bytes());
    put(OPTIONAL, &0x20b_u16.to_le_bytes());
    put(OPTIONAL + 32, &0x1000_u32.to_le_bytes());
    put(OPTIONAL + 36, &0x200_u32.to_le_bytes());
    put(OPTIONAL + 48, &6_u16.to_le_bytes());
    put(OPTIONAL + 56, &0x3000_u32.to_le_bytes());
    put(OPTIONAL + 60, &(DATA as u32).to_le_bytes());
    put(OPTIONAL + 68, &3_u16.to_le_bytes());
    put(OPTIONAL + 108, &16_u32.to_le_bytes());
    put(SECTION, b".data");
    for (offset, number) in [(8, size), (12, 0x1000), (16, size), (20, DATA)] {
        put(SECTION + offset, &(number as u32).to_le_bytes());
    }
    put(SECTION + 36, &0xc000_0040_u32.to_le_bytes());
    put(DATA, data);
    file
}
