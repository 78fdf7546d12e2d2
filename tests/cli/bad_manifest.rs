//! What is wrong with `release.toml`, alone or against the project.

use crate::support::project::Project;

/// A manifest, the line and column of its mistake, the message, and what the hint or label says.
type Case<'a> = (&'a str, &'a str, &'a str, &'a str);

const CASES: &[Case] = &[
    (
        "[build\ntargets = ['linux/amd64']\n",
        "1:7",
        "unclosed table",
        "https://toml.io",
    ),
    (
        "[build]\ncgo = true\ncgo = false\n",
        "3:1",
        "`cgo` is there twice",
        "remove one of them",
    ),
    (
        "[binary]\nname = 'a'\n",
        "1:1",
        "`binary` has the wrong type",
        "write `[[binary]]`, with two brackets",
    ),
    (
        "project = 'hello'\n",
        "1:11",
        "`project` has the wrong type",
        "write `[project]` on a line of its own",
    ),
    (
        "[hooks]\nbefore = ['go generate']\n",
        "2:11",
        "`hooks.before` has the wrong type",
        "`{ run = ... }`",
    ),
    (
        "[hooks]\nbefore = [{ run = [''] }]\n",
        "2:20",
        "a hook has no program",
        "for example `run = [",
    ),
    (
        "[project]\ntitle = 3\n",
        "2:9",
        "`project.title` has the wrong type",
        "this is an integer, expected a string",
    ),
    (
        "[package]\ncompression = 'high'\n",
        "2:15",
        "`package.compression` has the wrong type",
        "expected an integer",
    ),
    (
        "[package]\ncompression = 10\n",
        "2:15",
        "`package.compression` is out of range",
        "must be from 0 to 9",
    ),
    (
        "[biuld]\n",
        "1:2",
        "unknown key `biuld`",
        "did you mean `build`?",
    ),
    (
        "[build]\nldflag = ['-s']\n",
        "2:1",
        "unknown key `ldflag`",
        "did you mean `ldflags`?",
    ),
    (
        "[[binary]]\nname = 'a'\nmain = '.'\n[[binary]]\nname = 'a'\nmain = '.'\n",
        "5:8",
        "the binary `a` is there twice",
        "remove one of them",
    ),
    (
        "[build]\ntargets = ['linux/amd64', 'linux/amd64']\n",
        "2:27",
        "the target `linux/amd64` is there twice",
        "remove one of them",
    ),
    (
        "[build]\ntargets = ['linxu/amd64']\n",
        "2:12",
        "unknown GOOS `linxu`",
        "did you mean `linux`?",
    ),
    (
        "[build]\ntargets = ['macos/arm64']\n",
        "2:12",
        "unknown GOOS `macos`",
        "did you mean `darwin`?",
    ),
    (
        "[build]\ntargets = ['windows/x64']\n",
        "2:12",
        "Go has no `x64` for `windows`",
        "did you mean `windows/amd64`?",
    ),
    (
        "[build]\ntargets = ['']\n",
        "2:12",
        "`` is no target",
        "such as `windows/amd64`",
    ),
    (
        "[build]\ncgo = true\ntargets = ['linux/arm64', 'linux/amd64']\n",
        "2:7",
        "cgo for linux/arm64 has no C compiler",
        "`zig cc -target aarch64-linux-musl`",
    ),
    (
        "[build]\ntargets = ['linux/amd46']\n",
        "2:12",
        "Go has no `amd46` for `linux`",
        "did you mean `linux/amd64`?",
    ),
    (
        "[build]\ntargets = ['windows/s390x']\n",
        "2:12",
        "Go has no `s390x` for `windows`",
        "GOARCH of windows: 386, amd64, arm64",
    ),
    (
        "[build]\ntargets = ['linux/amd64/7']\n",
        "2:12",
        "`7` is no GOAMD64",
        "v1, v2, v3, v4",
    ),
    (
        "[[binary]]\nname = 'a'\nmain = './lib'\n",
        "3:8",
        "`./lib` is package `lib`, not a program",
        "main packages here: ., ./cmd/tool",
    ),
    (
        "[[binary]]\nname = 'a'\nmain = './nope'\n",
        "3:8",
        "there is no package `./nope`",
        "main packages here: .",
    ),
    (
        "[[binary]]\nname = 'a'\nmain = 'cmd/tool'\n",
        "3:8",
        "there is no package `cmd/tool`",
        "write `./cmd/tool`",
    ),
    (
        "[[binary]]\nname = 'a'\nmain = './...'\n",
        "3:8",
        "`./...` names several packages",
        "main packages here: ., ./cmd/tool",
    ),
    (
        "[build]\nenv = 3\n",
        "2:7",
        "`build.env` has the wrong type",
        "`{ NAME = ... }`",
    ),
    (
        "[package]\nchecksums = ['md5']\n",
        "2:14",
        "unknown checksum `md5`",
        "did you mean `sha256`?",
    ),
    (
        "[package]\nfolder = '../{{ target }}'\n",
        "2:10",
        "the folder `../{{ target }}` leaves the archive",
        "without `..`",
    ),
    (
        "[package]\nfolder = '/opt'\n",
        "2:10",
        "the folder `/opt` leaves the archive",
        "without `..`",
    ),
    (
        "[project]\nversion = { file = 'VERSION' }\n",
        "2:11",
        "could not read `VERSION`: no such file",
        "the version in its first line",
    ),
    (
        "[package]\nname = 'fixed'\n",
        "2:8",
        "several files would have the same name: `fixed.tar.gz`, `fixed.zip`",
        "put `{{ target }}`",
    ),
    (
        "[package]\nname = 'a/{{ target }}'\n",
        "2:8",
        "the name `a/{{ target }}` has the character `/`",
        "it becomes a file's name",
    ),
    (
        "[package]\nfolder = 'CON'\n",
        "2:10",
        "the folder `CON` is the name of a device on Windows",
        "give a relative path",
    ),
    (
        "[package]\nfolder = 'x/{{ name }}.'\n",
        "2:10",
        "the folder `x/{{ name }}.` ends with a dot or a space",
        "give a relative path",
    ),
    (
        "[[package.files]]\nfrom = 'LICENSE'\nto = 'readme.MD'\n",
        "3:6",
        "`README.md` and `readme.MD`, differ in capitals alone",
        "one of them another name",
    ),
    (
        "[[package.files]]\nfrom = 'LICENSE'\nto = 'HELLO.EXE'\n",
        "3:6",
        "`hello.exe`, differ in capitals alone",
        "one of them another name",
    ),
    (
        "[[package.files]]\nfrom = 'LICENSE'\nto = 'docs/a|b'\n",
        "3:6",
        "entry name `docs/a|b`: `a|b` has the character `|`",
        "give it another name with `to`",
    ),
    (
        "[[package.files]]\nfrom = 'LICENSE'\nto = 'lpt¹.txt'\n",
        "3:6",
        "entry name `lpt¹.txt` is the name of a device",
        "give it another name with `to`",
    ),
    (
        "[[package.files]]\nfrom = 'LICENSE'\nto = \"a\\u0007b\"\n",
        "3:6",
        "contains a control character",
        "give it another name with `to`",
    ),
    (
        "[[package.files]]\nfrom = 'lib'\n",
        "2:8",
        "`lib` is a folder",
        "`lib/**` takes everything in it",
    ),
    (
        "[[package.files]]\nfrom = '[a'\n",
        "2:8",
        "invalid glob `[a`",
        "`[[]` is a bracket itself",
    ),
    (
        "[package]\nname = '{{ verison }}'\n",
        "2:12",
        "unknown template variable `verison`",
        "did you mean `version`?",
    ),
    (
        "[package]\nname = '{{ version'\n",
        "2:8",
        "the template `{{ version` is wrong",
        "a template looks like `{{ version }}`",
    ),
    (
        "[[package.files]]\nfrom = 'docs/*.md'\n",
        "2:8",
        "`docs/*.md` matches no file",
        "`**` goes below",
    ),
    (
        "[project]\nlicense-file = 'LICENCE'\n",
        "2:16",
        "there is no file `LICENCE`",
        "did you mean `LICENSE`?",
    ),
    (
        "[project]\nicon = 'icon.ico'\n",
        "2:8",
        "there is no file `icon.ico`",
        "relative to the folder of release.toml",
    ),
    (
        "[project]\nreadme = '../README.md'\n",
        "2:10",
        "the path `../README.md` leaves the project",
        "stay inside it",
    ),
    (
        "[project]\nreadme = '/etc/passwd'\n",
        "2:10",
        "the path `/etc/passwd` is absolute",
        "stay inside it",
    ),
    (
        "[[package.files]]\nfrom = 'LICENSE'\nto = '../../x'\n",
        "3:6",
        "the path `../../x` leaves the project",
        "stay inside it",
    ),
    (
        "[[binary]]\nname = 'a/b'\nmain = '.'\n",
        "2:8",
        "the binary's name has the character `/`",
        "a file's name",
    ),
    (
        "[project]\nname = 'con'\n",
        "2:8",
        "is the name of a device on Windows",
        "a file's name",
    ),
    (
        "[project]\nversion = '1.2'\n",
        "2:11",
        "`1.2` is no version",
        "`1.4.2`",
    ),
    (
        "[build]\ngoos = ['linux']\ntargets = ['all']\n",
        "2:9",
        "`targets` and `goos`/`goarch` cannot both be given",
        "write the whole list as `targets`",
    ),
];

#[test]
fn each_mistake_has_its_place_and_the_way_out() {
    let project = Project::hello();
    project.write("lib/lib.go", "package lib\n");
    project.write("cmd/tool/main.go", "package main\n\nfunc main() {}\n");
    for (manifest, place, message, way_out) in CASES {
        project.manifest(manifest);
        let run = project.run(&["check"]).ends_with(3).says(message);
        assert!(
            run.stderr.contains(&format!("release.toml:{place}")),
            "{manifest}\n{}",
            run.stderr
        );
        assert!(
            run.stderr.contains(way_out),
            "`{way_out}` is not in:\n{}",
            run.stderr
        );
        assert!(run.stdout.is_empty(), "{}", run.stdout);
        assert_eq!(run.stderr.matches("error: ").count(), 1, "{}", run.stderr);
    }
    assert!(project.results().is_empty());
}

#[test]
fn two_files_of_one_name_in_every_archive_are_told_once() {
    let project = Project::hello();
    project.manifest("[[package.files]]\nfrom = 'LICENSE'\nto = 'README.md'\n");
    let run = project
        .run(&["check"])
        .ends_with(3)
        .says("two files in an archive would be called `README.md`");
    assert_eq!(run.stderr.matches("error: ").count(), 1, "{}", run.stderr);
}

#[test]
fn a_pattern_that_fits_no_target_is_warned_of() {
    let project = Project::hello();
    project.manifest(
        "[build]\ntargets = ['darwin/universal', 'linux/amd64']\n\
         [[build.override]]\ntarget = 'darwin/arm64'\ncgo = false\n\
         [[build.override]]\ntarget = 'linus/*'\ncgo = false\n\
         [[package.files]]\nfrom = 'LICENSE'\nto = 'l'\ntargets = ['windows/*']\n",
    );
    let run = project
        .run(&["check", "--target", "linux/amd64"])
        .ends_with(0)
        .says("warning: `linus/*` fits none of the targets")
        .says("release.toml:7:10")
        .says("warning: `windows/*` fits none of the targets")
        .says("hint: the targets: darwin/universal, linux/amd64");
    assert!(
        !run.stderr.contains("`darwin/arm64` fits"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_name_of_300_characters_is_refused_and_shown_short() {
    let project = Project::hello();
    let long = "x".repeat(300);
    project.manifest(&format!("[[binary]]\nname = '{long}'\nmain = '.'\n"));
    let run = project
        .run(&["check"])
        .ends_with(3)
        .says("the binary's name is too long");
    assert!(!run.stderr.contains(&long), "{}", run.stderr);
}

#[test]
fn all_mistakes_are_told_at_once_and_build_says_the_same() {
    let project = Project::hello();
    project.manifest("[project]\nversion = '1'\nreadme = '../x'\n[package]\ncompression = 11\n");
    let check = project.run(&["check"]).ends_with(3);
    for message in ["`1` is no version", "`../x` leaves", "out of range"] {
        assert!(
            check.stderr.contains(message),
            "`{message}` is not in:\n{}",
            check.stderr
        );
    }
    let build = project.run(&["build"]).ends_with(3);
    assert_eq!(
        check.stderr.matches("error: ").count(),
        build.stderr.matches("error: ").count(),
        "{}",
        build.stderr
    );
}
