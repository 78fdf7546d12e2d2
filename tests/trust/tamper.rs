//! Somebody changes a release: bit by bit, and knowing what he does, with every digest made to fit again. With a key nothing
//! passes; without one, everything that the files themselves show.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;

use gorelease::format::archive::Source;
use gorelease::verify::{Options, Required, Verification, verify_subject};
use serde_json::{Value, json};

use crate::tiny::{
    BUNDLE, LINUX, PACKAGE, PROGRAM, PROVENANCE, SIGNATURE, SUMS, Tiny, WINDOWS, artifact,
    metadata, pack, reseal, seal, sign, source, write_sums,
};

fn options(tiny: &Tiny) -> Options {
    Options {
        keys: vec![tiny.key()],
        ..Options::default()
    }
}

/// What is wrong, as one text; empty when nothing is.
fn findings(subject: &Path, options: &Options) -> String {
    match verify_subject(subject, options) {
        Ok(Verification { findings, .. }) => findings
            .iter()
            .map(|finding| format!("{}: {}\n", finding.file, finding.message))
            .collect(),
        Err(failure) => failure.message,
    }
}

#[test]
fn an_untouched_release_says_what_it_is_and_who_signed_it() {
    let tiny = Tiny::new();
    let dist = tiny.copy();
    assert_eq!(findings(&dist, &options(&tiny)), "");
    let verification = verify_subject(&dist, &options(&tiny)).unwrap();
    assert!(verification.authenticated && verification.caveat().is_none());
    let told = verification.told().join("\n");
    for word in [
        "orders 1.4.2, commit 0123456789abcdef",
        "minisign key",
        "`orders 1.4.2`",
    ] {
        assert!(told.contains(word), "{told}");
    }
    let unknown = verify_subject(&dist, &Options::default()).unwrap();
    assert!(!unknown.authenticated && unknown.findings.is_empty());
    assert!(
        unknown
            .caveat()
            .unwrap()
            .starts_with("nothing was authenticated")
    );

    let signer = verification.signatures[0].signature.signer.clone();
    for (version, commit, signer, wrong) in [
        ("1.4.2", crate::tiny::COMMIT, signer.as_str(), ""),
        (
            "1.4.3",
            crate::tiny::COMMIT,
            &signer,
            "states version 1.4.2, not the required 1.4.3",
        ),
        ("1.4.2", &"0".repeat(40), &signer, "not the required 0000"),
        (
            "1.4.2",
            crate::tiny::COMMIT,
            "0123456789ABCDEF",
            "required signer",
        ),
    ] {
        let required = Required {
            version: Some(version.to_owned()),
            commit: Some(commit.to_owned()),
            signer: Some(signer.to_owned()),
        };
        let said = findings(
            &dist,
            &Options {
                required,
                ..options(&tiny)
            },
        );
        assert!(
            said.contains(wrong) && said.is_empty() == wrong.is_empty(),
            "{said}"
        );
    }
}

/// One bit at a time, in every file.
#[test]
fn no_flipped_bit_passes() {
    let tiny = Tiny::new();
    let dist = tiny.copy();
    let files = crate::bench::files(&dist);
    let (with_key, without) = (options(&tiny), Options::default());
    // A linear congruential generator (Knuth, MMIX): the same places each time.
    let mut seed = 20_261_129_u64;
    let mut random = |below: usize| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    for round in 0..12 {
        for file in &files {
            let good = fs::read(file).unwrap();
            let mut bad = good.clone();
            let place = random(bad.len());
            bad[place] ^= 1 << random(8);
            fs::write(file, &bad).unwrap();
            let what = format!("round {round}: byte {place} of {}", file.display());
            let is_comment = is_untrusted_comment(file, &good, place);
            let said = findings(&dist, &with_key);
            assert!(is_comment || !said.is_empty(), "{what}, with the key");
            // A checksum in capitals is the same checksum, and nobody but a key speaks of the signature.
            let speaks_for_others = file.ends_with(SUMS) || file.ends_with(SIGNATURE);
            if !speaks_for_others {
                assert!(
                    !findings(&dist, &without).is_empty(),
                    "{what}, without a key"
                );
            }
            fs::write(file, good).unwrap();
        }
    }
    assert_eq!(findings(&dist, &with_key), "");
}

/// The first line of a minisign signature is signed by nobody, and called so.
fn is_untrusted_comment(file: &Path, bytes: &[u8], place: usize) -> bool {
    file.ends_with(SIGNATURE) && bytes.iter().position(|byte| *byte == b'\n') > Some(place)
}

/// A change, and the word that is found without a key; none when only the key finds it.
type Edit = (&'static str, fn(&Path), Option<&'static str>);

/// Changes after which all digests fit again.
const SEALED: &[Edit] = &[
    (
        "bytes after a zip",
        |dist| append(dist, WINDOWS, b"evil"),
        Some("after its end"),
    ),
    (
        "bytes before a zip",
        |dist| prepend(dist, WINDOWS, b"evil"),
        Some("before"),
    ),
    (
        "another name in a member's own header",
        rename_in_header,
        Some("another name in the header"),
    ),
    (
        "a second tar after the end",
        second_tar,
        Some("after its end"),
    ),
    ("a setuid bit", setuid, Some("setuid")),
    (
        "bytes after a package",
        |dist| append(dist, PACKAGE, &[0; 700]),
        Some("after its end"),
    ),
    (
        "a document that differs from the packed one",
        |dist| append(dist, "orders_1.4.2_linux_amd64.cdx.json", b" "),
        Some("not the same as"),
    ),
    (
        "documents swapped",
        swap_documents,
        Some("which its name does not say"),
    ),
    (
        "a document dropped",
        |dist| drop_artifact(dist, "orders_1.4.2_windows_amd64.spdx.json"),
        Some("is missing"),
    ),
    (
        "a packed document dropped outside",
        |dist| drop_artifact(dist, "orders_1.4.2_linux_amd64.cdx.json"),
        Some("has no `orders_1.4.2_linux_amd64.cdx.json`"),
    ),
    (
        "provenance dropped",
        |dist| drop_artifact(dist, PROVENANCE),
        None,
    ),
    (
        "a package dropped",
        |dist| drop_artifact(dist, PACKAGE),
        None,
    ),
    (
        "a program that is called a report",
        program_as_report,
        Some("recorded as `report`"),
    ),
    (
        "a script that is called a report",
        script_as_report,
        Some("recorded as `report`"),
    ),
    (
        "no Authenticode record",
        |dist| {
            change(dist, PACKAGE, |it| {
                it.as_object_mut().unwrap().remove("authenticode");
            })
        },
        Some("without a recorded"),
    ),
    (
        "no target",
        |dist| {
            change(dist, PROGRAM, |it| {
                it.as_object_mut().unwrap().remove("target");
            })
        },
        Some("without a target"),
    ),
    (
        "no executable",
        |dist| {
            change(dist, PROGRAM, |it| {
                it.as_object_mut().unwrap().remove("binaries");
            })
        },
        Some("without its executable"),
    ),
    (
        "an archive that is called a report",
        |dist| change(dist, WINDOWS, |it| it["kind"] = "report".into()),
        Some("recorded as `report`"),
    ),
    (
        "another file in the bundle",
        |dist| append(dist, "deploy/orders/Deploy.ps1", b"evil"),
        Some("checksum in SHA256SUMS"),
    ),
    (
        "another text in the report",
        |dist| append(dist, "vulnerabilities.json", b" "),
        None,
    ),
];

/// Changes after which nothing is made to fit.
const RAW: &[Edit] = &[
    ("a list without checksums", no_checksums, None),
    (
        "no signature",
        |dist| fs::remove_file(dist.join(SIGNATURE)).unwrap(),
        None,
    ),
    ("a signature by somebody else", other_key, None),
    (
        "an artifact listed twice",
        listed_twice,
        Some("lists `vulnerabilities.json` twice"),
    ),
    (
        "the checksums as an artifact",
        sums_as_report,
        Some("lists `SHA256SUMS` twice"),
    ),
    (
        "a checksum line twice",
        |dist| {
            edit_sums(dist, |text| {
                format!("{}  artifacts.json\n{text}", "0".repeat(64))
            })
        },
        Some("two lines for `artifacts.json`"),
    ),
    (
        "carriage returns",
        |dist| edit_sums(dist, |text| text.replace('\n', "\r\n")),
        Some("carriage return"),
    ),
    (
        "a line less",
        |dist| {
            edit_sums(dist, |text| {
                text.lines()
                    .skip(1)
                    .map(|line| format!("{line}\n"))
                    .collect()
            })
        },
        Some("has no line for"),
    ),
    (
        "checksums in another encoding",
        |dist| append(dist, SUMS, &[0xff]),
        Some("it is not UTF-8"),
    ),
    (
        "a second wrong subject",
        second_subject,
        Some("speaks of `vulnerabilities.json` twice"),
    ),
    ("a second commit", second_commit, Some("another commit")),
    (
        "a hidden folder",
        |dist| put(dist, ".new/evil.ps1"),
        Some(".new/evil.ps1: does not belong"),
    ),
    (
        "another hidden folder",
        |dist| put(dist, ".old/a/evil.ps1"),
        Some("does not belong"),
    ),
    (
        "a working folder",
        |dist| put(dist, ".work/evil.ps1"),
        Some("does not belong"),
    ),
    ("a lock", |dist| put(dist, ".lock"), Some("does not belong")),
    (
        "a page",
        |dist| put(dist, "report.html"),
        Some("report.html: does not belong"),
    ),
    (
        "a folder that is called a page",
        |dist| put(dist, "report.html/evil.ps1"),
        Some("does not belong"),
    ),
    (
        "a script that is called a signature",
        |dist| put(dist, "SHA256SUMS.evil.ps1"),
        Some("does not belong"),
    ),
    (
        "a program that is called a signature",
        |dist| {
            fs::copy(dist.join(PROGRAM), dist.join("SHA256SUMS.sig")).unwrap();
        },
        Some("SHA256SUMS.sig: is not a signature"),
    ),
    (
        "an empty folder",
        |dist| fs::create_dir(dist.join("x")).unwrap(),
        Some("empty folder"),
    ),
];

#[test]
fn no_change_passes_with_the_key_and_few_without() {
    let tiny = Tiny::new();
    let sealed = SEALED.iter().map(|edit| (edit, true));
    for ((what, change, word), is_sealed) in sealed.chain(RAW.iter().map(|edit| (edit, false))) {
        let dist = tiny.copy();
        change(&dist);
        if is_sealed {
            seal(&dist);
        }
        let with_key = findings(&dist, &options(&tiny));
        assert!(!with_key.is_empty(), "{what} passes with the key");
        let without = findings(&dist, &Options::default());
        match word {
            Some(word) => assert!(
                without.contains(word),
                "{what}: `{word}` is not in\n{without}"
            ),
            None => assert_eq!(without, "", "{what} shows without a key"),
        }
    }
}

type Change = (&'static str, fn(&Path));

/// Changes of a deployment bundle that was unpacked.
const BUNDLED: &[Change] = &[
    ("a changed script", |folder| {
        append(folder, "Deploy.ps1", b"evil")
    }),
    ("a made-up release", made_up_release),
    ("a hidden folder", |folder| put(folder, ".new/evil.ps1")),
    ("a page", |folder| put(folder, "report.html")),
    ("a folder that is called a page", |folder| {
        put(folder, "report.html/evil.ps1")
    }),
    ("a script that is called a signature", |folder| {
        put(folder, "SHA256SUMS.evil.ps1")
    }),
    ("a lock", |folder| put(folder, ".lock")),
    ("no checksums", |folder| {
        fs::remove_file(folder.join(SUMS)).unwrap()
    }),
    ("no signature", |folder| {
        fs::remove_file(folder.join(SIGNATURE)).unwrap()
    }),
    ("an empty folder", |folder| {
        fs::create_dir(folder.join("x")).unwrap()
    }),
    ("other checksums", |folder| {
        put(folder, "evil.ps1");
        write_sums(folder);
    }),
];

#[test]
fn no_change_of_a_deployment_bundle_passes_with_the_key() {
    let tiny = Tiny::new();
    let bundle = || {
        let folder = tiny.copy().join(BUNDLE);
        write_sums(&folder);
        tiny.sign(&folder);
        folder
    };
    assert_eq!(findings(&bundle(), &options(&tiny)), "");
    for (what, change) in BUNDLED {
        let folder = bundle();
        change(&folder);
        assert!(
            !findings(&folder, &options(&tiny)).is_empty(),
            "{what} passes"
        );
    }
}

#[test]
fn a_single_file_is_held_against_signed_checksums() {
    let tiny = Tiny::new();
    let check = |change: fn(&Path), word: &str| {
        let dist = tiny.copy();
        change(&dist);
        let said = findings(&dist.join(WINDOWS), &options(&tiny));
        assert!(
            said.contains(word) && said.is_empty() == word.is_empty(),
            "{said}"
        );
    };
    check(|_| {}, "");
    check(|dist| append(dist, WINDOWS, b"evil"), "after its end");
    check(
        |dist| fs::remove_file(dist.join(SUMS)).unwrap(),
        "nothing promises",
    );
    check(
        |dist| fs::remove_file(dist.join(SIGNATURE)).unwrap(),
        "has no signature",
    );
    check(
        |dist| {
            append(dist, WINDOWS, b"");
            write_sums(dist);
            append(dist, SUMS, b"\n");
        },
        "no checksum",
    );
    check(
        |dist| append(dist, SUMS, &[0xff]),
        "SHA256SUMS: cannot be read: it is not UTF-8",
    );
    check(
        |dist| append(dist, "artifacts.json", b" "),
        "artifacts.json: does not have the checksum",
    );
}

#[test]
fn a_key_that_is_none_is_an_error_whatever_the_files_are() {
    use gorelease::trust::sign::detached::PublicKey;
    for key in [
        PublicKey::Minisign("RWQnonsense".to_owned()),
        PublicKey::Cosign("/no/such/key".to_owned()),
        PublicKey::Gpg("/no/such/keys".into()),
    ] {
        let options = Options {
            keys: vec![key],
            ..Options::default()
        };
        let code = options.check().unwrap_err().code;
        assert_ne!(code, gorelease::error::ExitCode::Done);
    }
}

fn append(folder: &Path, name: &str, bytes: &[u8]) {
    let mut file = fs::File::options()
        .append(true)
        .open(folder.join(name))
        .unwrap();
    file.write_all(bytes).unwrap();
}

fn prepend(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    fs::write(&path, [bytes, &fs::read(&path).unwrap()].concat()).unwrap();
}

fn put(folder: &Path, name: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, "evil\n").unwrap();
}

/// The first member's name stands after its header of 30 bytes.
fn rename_in_header(dist: &Path) {
    let path = dist.join(WINDOWS);
    let mut bytes = fs::read(&path).unwrap();
    bytes[30] = b'X';
    fs::write(path, bytes).unwrap();
}

fn second_tar(dist: &Path) {
    let path = dist.join(LINUX);
    let mut tar = Vec::new();
    flate2::read::GzDecoder::new(fs::File::open(&path).unwrap())
        .read_to_end(&mut tar)
        .unwrap();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(&[&tar[..], &tar].concat()).unwrap();
    fs::write(path, gz.finish().unwrap()).unwrap();
}

fn setuid(dist: &Path) {
    let scratch = tempfile::tempdir().unwrap();
    let unpacked = std::process::Command::new("tar")
        .arg("-xzf")
        .arg(dist.join(LINUX))
        .arg("-C")
        .arg(scratch.path())
        .status();
    assert!(unpacked.unwrap().success());
    let read = |name: &str| source(&scratch.path().join(name));
    pack(
        &dist.join(LINUX),
        &[
            ("orders", 0o4755, read("orders")),
            ("orders.cdx.json", 0o644, read("orders.cdx.json")),
        ],
    );
}

fn swap_documents(dist: &Path) {
    let [one, two] = ["linux", "windows"].map(|os| format!("orders_1.4.2_{os}_amd64.spdx.json"));
    let first = fs::read(dist.join(&one)).unwrap();
    fs::copy(dist.join(&two), dist.join(&one)).unwrap();
    fs::write(dist.join(&two), first).unwrap();
    let mut file = metadata(dist);
    artifact(&mut file, &one)["target"] = "windows/amd64".into();
    artifact(&mut file, &two)["target"] = "linux/amd64".into();
    reseal(dist, &file);
}

fn drop_artifact(dist: &Path, name: &str) {
    fs::remove_file(dist.join(name)).unwrap();
    let mut file = metadata(dist);
    file["artifacts"]
        .as_array_mut()
        .unwrap()
        .retain(|it| it["name"] != name);
    reseal(dist, &file);
}

fn change(dist: &Path, name: &str, change: fn(&mut Value)) {
    let mut file = metadata(dist);
    change(artifact(&mut file, name));
    reseal(dist, &file);
}

fn add_report(dist: &Path, name: &str) {
    let mut file = metadata(dist);
    let entry = json!({ "name": name, "kind": "report", "size": 0, "sha256": "" });
    file["artifacts"].as_array_mut().unwrap().push(entry);
    reseal(dist, &file);
}

fn program_as_report(dist: &Path) {
    fs::copy(dist.join(PROGRAM), dist.join("evil.json")).unwrap();
    add_report(dist, "evil.json");
}

fn script_as_report(dist: &Path) {
    put(dist, "evil.ps1");
    add_report(dist, "evil.ps1");
}

/// The forgery that names nothing to be signed: a changed archive, and a list of files that knows of no checksums.
fn no_checksums(dist: &Path) {
    let readme = Source::Bytes(b"evil\n".into());
    pack(&dist.join("evil.zip"), &[("README.md", 0o644, readme)]);
    fs::remove_file(dist.join(SUMS)).unwrap();
    fs::remove_file(dist.join(SIGNATURE)).unwrap();
    let mut file = metadata(dist);
    file["checksums"] = json!([]);
    let entry = json!({ "name": "evil.zip", "kind": "archive", "size": 0, "sha256": "" });
    file["artifacts"].as_array_mut().unwrap().push(entry);
    reseal(dist, &file);
    seal(dist);
}

fn other_key(dist: &Path) {
    sign(
        &minisign::KeyPair::generate_unencrypted_keypair().unwrap(),
        dist,
    );
}

fn listed_twice(dist: &Path) {
    let mut file = metadata(dist);
    let entry = artifact(&mut file, "vulnerabilities.json").clone();
    file["artifacts"].as_array_mut().unwrap().push(entry);
    reseal(dist, &file);
}

fn sums_as_report(dist: &Path) {
    let mut file = metadata(dist);
    let bytes = fs::read(dist.join(SUMS)).unwrap();
    let sha256 = gorelease::format::output::sha256_hex(&bytes);
    let entry = json!({ "name": SUMS, "kind": "report", "size": bytes.len(), "sha256": sha256 });
    file["artifacts"].as_array_mut().unwrap().push(entry);
    file["checksums"] = json!([]);
    reseal(dist, &file);
}

fn edit_sums(dist: &Path, change: fn(String) -> String) {
    crate::bench::edit(&dist.join(SUMS), change);
}

fn edit_provenance(dist: &Path, change: fn(&mut Value)) {
    let path = dist.join(PROVENANCE);
    let mut statement: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut statement);
    fs::write(&path, statement.to_string()).unwrap();
    crate::bench::refit(dist, PROVENANCE);
}

fn second_subject(dist: &Path) {
    edit_provenance(dist, |statement| {
        let subject =
            json!({ "name": "vulnerabilities.json", "digest": { "sha256": "0".repeat(64) } });
        statement["subject"].as_array_mut().unwrap().push(subject);
    });
}

fn second_commit(dist: &Path) {
    edit_provenance(dist, |statement| {
        let other = json!({ "name": "source", "digest": { "gitCommit": "0".repeat(40) } });
        let materials = &mut statement["predicate"]["buildDefinition"]["resolvedDependencies"];
        materials.as_array_mut().unwrap().push(other);
    });
}

/// A description that asks for nothing, over a changed script.
fn made_up_release(folder: &Path) {
    append(folder, "Deploy.ps1", b"evil");
    let artifacts: Vec<Value> = ["Deploy.ps1", SUMS, SIGNATURE]
        .map(|name| json!({ "name": name, "kind": "report", "size": 0, "sha256": "" }))
        .into();
    let file = json!({
        "schema": 1, "gorelease": "0.1.0",
        "release": {
            "name": "orders", "title": "", "manufacturer": "", "description": "", "version": "1.4.2",
            "version-origin": "tag", "kind": "release", "timestamp": 0, "manifest-sha256": "",
        },
        "artifacts": artifacts, "checksums": [],
    });
    reseal(folder, &file);
    seal(folder);
}
