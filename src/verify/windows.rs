//! With a root given: everything that Windows could execute is signed by a publisher that counts, wherever it lies: beside
//! the release's files, in archives, in packages, in archives inside those.
//!
//! What is looked for follows from content and name, never from what the release says about the file.

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::kinds::{Content, HEAD};
use super::{Finding, Options, authenticode, members};
use crate::format::archive::{self, Format};
use crate::format::guarded::guarded;
use crate::format::input;

/// Archives in archives; one made to keep us busy has more.
const DEEPEST: usize = 4;
/// Bytes of a member that is unpacked to be looked at: no more fits into a cabinet.
const LARGEST_MEMBER: u64 = 2 << 30;

/// Names that Windows executes or loads, and that can carry Authenticode.
const SIGNABLE: [&str; 29] = [
    "acm",
    "appx",
    "appxbundle",
    "ax",
    "cab",
    "cat",
    "cdxml",
    "com",
    "cpl",
    "dll",
    "drv",
    "efi",
    "exe",
    "mof",
    "msi",
    "msix",
    "msixbundle",
    "msp",
    "mst",
    "mui",
    "ocx",
    "ps1",
    "ps1xml",
    "psc1",
    "psd1",
    "psm1",
    "scr",
    "sys",
    "tlb",
];
/// Scripts of Windows Script Host, which can be signed as well; `js` is also what web servers hand out.
const HOST_SCRIPTS: [&str; 6] = ["js", "jse", "vbe", "vbs", "wsf", "wsh"];
/// Names that Windows executes, and that cannot be signed.
const UNSIGNABLE: [&str; 8] = ["bat", "cmd", "hta", "inf", "lnk", "pif", "reg", "url"];

/// What a file is to Windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Must be signed, whatever else vouches for it.
    Signable,
    /// Must be signed, unless a signed checksum file covers it.
    Covered(&'static str),
    /// Holds other files.
    Archive(Format),
    /// Holds other files that cannot be looked at.
    Closed,
    /// Nothing that runs.
    Harmless,
}

/// Whether Windows executes a file of this name.
pub(super) fn is_run(name: &str) -> bool {
    let end = extension(name);
    let end = end.as_str();
    SIGNABLE.contains(&end) || HOST_SCRIPTS.contains(&end) || UNSIGNABLE.contains(&end)
}

fn role(name: &str, head: &[u8]) -> Role {
    let end = extension(name);
    let end = end.as_str();
    let content = Content::of(head);
    if SIGNABLE.contains(&end)
        || matches!(content, Content::Pe | Content::Compound | Content::Cabinet)
    {
        return Role::Signable;
    }
    if HOST_SCRIPTS.contains(&end) {
        return Role::Covered("has no Authenticode signature");
    }
    if UNSIGNABLE.contains(&end) {
        return Role::Covered("is executed by Windows and cannot carry a signature");
    }
    match content {
        Content::Archive(format) => Role::Archive(format),
        Content::OtherArchive => Role::Closed,
        _ if matches!(end, "zip" | "nupkg" | "jar") => Role::Archive(Format::Zip),
        _ => Role::Harmless,
    }
}

fn extension(name: &str) -> String {
    // Windows ignores dots and blanks at the end of a name.
    let name = name.trim_end_matches(['.', ' ']);
    let file = name.rsplit('/').next().unwrap_or(name);
    let end = file.rsplit_once('.').map_or("", |(_, end)| end);
    end.to_ascii_lowercase()
}

/// What was found of the signatures in files.
#[derive(Default)]
pub(super) struct Signed {
    pub(super) publishers: BTreeSet<String>,
    pub(super) findings: Vec<Finding>,
}

impl Signed {
    fn add(&mut self, other: Self) {
        self.publishers.extend(other.publishers);
        self.findings.extend(other.findings);
    }

    fn finding(name: &str, message: impl Into<String>) -> Self {
        Self {
            publishers: BTreeSet::new(),
            findings: vec![Finding::new(name, message)],
        }
    }
}

/// Checks files, each with the name by which it is called; nothing without a root. `is_covered` says that a signed checksum
/// file covers all of them.
pub(super) fn check(files: &[(PathBuf, String)], is_covered: bool, options: &Options) -> Signed {
    let Some(verifier) = options.verifier() else {
        return Signed::default();
    };
    let search = Search {
        chain: authenticode::Chain { verifier, options },
        is_covered,
    };
    let each: Vec<Signed> = files
        .par_iter()
        .map(|(path, name)| {
            guarded(|| search.file(path, name, 0))
                .unwrap_or_else(|why| Signed::finding(name, format!("cannot be read: {why}")))
        })
        .collect();
    let mut all = Signed::default();
    each.into_iter().for_each(|signed| all.add(signed));
    all
}

/// Where a member lies.
#[derive(Clone, Copy)]
struct Place {
    depth: usize,
    is_portable: bool,
}

struct Search<'a> {
    chain: authenticode::Chain<'a>,
    is_covered: bool,
}

impl Search<'_> {
    fn file(&self, path: &Path, name: &str, depth: usize) -> Signed {
        let head = match head(path) {
            Ok(head) => head,
            // What cannot be opened is a finding of whoever lists the files.
            Err(_) if depth == 0 => return Signed::default(),
            Err(error) => return Signed::finding(name, format!("cannot be read: {error}")),
        };
        match role(name, &head) {
            Role::Harmless => Signed::default(),
            Role::Closed => {
                Signed::finding(name, "is an archive that cannot be searched for programs")
            }
            Role::Covered(_) if self.is_covered => Signed::default(),
            Role::Covered(why) => Signed::finding(
                name,
                format!("{why}, and no signed checksum file covers it: give its key"),
            ),
            Role::Signable => {
                let mut signed = self.signature(path, name);
                if Content::of(&head) == Content::Compound {
                    signed.add(self.inside(path, name, None, depth));
                }
                signed
            }
            Role::Archive(format) => self.inside(path, name, Some(format), depth),
        }
    }

    fn signature(&self, path: &Path, name: &str) -> Signed {
        match self.chain.check(path) {
            Ok(publisher) => Signed {
                publishers: publisher.into_iter().collect(),
                findings: Vec::new(),
            },
            Err(message) => Signed::finding(name, message),
        }
    }

    /// The members of an archive, or of a package when there is no format.
    fn inside(&self, path: &Path, name: &str, format: Option<Format>, depth: usize) -> Signed {
        if depth == DEEPEST {
            return Signed::finding(name, "is nested too deeply to be searched for programs");
        }
        let mut all = Signed::default();
        let mut visit = |member: &str, reader: &mut dyn Read| {
            let inner = format!("{name}: {member}");
            let place = Place {
                depth: depth + 1,
                // Windows opens zip files by itself; what is in a tar is for other systems, as far as a script is.
                is_portable: !matches!(format, None | Some(Format::Zip)),
            };
            let signed = self.member(member, &inner, reader, place);
            all.add(signed.unwrap_or_else(|error| {
                Signed::finding(&inner, format!("cannot be read: {error}"))
            }));
        };
        let read = match format {
            Some(format) => archive::visit(path, format, &mut |member, _, reader| {
                visit(member, reader);
                Ok(())
            })
            .map_err(|error| error.to_string()),
            None => members::package(path, &mut |member, _, reader| visit(member, reader))
                .map_err(|error| error.to_string()),
        };
        match read {
            // One compressed file is no archive, and nothing that runs as it is.
            Err(_) if format.is_some_and(|format| !is_called(name, format)) => {}
            Err(error) => all
                .findings
                .push(Finding::new(name, format!("cannot be unpacked: {error}"))),
            Ok(()) => {}
        }
        all
    }

    fn member(
        &self,
        name: &str,
        inner: &str,
        reader: &mut dyn Read,
        place: Place,
    ) -> io::Result<Signed> {
        let mut head = Vec::new();
        reader.take(HEAD as u64).read_to_end(&mut head)?;
        let role = role(name, &head);
        let is_script = role == Role::Signable && Content::of(&head) == Content::Other;
        if role == Role::Harmless || (is_script && place.is_portable && self.is_covered) {
            return Ok(Signed::default());
        }
        // The name's end tells what a script is.
        let mut file = tempfile::Builder::new()
            .suffix(&format!(".{}", extension(name)))
            .tempfile()?;
        let mut content = head.as_slice().chain(reader).take(LARGEST_MEMBER + 1);
        if io::copy(&mut content, &mut file)? > LARGEST_MEMBER {
            return Ok(Signed::finding(
                inner,
                "is too large to be searched for programs",
            ));
        }
        Ok(self.file(file.path(), inner, place.depth))
    }
}

/// Whether the name says that the file is an archive of this format. A zip file is one by its content.
fn is_called(name: &str, format: Format) -> bool {
    format == Format::Zip
        || Format::of_path(Path::new(name)).is_some()
        || matches!(extension(name).as_str(), "tgz" | "txz" | "tzst")
}

fn head(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    input::open_regular(path)?
        .take(HEAD as u64)
        .read_to_end(&mut head)?;
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_and_name_both_tell_what_windows_runs() {
        let pe = b"MZ\x90\0";
        for (name, head, expected) in [
            ("report.json", &pe[..], Role::Signable),
            ("a/EVIL.PS1", b"exit", Role::Signable),
            ("evil.exe. ", b"", Role::Signable),
            ("x", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Role::Signable),
            ("x.bin", b"MSCF", Role::Signable),
            ("x.dat", b"PK\x03\x04", Role::Archive(Format::Zip)),
            ("x.nupkg", b"prefix", Role::Archive(Format::Zip)),
            ("x.gz", &[0x1f, 0x8b, 8], Role::Archive(Format::TarGz)),
            ("x", b"7z\xbc\xaf\x27\x1c", Role::Closed),
            ("README.md", b"# MZ", Role::Harmless),
            ("noextension", b"exit", Role::Harmless),
        ] {
            assert_eq!(role(name, head), expected, "{name}");
        }
        assert!(matches!(role("run.cmd", b""), Role::Covered(_)));
        assert!(matches!(role("x.vbs", b""), Role::Covered(_)));
    }
}
