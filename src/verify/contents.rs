//! An archive or a Windows Installer package: it can be read to its end, its names are safe, and the executables and
//! signed scripts in it are the promised ones.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::path::Path;

use super::members::visit;
use super::{Finding, authenticode, binary, materials};
use crate::format::archive::{Names, Unpacker};
use crate::format::output::{Digests, Meter, Written};
use crate::step::metadata::{Artifact, ArtifactsFile, BinaryRecord, ScriptRecord};
use crate::target::Target;

/// What was promised of a file inside.
enum Promise<'a> {
    Binary(&'a BinaryRecord),
    Script(&'a ScriptRecord),
}

impl Promise<'_> {
    /// Size and SHA-256.
    fn content(&self) -> (u64, &str) {
        match self {
            Self::Binary(record) => (record.size, &record.sha256),
            Self::Script(record) => (record.size, &record.sha256),
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Binary(_) => "executable",
            Self::Script(_) => "script",
        }
    }
}

pub(super) fn check(path: &Path, artifact: &Artifact, release: &ArtifactsFile) -> Vec<Finding> {
    let target = artifact.target.as_deref().and_then(Target::parse);
    let unpacker = target.map_or(Unpacker::Any, |target| Unpacker::of_goos(&target.goos));
    let contents = Contents { artifact, release };
    let mut names = Names::new(unpacker);
    let mut waiting = contents.promises();
    let mut findings = Vec::new();
    if waiting.len() != artifact.binaries.len() + artifact.scripts.len() {
        findings.push(Finding::new(&artifact.name, "has two records of one file"));
    }
    let read = visit(path, &mut |name, mode, reader| {
        let inner = format!("{}: {name}", artifact.name);
        // Two components of a package may install one file, each under its condition.
        let named = match mode {
            Some(_) => names.add(name),
            None => unpacker.check(name),
        };
        if let Err(error) = named {
            findings.push(Finding::new(&artifact.name, error.to_string()));
        }
        if mode.is_some_and(|mode| mode & 0o7000 != 0) {
            let message = "would run as its owner or group: it has a setuid, setgid or sticky bit";
            findings.push(Finding::new(&inner, message));
        }
        let promise = waiting.remove(name);
        if let (Some(Promise::Binary(_)), Some(mode)) = (&promise, mode)
            && mode & 0o111 == 0
        {
            findings.push(Finding::new(&inner, "cannot be executed after unpacking"));
        }
        findings.extend(
            contents
                .member(name, &inner, promise, reader)
                .unwrap_or_else(|error| {
                    vec![Finding::new(&inner, format!("cannot be read: {error}"))]
                }),
        );
    });
    if let Err(error) = read {
        findings.push(Finding::new(
            &artifact.name,
            format!("cannot be unpacked: {error}"),
        ));
        return findings;
    }
    findings.extend(
        waiting
            .keys()
            .map(|name| Finding::new(&artifact.name, format!("does not hold `{name}`"))),
    );
    findings
}

/// What the members are held against.
struct Contents<'a> {
    artifact: &'a Artifact,
    release: &'a ArtifactsFile,
}

impl<'a> Contents<'a> {
    fn promises(&self) -> BTreeMap<&'a str, Promise<'a>> {
        let binaries = self.artifact.binaries.iter();
        let scripts = self.artifact.scripts.iter();
        binaries
            .map(|record| (record.path.as_str(), Promise::Binary(record)))
            .chain(scripts.map(|record| (record.path.as_str(), Promise::Script(record))))
            .collect()
    }

    fn member(
        &self,
        name: &str,
        inner: &str,
        promise: Option<Promise<'_>>,
        reader: &mut dyn Read,
    ) -> io::Result<Vec<Finding>> {
        let Some(promise) = promise else {
            let sha256 = Meter::drain(reader, Digests::Sha256)?.sha256;
            let wrong = materials::companion(self.release, self.artifact, name, &sha256);
            let finding = |message| Finding::new(inner, message);
            return Ok(wrong.map(finding).into_iter().collect());
        };
        // The name's end tells what a script is.
        let extension = Path::new(name).extension().unwrap_or_default();
        let mut file = tempfile::Builder::new()
            .suffix(&format!(".{}", extension.to_string_lossy()))
            .tempfile()?;
        let (size, sha256) = promise.content();
        // One byte more tells that it is too long; how much longer does not matter.
        let written = unpack(&mut reader.take(size.saturating_add(1)), &mut file)?;
        if written.size != size || written.sha256 != sha256 {
            let message = format!("is not the {} that was recorded", promise.word());
            return Ok(vec![Finding::new(inner, message)]);
        }
        Ok(match promise {
            Promise::Binary(record) => {
                binary::check(file.path(), inner, record, self.artifact, self.release)
            }
            Promise::Script(record) => {
                authenticode::as_recorded(file.path(), inner, Some(&record.authenticode))
            }
        })
    }
}

fn unpack(reader: &mut dyn Read, file: &mut impl Write) -> io::Result<Written> {
    let mut meter = Meter::new(Digests::Sha256);
    let mut buffer = vec![0; 128 * 1024];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(meter.finish()),
            length => {
                meter.update(&buffer[..length]);
                file.write_all(&buffer[..length])?;
            }
        }
    }
}
