//! An archive: it can be read to its end, its names are safe, and the executables in it are the promised ones.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use super::{Finding, Options, binary};
use crate::format::archive::{self, Format};
use crate::format::output::{Digests, Meter};
use crate::step::metadata::{Artifact, ArtifactsFile, BinaryRecord};

pub(super) fn check(
    path: &Path,
    artifact: &Artifact,
    release: &ArtifactsFile,
    options: &Options,
) -> Vec<Finding> {
    let Some(format) = Format::of_path(path) else {
        return vec![Finding::new(&artifact.name, "has an unknown extension")];
    };
    let mut waiting: BTreeMap<&str, &BinaryRecord> = artifact
        .binaries
        .iter()
        .map(|record| (record.path.as_str(), record))
        .collect();
    let mut findings = Vec::new();
    let read = archive::visit(path, format, &mut |name, mode, reader| {
        let inner = format!("{}: {name}", artifact.name);
        if archive::check_name(name).is_err() {
            findings.push(Finding::new(&inner, "has a name that leaves the folder"));
        }
        match waiting.remove(name) {
            Some(record) => {
                if mode & 0o111 == 0 {
                    findings.push(Finding::new(&inner, "cannot be executed after unpacking"));
                }
                findings.extend(
                    executable(reader, &inner, record, artifact, release, options).unwrap_or_else(
                        |error| vec![Finding::new(&inner, format!("cannot be read: {error}"))],
                    ),
                );
            }
            None => drop(io::copy(reader, &mut io::sink())),
        }
        Ok(())
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

/// Unpacks an executable beside nothing of ours, and looks at it.
fn executable(
    reader: &mut dyn io::Read,
    inner: &str,
    record: &BinaryRecord,
    artifact: &Artifact,
    release: &ArtifactsFile,
    options: &Options,
) -> io::Result<Vec<Finding>> {
    let mut file = tempfile::NamedTempFile::new()?;
    let mut meter = Meter::new(Digests::Sha256);
    let mut buffer = vec![0; 128 * 1024];
    loop {
        let length = reader.read(&mut buffer)?;
        if length == 0 {
            break;
        }
        meter.update(&buffer[..length]);
        io::Write::write_all(&mut file, &buffer[..length])?;
    }
    let written = meter.finish();
    if written.size != record.size || written.sha256 != record.sha256 {
        return Ok(vec![Finding::new(
            inner,
            "is not the executable that was recorded",
        )]);
    }
    Ok(binary::check(
        file.path(),
        inner,
        record,
        artifact,
        release,
        options,
    ))
}
