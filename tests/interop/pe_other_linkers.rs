//! Resources in executables that the GNU linker made: their own resources, symbols behind the sections, no room for
//! another section header.

use std::path::{Path, PathBuf};
use std::process::Command;

use gorelease::format::output::Digests;
use gorelease::format::pe::{Name, add_resources, read_resources};
use tempfile::TempDir;

use crate::pe::{assert_sound, patched, resources, seen};
use crate::support::require_tool;
use crate::support::wine::Wine;
use crate::tools::run;

const RESOURCES: &str =
    "#include <windows.h>\n1 ICON \"old.ico\"\n2 ICON \"old.ico\"\nEXTRA CUSTOM { \"kept\" }\n";

struct Compiler {
    folder: TempDir,
    gcc: PathBuf,
}

impl Compiler {
    fn find() -> Option<Self> {
        Some(Self {
            folder: tempfile::tempdir().expect("a folder"),
            gcc: require_tool("x86_64-w64-mingw32-gcc")?,
        })
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.file(name);
        std::fs::write(&path, content).expect("written");
        path
    }

    fn compile(&self, name: &str, source: &str, more: &[&str]) -> PathBuf {
        let (source, output) = (
            self.write(&format!("{name}.c"), source),
            self.file(&format!("{name}.exe")),
        );
        run(Command::new(&self.gcc)
            .arg("-O1")
            .args(more)
            .arg("-o")
            .arg(&output)
            .arg(source));
        output
    }

    /// An object file with an icon twice and a resource of an own type.
    fn resources(&self) -> Option<PathBuf> {
        let windres = require_tool("x86_64-w64-mingw32-windres")?;
        self.write(
            "old.ico",
            gorelease::format::icon::Icon::decode(&crate::pe::picture(20))
                .expect("an icon")
                .to_ico(),
        );
        let (script, object) = (self.write("old.rc", RESOURCES), self.file("old.o"));
        let mut windres = Command::new(windres);
        run(windres
            .current_dir(self.folder.path())
            .arg(script)
            .arg("-o")
            .arg(&object));
        Some(object)
    }
}

fn run_under_wine(wine: &Wine, path: &Path) -> String {
    wine.run(&wine.windows_path(path), &[]).success().stdout
}

/// The icons are ours, the other type is still there.
fn assert_merged(path: &Path) {
    let found = read_resources(path).expect("read");
    let custom = Name::Text("CUSTOM".into());
    let kept: Vec<_> = found
        .of_kind(&custom)
        .map(|(name, _, data)| (name.clone(), data.to_vec()))
        .collect();
    assert_eq!(kept, [(Name::Text("EXTRA".into()), b"kept".to_vec())]);
    assert_sound(path);
}

#[test]
fn resources_of_the_gnu_linker_are_merged() {
    let (Some(compiler), Some(wine)) = (Compiler::find(), Wine::new("merge")) else {
        return;
    };
    let Some(object) = compiler.resources() else {
        return;
    };
    let source = "#include <stdio.h>\nint main(void) { puts(\"runs\"); return 0; }\n";
    let plain = compiler.compile("merge", source, &[object.to_str().expect("UTF-8")]);
    let output = patched(&plain, &compiler.folder);
    assert_merged(&output);
    assert_eq!(run_under_wine(&wine, &output), "runs\n");
    let Some(seen) = seen(&output) else { return };
    let sections: Vec<_> = seen["pefile"]["sections"]
        .as_array()
        .expect("sections")
        .iter()
        .map(|name| name.as_str().expect("a name"))
        .collect();
    assert_eq!(
        sections.iter().filter(|name| **name == ".rsrc").count(),
        1,
        "{sections:?}"
    );
    assert_eq!(sections.last(), Some(&".rsrc"));
    // The symbols behind the last section are still found.
    let Some(nm) = require_tool("x86_64-w64-mingw32-nm") else {
        return;
    };
    assert!(run(Command::new(nm).arg(&output)).contains(" T main\n"));
}

#[test]
fn a_syso_file_of_a_go_program_is_merged() {
    let (Some(compiler), Some(go), Some(wine)) =
        (Compiler::find(), require_tool("go"), Wine::new("syso"))
    else {
        return;
    };
    let Some(object) = compiler.resources() else {
        return;
    };
    compiler.write("go.mod", "module example.com/syso\n\ngo 1.21\n");
    compiler.write(
        "main.go",
        "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"runs\") }\n",
    );
    std::fs::copy(object, compiler.file("old_windows_amd64.syso")).expect("copied");
    for cgo in ["0", "1"] {
        if cgo == "1" {
            compiler.write(
                "c.go",
                "package main\n\n// int one(void) { return 1; }\nimport \"C\"\n\nvar _ = C.one()\n",
            );
        }
        let plain = compiler.file(&format!("syso{cgo}.exe"));
        let mut build = Command::new(&go);
        build
            .args(["build", "-o"])
            .arg(&plain)
            .arg(".")
            .current_dir(compiler.folder.path());
        build
            .env("CGO_ENABLED", cgo)
            .env("CC", &compiler.gcc)
            .env("GOFLAGS", "")
            .env("GOTOOLCHAIN", "local");
        run(build.env("GOOS", "windows").env("GOARCH", "amd64"));
        let output = patched(&plain, &compiler.folder);
        assert_merged(&output);
        assert_eq!(run_under_wine(&wine, &output), "runs\n");
        assert!(
            run(Command::new(&go).args(["version", "-m"]).arg(&output))
                .contains("example.com/syso")
        );
    }
}

/// SizeOfHeaders.
fn headers(path: &Path) -> u32 {
    let bytes = std::fs::read(path).expect("read");
    let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
    word(word(0x3c) as usize + 84)
}

impl Compiler {
    /// A program with so many sections that its headers grow for one more: plain, patched, what it prints.
    fn full_header(&self) -> (PathBuf, PathBuf, String) {
        for count in 0..16 {
            let declare =
                |n| format!("__attribute__((section(\".x{n}\"))) volatile int x{n} = {n};\n");
            let declarations: String = (0..count).map(declare).collect();
            let sum: String = (0..count).map(|n| format!(" + x{n}")).collect();
            let main = format!("int main(void) {{ printf(\"%d\\n\", 0{sum}); return 0; }}\n");
            let source = format!("#include <stdio.h>\n{declarations}{main}");
            let plain = self.compile(&format!("room{count}"), &source, &["-Wl,--build-id"]);
            let output = self.file("room.exe");
            add_resources(&plain, resources(), &output, Digests::Sha256).expect("patched");
            if headers(&output) > headers(&plain) {
                return (plain, output, format!("{}\n", (0..count).sum::<u32>()));
            }
        }
        panic!("no executable was full");
    }
}

#[test]
fn a_full_section_table_makes_everything_move() {
    let (Some(compiler), Some(wine)) = (Compiler::find(), Wine::new("room")) else {
        return;
    };
    let (plain, output, prints) = compiler.full_header();
    assert_sound(&output);
    assert_eq!(run_under_wine(&wine, &output), prints);
    let Some(readobj) = require_tool("llvm-readobj") else {
        return;
    };
    // The debug directory has file offsets of its own.
    let build_id = |path: &Path| {
        let said = run(Command::new(&readobj)
            .arg("--coff-debug-directory")
            .arg(path));
        said.lines()
            .find(|line| line.contains("PDBGUID"))
            .map(str::to_owned)
    };
    assert!(build_id(&plain).is_some());
    assert_eq!(build_id(&plain), build_id(&output));
}
