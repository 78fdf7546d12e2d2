//! The results' folder: locked while a run works, filled beside the earlier results, and changed over at the end.
//!
//! Everything new grows in `dist/.new`; when it is complete and verified, the earlier files move to `dist/.old`, the
//! new ones take their place, and `.old` goes. A run that is killed in between is put right by the next one. What
//! somebody else has put into the folder stays there.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::ground;
use super::lock::NO_LOCKS;
use super::owner;
use super::ownership::{self, REPORT, RESULTS};
use crate::error::{ExitCode, Failure};
use crate::format::output;
use crate::project::place::settled;
use crate::step::metadata::FILE_NAME;

const NEW: &str = ".new";
const OLD: &str = ".old";
const WORK: &str = ".work";
pub(super) const LOCK: &str = ".lock";
pub(super) const OWNER: &str = ".owner";
/// Is there while a run works, and after one that was killed: what has an internal name then is ours.
const RUNNING: &str = ".running";
const IGNORE: &str = ".gitignore";
/// Says that a changeover has begun: it lists the new names, one a line; all of them are whole, in `.new` or in place.
const COMMITTED: &str = ".committed";

/// The names in `dist/` that are not results.
pub const INTERNAL: [&str; 9] = [
    NEW, OLD, WORK, LOCK, OWNER, RUNNING, IGNORE, COMMITTED, RESULTS,
];

/// A locked results' folder.
#[derive(Debug)]
pub struct Dist {
    root: PathBuf,
    /// Whether this run made it.
    is_new: bool,
    /// What there is to say about its lock.
    notice: Option<&'static str>,
    /// Held until the end of the run; the system lets go of it even when the process is killed.
    _lock: File,
}

impl Dist {
    /// Makes the folder if need be, locks it, and clears away what a killed run left.
    pub fn open(root: &Path, project: &Path) -> Result<Self, Failure> {
        refuse_foreign(root, &[project])?;
        Self::lock(root)
    }

    /// As [`Dist::open`], for results that come from these folders instead of a project.
    pub fn open_beside(root: &Path, sources: &[PathBuf]) -> Result<Self, Failure> {
        let sources: Vec<&Path> = sources.iter().map(PathBuf::as_path).collect();
        refuse_foreign(root, &sources)?;
        Self::lock(root)
    }

    fn lock(root: &Path) -> Result<Self, Failure> {
        let describe = |error: io::Error| cannot_write("write to", root, &error);
        let is_new = !root.exists();
        fs::create_dir_all(root).map_err(describe)?;
        // First of all: an unignored folder would make the go tool stamp the build as modified.
        let ignore = root.join(IGNORE);
        if !ignore.exists() {
            fs::write(&ignore, "*\n").map_err(|error| cannot_write("write", &ignore, &error))?;
        }
        let lock = ground::lock_file(&root.join(LOCK)).map_err(describe)?;
        let mut notice = None;
        match lock.try_lock() {
            Ok(()) => {}
            Err(error) if ground::has_no_locks(&error) => notice = Some(NO_LOCKS),
            Err(TryLockError::WouldBlock) => {
                return Err(Failure::failed(format!(
                    "another run is working in `{}`",
                    root.display()
                ))
                .hint("wait for it, or give another folder with --out"));
            }
            Err(TryLockError::Error(error)) => {
                return Err(Failure::io("lock", &root.join(LOCK), &error));
            }
        }
        refuse_leftovers_of_others(root)?;
        owner::claim(root, &lock).map_err(describe)?;
        let dist = Self {
            root: root.to_owned(),
            is_new,
            notice,
            _lock: lock,
        };
        fs::write(root.join(RUNNING), "").map_err(describe)?;
        dist.recover()?;
        Ok(dist)
    }

    /// What the user should know about the folder.
    pub fn notice(&self) -> Option<&'static str> {
        self.notice
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder in which the new results grow.
    pub fn fresh(&self) -> PathBuf {
        self.root.join(NEW)
    }

    /// A folder for files that nobody needs after the run.
    pub fn work(&self) -> Result<PathBuf, Failure> {
        let work = self.root.join(WORK);
        fs::create_dir_all(&work).map_err(|error| Failure::io("make", &work, &error))?;
        Ok(work)
    }

    /// Finishes or undoes what a killed run had begun.
    fn recover(&self) -> Result<(), Failure> {
        remove(&self.root.join(WORK))?;
        if self.root.join(COMMITTED).exists() {
            return self.change_over();
        }
        for name in [NEW, OLD] {
            remove(&self.root.join(name))?;
        }
        fs::create_dir(self.fresh()).map_err(|error| cannot_write("make", &self.fresh(), &error))
    }

    /// Waits until the new results are on the disk, so that no power failure leaves half of them in the place of the
    /// earlier ones.
    pub fn sync(&self) -> Result<(), Failure> {
        let walk = walkdir::WalkDir::new(self.fresh()).into_iter().flatten();
        for entry in walk.filter(|entry| cfg!(unix) || entry.file_type().is_file()) {
            let opened = File::options()
                .read(true)
                .write(cfg!(windows))
                .open(entry.path());
            opened
                .and_then(|file| file.sync_all())
                .map_err(|error| Failure::io("write", entry.path(), &error))?;
        }
        Ok(())
    }

    /// Names in the folder that are no results of ours, and stay.
    pub fn foreign(&self) -> Result<Vec<String>, Failure> {
        let mut names = results(&self.root)?;
        let own = ownership::own(&self.root, &names)?.unwrap_or_default();
        names.retain(|name| !own.contains(name) && !ownership::is_litter(name));
        Ok(names)
    }

    /// Puts the new results in the place of the earlier ones.
    pub fn commit(self) -> Result<(), Failure> {
        if !self.root.join(RESULTS).exists() {
            // What else tells whose the earlier results are is about to move.
            let own = ownership::own(&self.root, &results(&self.root)?)?.unwrap_or_default();
            let own: Vec<String> = own.into_iter().collect();
            self.write_list(RESULTS, &own)?;
        }
        self.write_list(COMMITTED, &names(&self.fresh())?)?;
        self.change_over()
    }

    /// Writes names, one a line, into a file that is whole on the disk when it appears.
    fn write_list(&self, name: &str, names: &[String]) -> Result<(), Failure> {
        let path = self.root.join(name);
        let written = output::readable(self.work()?).and_then(|mut file| {
            file.write_all(names.join("\n").as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|error| error.error)
        });
        written
            .map(|_| ())
            .map_err(|error| Failure::io("write", &path, &error))
    }

    /// Moves the earlier results away and the new ones in; may be begun again at any point.
    fn change_over(&self) -> Result<(), Failure> {
        let flag = self.root.join(COMMITTED);
        let list = fs::read_to_string(&flag).map_err(|error| Failure::io("read", &flag, &error))?;
        let new: Vec<&str> = list.lines().collect();
        let waiting = names(&self.fresh())?;
        let old = self.root.join(OLD);
        fs::create_dir_all(&old).map_err(|error| Failure::io("make", &old, &error))?;
        let present = results(&self.root)?;
        let own = ownership::own(&self.root, &present)?.unwrap_or_default();
        for name in present {
            // Begun again, some new ones are in place already: those that no longer wait.
            let in_place = new.contains(&name.as_str()) && !waiting.contains(&name);
            let in_the_way = own.contains(&name) || waiting.contains(&name);
            if in_the_way && !in_place {
                rename(&self.root.join(&name), &old.join(&name))?;
            }
        }
        for name in waiting.iter().filter(|name| new.contains(&name.as_str())) {
            rename(&self.fresh().join(name), &self.root.join(name))?;
        }
        remove(&old)?;
        rename(&flag, &self.root.join(RESULTS))?;
        fs::create_dir_all(self.fresh()).map_err(|error| Failure::io("make", &self.fresh(), &error))
    }
}

impl Drop for Dist {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.root.join(WORK));
        // After a failure the earlier results stay, and nothing half-made does.
        if self.root.join(COMMITTED).exists() {
            return;
        }
        let _ = fs::remove_dir_all(self.fresh());
        let _ = fs::remove_file(self.root.join(RUNNING));
        // A run that made nothing leaves no folder that was not there before.
        if self.is_new && results(&self.root).is_ok_and(|names| names.is_empty()) {
            for name in [LOCK, OWNER, IGNORE] {
                let _ = fs::remove_file(self.root.join(name));
            }
            let _ = fs::remove_dir(&self.root);
        }
    }
}

/// Refuses folders with internal names that no run of ours can have left.
fn refuse_leftovers_of_others(root: &Path) -> Result<(), Failure> {
    let left = |name: &str| root.join(name).symlink_metadata().is_ok();
    if left(RUNNING) || left(COMMITTED) {
        return Ok(());
    }
    for name in [NEW, OLD, WORK] {
        let path = root.join(name);
        let is_empty = fs::read_dir(&path).is_ok_and(|mut list| list.next().is_none());
        if fs::symlink_metadata(&path).is_ok() && !is_empty {
            return Err(not_ours(&path));
        }
    }
    Ok(())
}

/// Something that has a name of ours and is none of ours.
fn not_ours(path: &Path) -> Failure {
    let message = format!("`{}` was not made by gorelease", path.display());
    Failure::new(ExitCode::Manifest, message)
        .hint("move it elsewhere, or give another folder with --out")
}

/// The names that are files of ours.
const FILES: [&str; 8] = [
    LOCK, OWNER, RUNNING, IGNORE, COMMITTED, RESULTS, REPORT, FILE_NAME,
];

/// Refuses a folder whose files are not ours to remove.
fn refuse_foreign(root: &Path, inside: &[&Path]) -> Result<(), Failure> {
    let refuse = |why: &str| {
        let message = format!("`{}` cannot take the results: {why}", root.display());
        Err(Failure::new(ExitCode::Manifest, message)
            .hint("give an empty or new folder with --out, such as `dist`"))
    };
    let inside: Vec<PathBuf> = inside
        .iter()
        .map(|path| {
            fs::canonicalize(path).map_err(|error| {
                Failure::io("look at", path, &error)
                    .hint("give the folders that `gorelease build` has filled")
            })
        })
        .collect::<Result<_, _>>()?;
    let metadata = match fs::symlink_metadata(root) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return match settled(root) {
                Some(_) => Ok(()),
                None => refuse("it goes up out of a folder that is not there"),
            };
        }
        metadata => metadata.map_err(|error| cannot_write("look at", root, &error))?,
    };
    if metadata.is_file() {
        return refuse("it is a file");
    }
    let absolute = match fs::canonicalize(root) {
        Err(_) if metadata.is_symlink() => {
            return refuse("it is a link that leads nowhere, or to itself");
        }
        absolute => absolute.map_err(|error| cannot_write("look at", root, &error))?,
    };
    if !absolute.is_dir() {
        return refuse(match metadata.is_symlink() {
            true => "it is a link to something that is not a folder",
            false => "it is not a folder",
        });
    }
    for name in FILES {
        let path = root.join(name);
        if fs::symlink_metadata(&path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(not_ours(&path));
        }
    }
    if inside.iter().any(|path| path.starts_with(&absolute)) {
        return refuse("it holds what the results are made from");
    }
    match ownership::own(root, &results(root)?)? {
        Some(_) => Ok(()),
        None => refuse("it has files that gorelease did not make"),
    }
}

/// The names in the folder besides the internal ones.
fn results(root: &Path) -> Result<Vec<String>, Failure> {
    let mut names = names(root)?;
    names.retain(|name| !INTERNAL.contains(&name.as_str()));
    Ok(names)
}

/// That something in the results' folder cannot be written, with another folder as the way out.
fn cannot_write(doing: &str, path: &Path, error: &io::Error) -> Failure {
    let failure = Failure::io(doing, path, error);
    match failure.hint.clone() {
        Some(hint) => failure.hint(format!("{hint}, or give another folder with --out")),
        None => failure.hint("give another folder with --out"),
    }
}

fn names(folder: &Path) -> Result<Vec<String>, Failure> {
    let describe = |error: io::Error| Failure::io("list", folder, &error);
    let list = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        list => list.map_err(describe)?,
    };
    let mut names = Vec::new();
    for entry in list {
        names.push(
            entry
                .map_err(describe)?
                .file_name()
                .to_string_lossy()
                .into_owned(),
        );
    }
    names.sort_unstable();
    Ok(names)
}

fn rename(from: &Path, to: &Path) -> Result<(), Failure> {
    remove(to)?;
    fs::rename(from, to).map_err(|error| Failure::io("move", from, &error))
}

fn remove(path: &Path) -> Result<(), Failure> {
    let result = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        _ => fs::remove_file(path),
    };
    result.map_err(|error| Failure::io("remove", path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Project(tempfile::TempDir);

    impl Project {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn dist(&self) -> PathBuf {
            self.0.path().join("dist")
        }

        fn open(&self) -> Result<Dist, Failure> {
            Dist::open(&self.dist(), self.0.path())
        }

        fn release(&self, name: &str) {
            let dist = self.open().unwrap();
            fs::write(dist.fresh().join(name), name).unwrap();
            dist.commit().unwrap();
        }

        fn results(&self) -> Vec<String> {
            let mut names = names(&self.dist()).unwrap();
            names.retain(|name| ![LOCK, OWNER, IGNORE, RESULTS].contains(&name.as_str()));
            names
        }
    }

    #[test]
    fn a_new_release_takes_the_place_of_the_old() {
        let project = Project::new();
        project.release("a_1.zip");
        project.release("a_2.zip");
        assert_eq!(project.results(), ["a_2.zip"]);
        assert_eq!(
            fs::read_to_string(project.dist().join(IGNORE)).unwrap(),
            "*\n"
        );
    }

    #[test]
    fn a_failed_run_leaves_the_old_release() {
        let project = Project::new();
        project.release("a_1.zip");
        let dist = project.open().unwrap();
        fs::write(dist.fresh().join("a_2.zip"), "half").unwrap();
        drop(dist);
        assert_eq!(project.results(), ["a_1.zip"]);
    }

    #[test]
    fn a_killed_changeover_is_finished() {
        let project = Project::new();
        project.release("a_1.zip");
        for moved in 0..4usize {
            let dist = project.open().unwrap();
            fs::write(dist.fresh().join("b.zip"), "new").unwrap();
            fs::write(dist.fresh().join("c.zip"), "new").unwrap();
            fs::write(project.dist().join(COMMITTED), "b.zip\nc.zip").unwrap();
            if moved > 0 {
                fs::create_dir(project.dist().join(OLD)).unwrap();
                for name in project
                    .results()
                    .iter()
                    .filter(|name| name.ends_with(".zip"))
                {
                    fs::rename(
                        project.dist().join(name),
                        project.dist().join(OLD).join(name),
                    )
                    .unwrap();
                }
            }
            for name in ["b.zip", "c.zip"].iter().take(moved.saturating_sub(1)) {
                fs::rename(dist.fresh().join(name), project.dist().join(name)).unwrap();
            }
            drop(dist);
            drop(project.open().unwrap());
            assert_eq!(project.results(), ["b.zip", "c.zip"], "after {moved} moves");
            for name in ["b.zip", "c.zip"] {
                assert_eq!(
                    fs::read_to_string(project.dist().join(name)).unwrap(),
                    "new"
                );
            }
        }
    }

    #[test]
    fn a_second_run_at_the_same_time_is_refused() {
        let project = Project::new();
        let first = project.open().unwrap();
        assert!(project.open().unwrap_err().message.contains("another run"));
        drop(first);
        assert!(project.open().is_ok());
    }

    #[test]
    fn what_others_put_there_stays() {
        let project = Project::new();
        project.release("a_1.zip");
        fs::write(project.dist().join("notes.txt"), "precious").unwrap();
        fs::write(project.dist().join(".DS_Store"), "").unwrap();
        fs::write(project.dist().join("report.html"), "ours").unwrap();
        let dist = project.open().unwrap();
        assert_eq!(dist.foreign().unwrap(), ["notes.txt"]);
        drop(dist);
        project.release("a_2.zip");
        assert_eq!(project.results(), [".DS_Store", "a_2.zip", "notes.txt"]);
        project.release("notes.txt");
        let notes = fs::read_to_string(project.dist().join("notes.txt"));
        assert_eq!(
            notes.unwrap(),
            "notes.txt",
            "a result of the same name is written"
        );
    }

    #[test]
    fn a_folder_of_another_tool_is_refused() {
        for (name, content) in [
            ("artifacts.json", "[{\"name\": \"a.zip\"}]"),
            (".lock", "7"),
        ] {
            let project = Project::new();
            fs::create_dir(project.dist()).unwrap();
            fs::write(project.dist().join(name), content).unwrap();
            fs::write(project.dist().join("a.zip"), "theirs").unwrap();
            assert!(project.open().unwrap_err().message.contains("did not make"));
            assert!(project.dist().join("a.zip").exists());
        }
    }

    #[test]
    fn foreign_folders_are_not_touched() {
        let project = Project::new();
        fs::create_dir(project.dist()).unwrap();
        fs::write(project.dist().join("thesis.doc"), "precious").unwrap();
        assert!(project.open().unwrap_err().message.contains("did not make"));
        let root = Dist::open(project.0.path(), project.0.path()).unwrap_err();
        assert!(root.message.contains("made from"));
        assert_eq!(root.code, ExitCode::Manifest);
    }

    #[test]
    fn a_release_that_was_downloaded_is_ours() {
        let downloaded = Project::new();
        fs::create_dir(downloaded.dist()).unwrap();
        fs::write(
            downloaded.dist().join("artifacts.json"),
            r#"{"gorelease": "0.1.0"}"#,
        )
        .unwrap();
        assert!(downloaded.open().is_ok());
    }

    #[test]
    fn a_path_is_judged_by_where_it_leads_once_it_is_made() {
        let project = Project::new();
        fs::write(project.0.path().join("thesis.doc"), "precious").unwrap();
        for path in ["new/..", "new/../.", "new/../dist"] {
            let refused = Dist::open(&project.0.path().join(path), project.0.path());
            assert!(refused.unwrap_err().message.contains("not there"), "{path}");
        }
        assert_eq!(names(project.0.path()).unwrap(), ["thesis.doc"]);
    }
}
