//! The service host's source, which is compiled into programs and into the wrapper.
//!
//! It is Go, kept in `templates/service-host/` with its own tests, and embedded here.

use std::fs;
use std::io;
use std::path::Path;

/// The folder of the host's package below the folder of package main, and the end of its import path.
pub const HOST_PACKAGE: &str = "internal/goreleasehost";

/// The name by which the new `main` imports the host's package. No identifier of package main can be called so: the Go
/// specification ("Declarations and scope") keeps imported names and those of the package apart.
pub(super) const HOST_NAME: &str = "goreleasehost";

/// The file beside the program's own that holds the new `main`.
pub const MAIN_FILE: &str = "gorelease_service_main.go";

/// The name that the program's `main` gets.
pub const PROGRAM_MAIN: &str = "goreleaseProgramMain";

macro_rules! host_files {
    ($($name:literal),* $(,)?) => {
        /// The host's Go files: name and text, sorted by name.
        pub const HOST_FILES: &[(&str, &str)] = &[$((
            $name,
            include_str!(concat!("../../templates/service-host/internal/goreleasehost/", $name)),
        )),*];
    };
}

host_files![
    "address.go",
    "arguments.go",
    "begun_windows.go",
    "child_windows.go",
    "connect_windows.go",
    "console_windows.go",
    "doc.go",
    "environment.go",
    "eventlog_windows.go",
    "events.go",
    "job_windows.go",
    "level.go",
    "lines.go",
    "logfile_windows.go",
    "logfolder_windows.go",
    "main_windows.go",
    "manager_windows.go",
    "probe_windows.go",
    "registry_windows.go",
    "rotate.go",
    "run_windows.go",
    "settings.go",
    "streams_windows.go",
];

const WRAPPER_MODULE: &str = include_str!("../../templates/service-host/go.mod");
const WRAPPER_MAIN: &str = include_str!("../../templates/service-host/main_windows.go");

/// The new `main` of the package with that import path.
pub(super) fn main_source(import_path: &str) -> String {
    format!(
        "package main\n\nimport {HOST_NAME} \"{import_path}/{HOST_PACKAGE}\"\n\n\
         func main() {{ {HOST_NAME}.Main({PROGRAM_MAIN}) }}\n"
    )
}

/// Writes the host's package into `folder`.
pub(super) fn write_host(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for (name, text) in HOST_FILES {
        write_if_changed(&folder.join(name), text)?;
    }
    Ok(())
}

/// Writes the wrapper's module into `folder`; `go build .` there, for a Windows target, makes the wrapper.
///
/// # Errors
/// The folder or a file in it cannot be written.
pub fn write_wrapper(folder: &Path) -> io::Result<()> {
    write_host(&folder.join(HOST_PACKAGE))?;
    write_if_changed(&folder.join("go.mod"), WRAPPER_MODULE)?;
    write_if_changed(&folder.join("main_windows.go"), WRAPPER_MAIN)
}

/// Leaves a file alone that is right already, and never leaves half of one.
pub(super) fn write_if_changed(path: &Path, text: &str) -> io::Result<()> {
    if fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(());
    }
    let temporary = path.with_extension("unfinished");
    fs::write(&temporary, text)?;
    fs::rename(&temporary, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_host_is_embedded() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("templates/service-host")
            .join(HOST_PACKAGE);
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.ends_with("_test.go"))
            .collect();
        names.sort();
        let embedded: Vec<&str> = HOST_FILES.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, embedded);
    }
}
