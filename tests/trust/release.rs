//! A whole release with everything switched on: built, verified, tampered with, searched for secrets, made again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use gorelease::format::output::sha256_hex;

use crate::authenticode::digest_by_osslsigncode;
use crate::bench::{Bench, contains, edit, files, find, name_of, read, refit, sha_of};
use crate::fixture::{PASSWORD, run};
use crate::support::go_module;
use crate::support::project::Project;
use crate::support::require_tool;

#[test]
fn a_release_is_signed_described_and_holds_no_secret() {
    let Some(bench) = Bench::new() else { return };
    let plan = bench.run(&["plan", "--format", "json"]).ends_with(0);
    everything_windows_is_signed_before_it_is_packed(&serde_json::from_str(&plan.stdout).unwrap());
    let build = bench
        .run(&["build", "--verbose", "--format", "json"])
        .ends_with(0);
    bench.verify(&bench.dist()).ends_with(0);

    windows_programs_and_scripts_are_signed(&bench);
    let sums = fs::read(bench.dist().join("SHA256SUMS")).unwrap();
    let again = bench.run(&["build"]).ends_with(0);
    assert!(
        fs::read(bench.dist().join("SHA256SUMS")).unwrap() == sums,
        "signatures are made once"
    );

    let said: Vec<u8> = [plan, build, again]
        .iter()
        .flat_map(|run| [&run.stdout, &run.stderr])
        .flat_map(|text| text.bytes())
        .collect();
    let secrets = [
        PASSWORD.to_owned(),
        bench.minisign.secret.lines().last().unwrap().to_owned(),
    ];
    for secret in secrets.iter().map(String::as_bytes) {
        assert!(!contains(&said, secret), "a secret was said");
        for folder in [bench.project.root(), bench.project.beside("cache")] {
            for file in files(&folder) {
                assert!(
                    !contains(&fs::read(&file).unwrap(), secret),
                    "a secret is in {}",
                    file.display()
                );
            }
        }
    }
    the_release_is_made_again_without_the_keys(&bench);
    tampering_is_caught_and_named(&bench);
    single_files_and_folders_are_verified(&bench);
}

fn everything_windows_is_signed_before_it_is_packed(plan: &Value) {
    let mut seen = 0;
    for step in plan["steps"].as_array().unwrap() {
        let action = &step["action"];
        if action["kind"] != "archive" || step["target"] != "windows/amd64" {
            continue;
        }
        for entry in action["entries"].as_array().unwrap() {
            let name = entry["name"].as_str().unwrap();
            if name.ends_with(".exe") || name.ends_with(".ps1") {
                let source = entry["source"]["output"]["step"]
                    .as_str()
                    .unwrap_or_default();
                assert!(source.starts_with("sign "), "{name} comes from `{source}`");
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 4, "{plan:#}");
    let ids: Vec<&str> = plan["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["id"].as_str().unwrap())
        .collect();
    assert_eq!(
        ids[ids.len() - 2..],
        ["write SHA256SUMS", "write SHA256SUMS.minisig"]
    );
}

fn windows_programs_and_scripts_are_signed(bench: &Bench) {
    let folder = bench.project.beside("unpacked");
    let zip = find(&bench.dist(), ".zip");
    run(Command::new("unzip")
        .arg("-q")
        .arg(&zip)
        .arg("-d")
        .arg(&folder));
    let recorded = recorded(&read(&bench.dist().join("artifacts.json")), &name_of(&zip));
    let mut signed = 0;
    for (path, digests) in recorded {
        let file = folder.join(path);
        let root = bench.certificates.file("root.pem");
        let found = digest_by_osslsigncode(Path::new("osslsigncode"), &root, &file);
        let sha256 = sha256_hex(&fs::read(&file).unwrap());
        assert_eq!(digests, (sha256, found), "{}", file.display());
        signed += 1;
    }
    // The program, a script of the project, and two that were made.
    assert_eq!(signed, 4);
    assert!(
        files(&folder)
            .iter()
            .any(|file| file.ends_with("THIRD-PARTY-LICENSES.txt"))
    );
    assert!(
        files(&folder)
            .iter()
            .any(|file| file.to_string_lossy().ends_with("hello.exe.cdx.json"))
    );
}

/// Path, SHA-256 and Authenticode digest of everything signed in an artifact.
fn recorded(metadata: &str, artifact: &str) -> Vec<(String, (String, String))> {
    let json: Value = serde_json::from_str(metadata).unwrap();
    let artifacts = json["artifacts"].as_array().unwrap();
    let artifact = artifacts.iter().find(|it| it["name"] == artifact).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    ["binaries", "scripts"]
        .iter()
        .flat_map(|kind| artifact[*kind].as_array().unwrap())
        .map(|record| {
            assert_eq!(record["authenticode"]["signed"], true, "{record}");
            let digests = (
                text(&record["sha256"]),
                text(&record["authenticode"]["digest"]),
            );
            (text(&record["path"]), digests)
        })
        .collect()
}

fn the_release_is_made_again_without_the_keys(bench: &Bench) {
    let root = bench.certificates.file("root.pem");
    let arguments = [
        "verify",
        "--rebuild",
        "--yes",
        "--root",
        root.to_str().unwrap(),
        "--minisign-key",
        &bench.minisign.public,
    ];
    bench.project.run(&arguments).ends_with(0);
}

/// Each change, what it is done to, and what the verifier says of it.
fn tampering_is_caught_and_named(bench: &Bench) {
    every_file_counts(bench);
    let (zip, tar) = (
        name_of(&find(&bench.dist(), ".zip")),
        name_of(&find(&bench.dist(), ".tar.gz")),
    );
    expect(bench, "two files swapped", &[&zip, &tar], |dist| {
        fs::rename(dist.join(&zip), dist.join("swap")).unwrap();
        fs::rename(dist.join(&tar), dist.join(&zip)).unwrap();
        fs::rename(dist.join("swap"), dist.join(&tar)).unwrap();
    });
    expect(
        bench,
        "a file added",
        &["extra.exe", "does not belong"],
        |dist| {
            fs::write(dist.join("extra.exe"), "MZ").unwrap();
        },
    );
    expect(
        bench,
        "a checksum edited",
        &["SHA256SUMS.minisig", "is not good", &zip],
        |dist| {
            edit(&dist.join("SHA256SUMS"), |text| {
                text.replace(&sha_of(&text, &zip), &"0".repeat(64))
            });
        },
    );
    expect(
        bench,
        "a signature by somebody else",
        &["SHA256SUMS.minisig", "is not good"],
        |dist| {
            let key = minisign::KeyPair::generate_unencrypted_keypair().unwrap();
            let sums = fs::File::open(dist.join("SHA256SUMS")).unwrap();
            let signature = minisign::sign(None, &key.sk, sums, None, None).unwrap();
            fs::write(dist.join("SHA256SUMS.minisig"), signature.into_string()).unwrap();
        },
    );
    everything_made_to_fit_again_but_for_the_signature(bench, &tar);
}

/// One byte of every file, then every file gone: each is named. The files that promise the others, one at a time.
fn every_file_counts(bench: &Bench) {
    const PROMISES: [&str; 3] = ["artifacts.json", "SHA256SUMS", "SHA256SUMS.minisig"];
    let dist = bench.dist();
    let names: Vec<String> = files(&dist)
        .iter()
        .map(|file| {
            file.strip_prefix(&dist)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        })
        .filter(|name| !name.starts_with('.') && name != "report.html")
        .collect();
    let (promises, promised): (Vec<&str>, Vec<&str>) = names
        .iter()
        .map(String::as_str)
        .partition(|name| PROMISES.contains(name));
    assert_eq!(promises.len(), PROMISES.len());
    let said = |names: &[&str], word: &str| -> Vec<String> {
        names.iter().map(|name| format!("{name}: {word}")).collect()
    };
    let words = |texts: &[String]| {
        texts
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join("\n")
    };
    let changed = said(&promised, "was changed: its digest is not the recorded one");
    expect(
        bench,
        "one byte of each file",
        &words(&changed).lines().collect::<Vec<_>>(),
        |dist| {
            promised.iter().for_each(|name| flip(&dist.join(name)));
        },
    );
    let missing = said(&promised, "is missing");
    expect(
        bench,
        "each file dropped",
        &words(&missing).lines().collect::<Vec<_>>(),
        |dist| {
            promised
                .iter()
                .for_each(|name| fs::remove_file(dist.join(name)).unwrap());
        },
    );
    for name in promises {
        expect(bench, &format!("one byte of {name}"), &[name], |dist| {
            flip(&dist.join(name))
        });
        expect(bench, &format!("{name} dropped"), &[name], |dist| {
            fs::remove_file(dist.join(name)).unwrap();
        });
    }
}

/// Changes one bit in the middle.
fn flip(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x20;
    fs::write(path, bytes).unwrap();
}

/// Somebody who also corrects every digest is caught by what the documents say, and by the signature.
fn everything_made_to_fit_again_but_for_the_signature(bench: &Bench, tar: &str) {
    let sbom = name_of(&find(&bench.dist(), "linux_amd64.cdx.json"));
    expect(
        bench,
        "a bill of materials with another module",
        &[&sbom, "lists `example.com/evil v1.0.0`"],
        |dist| {
            edit(&dist.join(&sbom), |text| {
                let mut json: Value = serde_json::from_str(&text).unwrap();
                let evil = serde_json::json!({ "type": "library", "name": "example.com/evil", "version": "v1.0.0" });
                json["components"].as_array_mut().unwrap().push(evil);
                json.to_string()
            });
            refit(dist, &sbom);
        },
    );
    expect(
        bench,
        "provenance of another commit",
        &["provenance.intoto.json", "another commit"],
        |dist| {
            edit(&dist.join("provenance.intoto.json"), |text| {
                let start = text.find("\"gitCommit\": \"").unwrap() + 14;
                format!(
                    "{}{}{}",
                    &text[..start],
                    "0".repeat(40),
                    &text[start + 40..]
                )
            });
            refit(dist, "provenance.intoto.json");
        },
    );
    expect(
        bench,
        "provenance of another file",
        &["provenance.intoto.json", &format!("digest of `{tar}`")],
        |dist| {
            edit(&dist.join("provenance.intoto.json"), |text| {
                text.replace(
                    &sha_of(&read(&dist.join("SHA256SUMS")), tar),
                    &"1".repeat(64),
                )
            });
            refit(dist, "provenance.intoto.json");
        },
    );
    let executable = name_of(&find(&bench.dist(), ".exe"));
    expect(
        bench,
        "an executable without its signature",
        &[&executable, "lost its signature"],
        |dist| {
            let path = dist.join(&executable);
            let stripped = dist.join("stripped");
            run(Command::new("osslsigncode")
                .arg("remove-signature")
                .arg("-in")
                .arg(&path)
                .arg("-out")
                .arg(&stripped));
            fs::rename(stripped, path).unwrap();
            refit(dist, &executable);
        },
    );
    expect(
        bench,
        "an executable signed by somebody else",
        &[&executable, "is not good for the given root"],
        |dist| {
            let path = dist.join(&executable);
            let signed = dist.join("signed");
            let (certificate, key) = self_signed(&bench.project.beside("somebody else"));
            run(Command::new("osslsigncode")
                .args(["sign", "-h", "sha256", "-certs"])
                .arg(certificate)
                .arg("-key")
                .arg(key)
                .arg("-in")
                .arg(&path)
                .arg("-out")
                .arg(&signed));
            fs::rename(signed, path).unwrap();
            refit(dist, &executable);
        },
    );
}

/// A certificate that nobody trusts, and its key.
fn self_signed(folder: &Path) -> (PathBuf, PathBuf) {
    fs::create_dir_all(folder).unwrap();
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    run(Command::new("openssl")
        .args([
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2000",
        ])
        .args([
            "-subj",
            "/CN=Contoso Ltd",
            "-addext",
            "extendedKeyUsage=codeSigning",
        ])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate));
    (certificate, key)
}

/// Does `change` to a copy of the release; the verifier must end with 5 and say all of `words`.
fn expect(bench: &Bench, what: &str, words: &[&str], change: impl Fn(&Path)) {
    let copy = bench.project.beside("tampered");
    let _ = fs::remove_dir_all(&copy);
    go_module::copy(&bench.dist(), &copy);
    change(&copy);
    let run = bench.verify(&copy);
    assert_eq!(run.code, 5, "{what}: {}{}", run.stdout, run.stderr);
    for word in words {
        assert!(
            run.stderr.contains(word),
            "{what}: `{word}` is not in\n{}",
            run.stderr
        );
    }
}

fn single_files_and_folders_are_verified(bench: &Bench) {
    bench.verify_with_nothing(&bench.dist()).ends_with(0);
    let folder = bench.project.beside("handed over");
    fs::create_dir(&folder).unwrap();
    let zip = name_of(&find(&bench.dist(), ".zip"));
    for name in [zip.as_str(), "SHA256SUMS", "SHA256SUMS.minisig"] {
        fs::copy(bench.dist().join(name), folder.join(name)).unwrap();
    }
    bench.verify(&folder.join(&zip)).ends_with(0);
    bench.verify_with_nothing(&folder.join(&zip)).ends_with(0);
    // As a folder the other files are missing.
    bench
        .verify(&folder)
        .ends_with(5)
        .says("which cannot be read");
    fs::write(folder.join(&zip), "something else").unwrap();
    bench
        .verify(&folder.join(&zip))
        .ends_with(5)
        .says("does not have the checksum in SHA256SUMS");
    fs::remove_file(folder.join("SHA256SUMS")).unwrap();
    bench
        .verify(&folder.join(&zip))
        .ends_with(5)
        .says("nothing promises anything");
}

#[test]
fn installers_and_hand_overs_are_signed_and_made_again() {
    let tools = ["msiinfo", "msiextract", "msibuild", "unzip"];
    let (true, Some(mut bench)) = (
        tools.iter().all(|name| require_tool(name).is_some()),
        Bench::new(),
    ) else {
        return;
    };
    bench.project = Project::hello();
    bench.project.write("hello.json", "{}\n");
    bench.project.write("tools.ps1", "Write-Output 'Grüße'\r\n");
    bench.project.manifest(&format!(
        "[project]\nname = 'hello'\ntitle = 'Hello'\nmanufacturer = 'Contoso Ltd'\n\
         [build]\ntargets = ['windows/amd64', 'linux/amd64']\n[package]\nwindows = ['msi']\n\
         linux = ['tar.xz', 'tar.zst', 'binary']\n[[msi.files]]\nfrom = 'tools.ps1'\n\
         [[service]]\nbinary = 'hello'\nname = 'Hello'\n[deploy]\n[sbom]\n[provenance]\n\
         [sign.authenticode]\npkcs12 = '{}'\npassword = {{ env = 'CODESIGN_PASSWORD' }}\n\
         [[sign.detached]]\ntool = 'minisign'\nkey = {{ env = 'MINISIGN_KEY' }}\n",
        bench.certificates.pkcs12().display(),
    ));
    bench.run(&["build"]).ends_with(0);
    bench.verify(&bench.dist()).ends_with(0);
    bench
        .project
        .run(&["verify", "--rebuild", "--yes"])
        .ends_with(0);
    let root = bench.certificates.file("root.pem");
    let signed = |file: &Path| {
        run(Command::new("osslsigncode")
            .args(["verify", "-CAfile"])
            .arg(&root)
            .arg("-in")
            .arg(file));
    };
    every_file_counts(&bench);
    let msi = find(&bench.dist(), ".msi");
    signed(&msi);
    let inside = recorded(&read(&bench.dist().join("artifacts.json")), &name_of(&msi));
    let inside: Vec<&str> = inside.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(inside, ["hello.exe", "tools.ps1"]);
    let listing = run(Command::new("msiextract").arg("-l").arg(&msi));
    assert!(
        listing.contains("THIRD-PARTY-LICENSES.txt") && listing.contains("hello.exe.cdx.json"),
        "{listing}"
    );
    let scripts: Vec<PathBuf> = files(&bench.dist().join("deploy"))
        .into_iter()
        .filter(|file| file.extension().is_some_and(|it| it == "ps1"))
        .collect();
    assert!(!scripts.is_empty());
    scripts.iter().for_each(|script| signed(script));

    let unpacked = bench.project.beside("unpacked");
    run(Command::new("unzip")
        .arg("-q")
        .arg(find(&bench.dist(), "_deployment.zip"))
        .arg("-d")
        .arg(&unpacked));
    let hand_over = fs::read_dir(&unpacked)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    bench.verify(&hand_over).ends_with(0);
    bench.verify_with_nothing(&hand_over).ends_with(0);
    let script = hand_over.join(name_of(&scripts[0]));
    edit(&script, |text| text.replacen('\n', "\n# changed\n", 1));
    let changed = format!(
        "{}: does not have the checksum in SHA256SUMS",
        name_of(&scripts[0])
    );
    bench.verify(&hand_over).ends_with(5).says(&changed);
    bench
        .project
        .run(&["verify", hand_over.to_str().unwrap()])
        .ends_with(5)
        .says(&changed);
    edit(&script, |text| text.replacen("\n# changed\n", "\n", 1));
    bench.verify_with_nothing(&hand_over).ends_with(0);
    for (name, word) in [
        ("extra.ps1", "has no line in SHA256SUMS"),
        ("SHA256SUMS", "which is no checksum"),
    ] {
        let before = fs::read(hand_over.join(name)).ok();
        fs::write(hand_over.join(name), "exit\n").unwrap();
        bench
            .verify_with_nothing(&hand_over)
            .ends_with(5)
            .says(word);
        match before {
            Some(bytes) => fs::write(hand_over.join(name), bytes).unwrap(),
            None => fs::remove_file(hand_over.join(name)).unwrap(),
        }
    }

    change_a_row(&msi);
    refit(&bench.dist(), &name_of(&msi));
    bench
        .verify(&bench.dist())
        .ends_with(5)
        .says("its Authenticode digest is not the recorded one");
}

/// Gives the product in a package another name.
fn change_a_row(msi: &Path) {
    let table = msi.with_extension("idt");
    let exported = run(Command::new("msiinfo")
        .arg("export")
        .arg(msi)
        .arg("Property"));
    fs::write(&table, exported.replace("\tHello\r\n", "\tEvil\r\n")).unwrap();
    run(Command::new("msibuild").arg(msi).arg("-i").arg(&table));
    fs::remove_file(table).unwrap();
}
