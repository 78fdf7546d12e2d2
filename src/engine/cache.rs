//! Results of earlier runs.
//!
//! A step whose result depends on nothing but its action and its inputs is kept under a key: SHA-256 over the cache's
//! format, gorelease's version and executable (size and time), the action as JSON, the digests that are recorded, the
//! SHA-256 of every input file with its name, and the versions of the programs that it calls. A result is taken only
//! while every file in it still has its recorded SHA-256.
//!
//! The go tool's own outputs live beside it, in [`Cache::stage`], where the go tool finds them up to date.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{ground, lock};
use crate::error::Failure;
use crate::format::archive::check_name;
use crate::format::input;
use crate::format::output::{self, Digests, hex};
use crate::plan::{Action, FileRef};
use crate::project::tools::ToolVersion;
use crate::step::{MadeFile, STAGE_RECORD};

/// Changes when the layout of entries does.
const FORMAT: &str = "gorelease-cache-1";

/// Entries are removed, the longest unused first, until no more than this is left (bytes).
const LARGEST: u64 = 8 << 30;

/// The folder of the steps' results.
const STEPS: &str = "steps";

/// The folder of the go tool's outputs.
const STAGE: &str = "stage";

/// The folder of what runs are working on.
const SCRATCH: &str = "runs";

/// The name of an entry's own description.
const RECORD: &str = "entry.json";

/// The cache folder.
#[derive(Debug, Clone)]
pub struct Cache {
    root: PathBuf,
    tool: String,
}

/// What an entry holds.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    files: Vec<MadeFile>,
}

impl Cache {
    /// The cache in this folder, which need not be there yet.
    pub fn new(root: PathBuf) -> Self {
        let executable = std::env::current_exe()
            .and_then(fs::metadata)
            .map(|metadata| {
                let modified = metadata
                    .modified()
                    .ok()
                    .and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
                format!(
                    "{}-{}",
                    metadata.len(),
                    modified.map_or(0, |age| age.as_nanos())
                )
            });
        Self {
            root,
            tool: format!(
                "{} {}",
                env!("CARGO_PKG_VERSION"),
                executable.unwrap_or_default()
            ),
        }
    }

    /// The user's cache folder, absolute: `GORELEASE_CACHE`, or the platform's.
    pub fn default_root() -> Option<PathBuf> {
        let from = |name: &str| {
            std::env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        if let Some(root) = from("GORELEASE_CACHE") {
            // Programs that write there run in other folders.
            return Some(std::path::absolute(&root).unwrap_or(root));
        }
        let base = if cfg!(windows) {
            from("LOCALAPPDATA")
        } else if cfg!(target_os = "macos") {
            from("HOME").map(|home| home.join("Library/Caches"))
        } else {
            // The XDG Base Directory Specification has relative paths ignored.
            from("XDG_CACHE_HOME")
                .filter(|base| base.is_absolute())
                .or_else(|| from("HOME").map(|home| home.join(".cache")))
        };
        base.map(|base| base.join("gorelease"))
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder where the go tool keeps the outputs of this stage.
    pub fn stage(&self, name: &str) -> PathBuf {
        self.root.join(STAGE).join(name)
    }

    /// The key of a step's result; `inputs` are the files that it reads, with their SHA-256, `tools` the programs that
    /// it calls, `digests` what is recorded of every file that it makes.
    pub fn key(
        &self,
        action: &Action,
        inputs: &[(FileRef, String)],
        tools: &[&ToolVersion],
        digests: Digests,
    ) -> Result<String, Failure> {
        let action = serde_json::to_string(action)
            .map_err(|error| Failure::failed(format!("could not describe a step: {error}")))?;
        let mut hash = Sha256::new();
        for part in [FORMAT, &self.tool, &action, &format!("{digests:?}")] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        for (file, sha256) in inputs {
            hash.update(format!("{file:?}\0{sha256}\n"));
        }
        for ToolVersion { name, version } in tools {
            hash.update(format!("{name}\0{version}\n"));
        }
        Ok(hex(&hash.finalize()))
    }

    fn entry(&self, key: &str) -> PathBuf {
        self.root.join(STEPS).join(key)
    }

    /// The files of an earlier result, if it is there, whole, and has the files and digests that are promised. A damaged
    /// one is removed: it would be found damaged again and again.
    pub fn find(&self, key: &str, promise: &Promise<'_>) -> Option<Vec<MadeFile>> {
        let folder = self.entry(key);
        fs::symlink_metadata(&folder).ok()?;
        let files = whole(&folder, promise);
        if files.is_none() {
            let _ = ground::remove(&folder);
        }
        files
    }

    /// Keeps a result that lies in `folder`; from then on its files are in the cache.
    pub fn keep(
        &self,
        key: &str,
        folder: &Path,
        files: Vec<MadeFile>,
        promise: &Promise<'_>,
    ) -> Result<Vec<MadeFile>, Failure> {
        let entry = self.entry(key);
        let describe = |error: &io::Error| Failure::io("write the cache entry", &entry, error);
        let record = serde_json::to_vec(&Record { files })
            .map_err(|error| describe(&io::Error::other(error)))?;
        let parent = self.root.join(STEPS);
        ground::folder(&parent).map_err(|error| describe(&error))?;
        fs::write(folder.join(RECORD), &record).map_err(|error| describe(&error))?;
        if fs::rename(folder, &entry).is_err() {
            // Another run may have been faster; its result is the same.
            if let Some(files) = self.find(key, promise) {
                return Ok(files);
            }
            fs::rename(folder, &entry).map_err(|error| describe(&error))?;
        }
        self.find(key, promise).ok_or_else(|| {
            Failure::failed(format!(
                "the cache entry `{}` was damaged while it was written",
                entry.display()
            ))
        })
    }

    /// A new folder for the outputs of a run, on the cache's own file system.
    pub fn scratch(&self) -> Result<Scratch, Failure> {
        let parent = self.root.join(SCRATCH);
        let describe = |error: io::Error| cannot_write("make a folder in", &parent, &error);
        ground::folder(&parent).map_err(describe)?;
        remove_abandoned(&parent);
        loop {
            let folder = tempfile::Builder::new()
                .prefix("run-")
                .tempdir_in(&parent)
                .map_err(describe)?;
            let lock = ground::lock_file(&folder.path().join(lock::LOCK)).map_err(describe)?;
            let is_ours = match lock.try_lock() {
                Ok(()) => true,
                Err(error) => ground::has_no_locks(&error),
            };
            // Another run may have taken it for abandoned before it was locked.
            if is_ours && folder.path().exists() {
                return Ok(Scratch {
                    folder,
                    _lock: lock,
                });
            }
        }
    }

    /// Makes the folder, for the user alone, unless it is there; why its content cannot be trusted, if it cannot.
    ///
    /// # Errors
    /// When it cannot be made or looked at.
    pub fn prepare(&self) -> io::Result<Option<&'static str>> {
        fs::create_dir_all(self.root.parent().unwrap_or(&self.root))?;
        ground::private(&self.root)?;
        if let Some(why) = ground::distrust(&self.root)? {
            return Ok(Some(why));
        }
        // In a work tree, the cache must not make it dirty.
        let ignore = self.root.join(".gitignore");
        if fs::symlink_metadata(&ignore).is_err() {
            fs::write(ignore, "*\n")?;
        }
        Ok(None)
    }

    /// Removes the longest unused entries until the cache is no larger than allowed, and what killed runs left.
    pub fn tidy(&self) {
        self.tidy_to(LARGEST);
    }

    fn tidy_to(&self, largest: u64) {
        // Another run may be compiling into what is to be removed; the next one makes room.
        let Ok(_lock) = lock::alone(&self.root) else {
            return;
        };
        let mut entries = children(&self.root.join(STEPS));
        entries.extend(children(&self.root.join(STAGE)));
        entries.sort_by_key(|(_, used, _)| std::cmp::Reverse(*used));
        let mut total = 0;
        for (path, _, size) in entries {
            total += size;
            if total > largest {
                let _ = fs::remove_dir_all(path);
            }
        }
    }

    /// Removes everything that a cache keeps, and nothing else that is in its folder; the bytes that were freed.
    ///
    /// # Errors
    /// When a run uses the cache, or a folder cannot be removed.
    pub fn clean(&self) -> Result<u64, Failure> {
        if !self.root.exists() {
            return Ok(0);
        }
        let _lock = lock::alone(&self.root)?;
        let mut freed = 0;
        for name in [STEPS, STAGE, SCRATCH] {
            let folder = self.root.join(name);
            freed += children(&folder)
                .iter()
                .map(|(_, _, size)| size)
                .sum::<u64>();
            ground::remove(&folder).map_err(|error| {
                Failure::io("remove", &folder, &error)
                    .hint("check who owns it, and the permissions of its folders")
            })?;
        }
        Ok(freed)
    }
}

/// That something in the cache cannot be written, with the ways out.
pub(super) fn cannot_write(doing: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::io(doing, path, error)
        .hint("set GORELEASE_CACHE to a folder that can be written, or use --no-cache")
}

/// What a step is to make; an entry is held against it, not against itself.
#[derive(Debug, Clone, Copy)]
pub struct Promise<'a> {
    /// The names of its files.
    pub outputs: &'a [String],
    /// What is recorded of each.
    pub digests: Digests,
}

impl Promise<'_> {
    /// Whether these are the files, each once.
    pub fn is_kept(&self, files: &[MadeFile]) -> bool {
        let mut made: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
        let mut promised: Vec<&str> = self.outputs.iter().map(String::as_str).collect();
        made.sort_unstable();
        promised.sort_unstable();
        made == promised
    }
}

/// The folder in which a run works; it goes at its end, or after a run that was killed with the next one.
#[derive(Debug)]
pub struct Scratch {
    folder: tempfile::TempDir,
    /// Says that the run is alive.
    _lock: File,
}

impl Scratch {
    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes the folders of runs that are gone: their locks can be had. Without a lock, the age decides.
fn remove_abandoned(parent: &Path) {
    const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);
    for child in fs::read_dir(parent).into_iter().flatten().flatten() {
        let path = child.path();
        let is_file = path
            .join(lock::LOCK)
            .symlink_metadata()
            .is_ok_and(|metadata| metadata.is_file());
        let lock = is_file.then(|| File::open(path.join(lock::LOCK)));
        let is_abandoned = match lock {
            Some(Ok(lock)) => match lock.try_lock() {
                Ok(()) => true,
                Err(error) => ground::has_no_locks(&error) && is_old(&child, DAY),
            },
            _ => is_old(&child, DAY),
        };
        if is_abandoned {
            let _ = ground::remove(&path);
        }
    }
}

fn is_old(child: &fs::DirEntry, age: std::time::Duration) -> bool {
    let modified = child.metadata().and_then(|metadata| metadata.modified());
    modified.is_ok_and(|time| time.elapsed().is_ok_and(|past| past > age))
}

/// The files of an entry, if all of them are as they were recorded; it then counts as used now.
fn whole(folder: &Path, promise: &Promise<'_>) -> Option<Vec<MadeFile>> {
    let record = input::read_description(&folder.join(RECORD)).ok()?;
    let record: Record = serde_json::from_slice(&record).ok()?;
    let mut files = record.files;
    if !promise.is_kept(&files) {
        return None;
    }
    for file in &mut files {
        check_name(&file.name).ok()?;
        file.path = folder.join(&file.name);
        let digests = Digests::recorded(file.sha512.as_ref());
        if digests != promise.digests {
            return None;
        }
        let now = output::measure_regular(&file.path, digests).ok()?;
        if now.size != file.size || now.sha256 != file.sha256 || now.sha512 != file.sha512 {
            return None;
        }
    }
    // The time of the record is the time of the last use, by which the cache is kept small.
    let _ = File::options()
        .append(true)
        .open(folder.join(RECORD))
        .and_then(|file| file.set_modified(SystemTime::now()));
    Some(files)
}

/// The folders in a folder, with the time of their last use and their size.
fn children(folder: &Path) -> Vec<(PathBuf, SystemTime, u64)> {
    let Ok(list) = fs::read_dir(folder) else {
        return Vec::new();
    };
    list.flatten()
        .map(|child| {
            let path = child.path();
            let record =
                fs::metadata(path.join(RECORD)).or_else(|_| fs::metadata(path.join(STAGE_RECORD)));
            let used = record
                .or_else(|_| child.metadata())
                .and_then(|metadata| metadata.modified());
            let size = walkdir::WalkDir::new(&path)
                .into_iter()
                .flatten()
                .filter_map(|file| file.metadata().ok())
                .filter(fs::Metadata::is_file)
                .map(|metadata| metadata.len())
                .sum();
            (path, used.unwrap_or(SystemTime::UNIX_EPOCH), size)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Metadata;

    static OUTPUTS: std::sync::LazyLock<Vec<String>> =
        std::sync::LazyLock::new(|| vec!["a.zip".to_owned()]);
    const PROMISE: fn() -> Promise<'static> = || Promise {
        outputs: &OUTPUTS,
        digests: Digests::Sha256,
    };

    fn rewrite(entry: &Path, from: &str, to: &str) {
        let text = fs::read_to_string(entry.join(RECORD)).unwrap();
        fs::write(entry.join(RECORD), text.replace(from, to)).unwrap();
    }

    fn link(to: &Path, at: &Path) {
        #[cfg(unix)]
        std::os::unix::fs::symlink(to, at).unwrap();
        #[cfg(not(unix))]
        let _ = (to, at);
    }

    fn stored(cache: &Cache, key: &str, content: &[u8]) -> Vec<MadeFile> {
        let scratch = cache.scratch().unwrap();
        let folder = tempfile::tempdir_in(scratch.path()).unwrap();
        let path = folder.path().join("a.zip");
        fs::write(&path, content).unwrap();
        let made = MadeFile::measure("a.zip", path, Digests::Sha256).unwrap();
        cache
            .keep(key, folder.path(), vec![made], &PROMISE())
            .unwrap()
    }

    #[test]
    fn a_result_is_found_again_only_while_it_is_whole() {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::new(root.path().join("cache"));
        let files = stored(&cache, "k", b"content");
        assert_eq!(cache.find("k", &PROMISE()).unwrap(), files);
        let more = Promise {
            digests: Digests::Sha256AndSha512,
            ..PROMISE()
        };
        assert_eq!(cache.find("k", &more), None);
        let files = stored(&cache, "k", b"content");
        fs::write(&files[0].path, b"CONTENT").unwrap();
        assert_eq!(cache.find("k", &PROMISE()), None);
        assert_eq!(stored(&cache, "k", b"content").len(), 1);
    }

    #[test]
    fn a_damaged_entry_is_made_again() {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::new(root.path().join("cache"));
        let damages: [fn(&Path); 11] = [
            |entry| fs::write(entry.join(RECORD), "").unwrap(),
            |entry| fs::remove_file(entry.join(RECORD)).unwrap(),
            |entry| fs::remove_file(entry.join("a.zip")).unwrap(),
            |entry| fs::write(entry.join("a.zip"), "half").unwrap(),
            |entry| fs::write(entry.join(RECORD), r#"{"files":[]}"#).unwrap(),
            |entry| rewrite(entry, "a.zip", "../k/a.zip"),
            |entry| rewrite(entry, "a.zip", "b.zip"),
            |entry| {
                fs::remove_file(entry.join("a.zip")).unwrap();
                fs::create_dir(entry.join("a.zip")).unwrap();
            },
            |entry| {
                fs::remove_file(entry.join(RECORD)).unwrap();
                fs::create_dir(entry.join(RECORD)).unwrap();
            },
            |entry| {
                fs::rename(entry.join("a.zip"), entry.join("b.zip")).unwrap();
                link(&entry.join("b.zip"), &entry.join("a.zip"));
            },
            |entry| {
                fs::remove_dir_all(entry).unwrap();
                fs::write(entry, "a file").unwrap();
            },
        ];
        for damage in damages {
            stored(&cache, "k", b"content");
            damage(&cache.entry("k"));
            // Nobody has looked since: the entry is in the way when the result is kept.
            assert_eq!(stored(&cache, "k", b"content").len(), 1);
            damage(&cache.entry("k"));
            assert_eq!(cache.find("k", &PROMISE()), None);
            assert!(!cache.entry("k").exists());
        }
    }

    #[test]
    fn what_killed_runs_left_goes_with_the_next_run() {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::new(root.path().join("cache"));
        let alive = cache.scratch().unwrap();
        let killed = root.path().join("cache").join(SCRATCH).join("run-killed");
        fs::create_dir(&killed).unwrap();
        fs::write(killed.join(lock::LOCK), "").unwrap();
        let other = cache.scratch().unwrap();
        assert!(alive.path().exists() && other.path().exists());
        assert!(!killed.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_cache_of_others_is_not_trusted() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::new(root.path().join("below").join("cache"));
        assert_eq!(cache.prepare().unwrap(), None);
        let mode = fs::metadata(cache.root()).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o700);
        assert_eq!(
            fs::read_to_string(cache.root().join(".gitignore")).unwrap(),
            "*\n"
        );
        fs::set_permissions(cache.root(), fs::Permissions::from_mode(0o777)).unwrap();
        assert!(cache.prepare().unwrap().is_some());
    }

    #[test]
    fn a_cache_in_use_is_left_alone() {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::new(root.path().join("cache"));
        stored(&cache, "k", b"content");
        let in_use = lock::open(cache.root()).unwrap();
        in_use.lock_shared().unwrap();
        cache.tidy_to(0);
        assert!(cache.clean().unwrap_err().message.contains("another run"));
        assert!(cache.find("k", &PROMISE()).is_some());
        drop(in_use);
        cache.tidy_to(0);
        assert!(cache.find("k", &PROMISE()).is_none());
        assert_eq!(cache.clean().unwrap(), 0);
    }

    #[test]
    fn the_key_depends_on_action_and_inputs() {
        let cache = Cache::new(PathBuf::from("x"));
        let action = |name: &str| {
            Action::Metadata(Metadata {
                name: name.to_owned(),
                work_tree: None,
            })
        };
        let input = |sha256: &str| vec![(FileRef::Project("f".to_owned()), sha256.to_owned())];
        let key = cache
            .key(&action("a"), &input("1"), &[], Digests::Sha256)
            .unwrap();
        assert_eq!(
            key,
            cache
                .key(&action("a"), &input("1"), &[], Digests::Sha256)
                .unwrap()
        );
        assert_ne!(
            key,
            cache
                .key(&action("b"), &input("1"), &[], Digests::Sha256)
                .unwrap()
        );
        assert_ne!(
            key,
            cache
                .key(&action("a"), &input("2"), &[], Digests::Sha256)
                .unwrap()
        );
        let both = Digests::Sha256AndSha512;
        assert_ne!(
            key,
            cache.key(&action("a"), &input("1"), &[], both).unwrap()
        );
        let tool = ToolVersion {
            name: "wixl".to_owned(),
            version: "0.101".to_owned(),
        };
        assert_ne!(
            key,
            cache
                .key(&action("a"), &input("1"), &[&tool], Digests::Sha256)
                .unwrap()
        );
    }

    #[test]
    fn cleaning_takes_nothing_else_away() {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::new(root.path().to_owned());
        stored(&cache, "k", b"content");
        fs::write(root.path().join("thesis.doc"), "precious").unwrap();
        assert!(cache.clean().unwrap() > 0);
        assert!(cache.find("k", &PROMISE()).is_none());
        assert!(root.path().join("thesis.doc").exists());
    }

    #[test]
    fn it_is_bounded() {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::new(root.path().to_owned());
        stored(&cache, "old", &[0; 100_000]);
        let old = File::options()
            .append(true)
            .open(cache.entry("old").join(RECORD))
            .unwrap();
        old.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        stored(&cache, "new", &[1; 100_000]);
        cache.tidy_to(150_000);
        assert!(cache.find("old", &PROMISE()).is_none());
        assert!(cache.find("new", &PROMISE()).is_some());
    }
}
