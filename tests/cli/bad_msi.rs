//! What a Windows Installer package cannot hold: refused before anything is compiled, with its place and the way out.

use std::fs::File;

use crate::support::project::Project;

const HEAD: &str = "[build]\ntargets = ['windows/amd64']\n[package]\nwindows = ['msi']\n";

/// Lines after [`HEAD`], the place of the mistake, a part of the message, and of the way out.
const CASES: [(&str, &str, &str, &str); 21] = [
    (
        "[project]\ntitle = 'CON'\n",
        "6:9",
        "the title cannot be the name of a folder",
        "set `title`",
    ),
    (
        "[[msi.property]]\nname = 'LEVEL'\nvalues = ['a']\ndefault = 'b'\n",
        "8:11",
        "the default `b` of `LEVEL` is not an accepted value",
        "it must be one of: a",
    ),
    (
        "[[service]]\nbinary = 'hello'\ntitle = 'T'\n[[service]]\nbinary = 'hello'\nname = 'B'\ntitle = 't'\n",
        "11:9",
        "duplicate service title `t`",
        "Windows takes a title once",
    ),
    (
        "[[service]]\nbinary = 'hello'\nname = 'spooler'\n",
        "7:8",
        "`Spooler` is a service of Windows",
        "",
    ),
    (
        "[[service]]\nbinary = 'hello'\nargs = ['--x={{ property.X }}']\n[[msi.property]]\nname = 'X'\nsplit = true\n",
        "7:9",
        "`property.X` is split into arguments and cannot be part of one",
        "write it alone",
    ),
    (
        "[[service]]\nbinary = 'hello'\ndirectory = '{{ property.X }}'\n[[msi.property]]\nname = 'X'\n",
        "7:13",
        "the path needs `X`, which may have no value",
        "`required = true`",
    ),
    (
        "[msi]\nupgrade-code = '6F0D8B1E'\n",
        "6:16",
        "`6F0D8B1E` is no GUID",
        "leave it out to have it derived",
    ),
    (
        "[project]\nversion = '2026.8.1'\n",
        "6:11",
        "version `2026.8.1-dev.g",
        "set `version` in `[msi]` to three numbers up to 255.255.65535 that grow with every release, such as `{{ major - 2000 }}.{{ minor }}.{{ patch }}`",
    ),
    (
        "[project]\nversion = '1.2.70000'\n",
        "6:11",
        "patch 70000 is over 65535",
        "set `version` in `[msi]`",
    ),
    (
        "[msi]\nversion = '{{ major }}.256.0'\n",
        "6:11",
        "invalid Windows Installer version `1.256.0`",
        "three numbers up to 255.255.65535",
    ),
    (
        "[msi]\nversion = '1.{{ minr }}.0'\n",
        "6:17",
        "unknown template variable `minr`",
        "did you mean `minor`?",
    ),
    (
        "[windows]\nfile-version = '1.2.3.{{ major }}.5'\n",
        "6:16",
        "invalid Windows file version `1.2.3.1.5`",
        "up to four numbers, each up to 65535",
    ),
    (
        "[project]\ntitle = '订单'\n",
        "6:9",
        "`订` in the title is not in code page 1252",
        "set `language` in `[msi]`",
    ),
    (
        "[project]\nmanufacturer = '西门'\n",
        "6:16",
        "`西` in the manufacturer is not in code page 1252",
        "set `language` in `[msi]`",
    ),
    (
        "[[service]]\nbinary = 'hello'\ndescription = '订单'\n",
        "6:10",
        "`订` in the description is not in code page 1252",
        "set `language` in `[msi]`",
    ),
    (
        "[[service]]\nbinary = 'hello'\naccount = 'CONTOSO\\orders'\nsid-type = 'none'\n",
        "6:10",
        "needs its service SID",
        "set `sid-type = \"unrestricted\"`",
    ),
    (
        "[[msi.files]]\nfrom = 'README.md'\nto = 'docs/CON.md'\n",
        "6:8",
        "is the name of a device on Windows",
        "give it another name with `to`",
    ),
    (
        "[[msi.files]]\nfrom = 'README.md'\n[[msi.files]]\nfrom = 'LICENSE'\nto = 'readme.MD'\n",
        "8:8",
        "`readme.MD` and `README.md` are the same file on Windows",
        "give one of them another name with `to`",
    ),
    (
        "[[msi.files]]\nfrom = 'large.bin'\n",
        "6:8",
        "the files of the package have 3000000000 bytes, `large.bin` the most of them",
        "ship large data in an archive beside the package",
    ),
    (
        "[[msi.property]]\nname = 'Greeting'\n",
        "6:8",
        "`Greeting` cannot be a public property",
        "capital letters",
    ),
    (
        "[[msi.shortcut]]\nname = 'a:b'\nbinary = 'hello'\n",
        "6:8",
        "the name `a:b` of a Start menu entry has the character `:`",
        "",
    ),
];

#[test]
fn each_has_its_place_and_the_way_out() {
    let project = Project::hello();
    // A hole, and no part of the commit: git would read it all.
    project.write(".gitignore", "large.bin\n");
    let large = File::create(project.path("large.bin")).unwrap();
    large.set_len(3_000_000_000).unwrap();
    for (lines, place, message, way_out) in CASES {
        project.manifest(&format!("{HEAD}{lines}"));
        let run = project.run(&["check"]).ends_with(3).says(message);
        assert!(
            run.stderr.contains(&format!("release.toml:{place}")),
            "{lines}\n{}",
            run.stderr
        );
        assert!(
            run.stderr.contains(way_out),
            "`{way_out}` is not in:\n{}",
            run.stderr
        );
    }
    assert!(project.results().is_empty());
}

#[test]
fn an_upgrade_code_that_is_not_that_of_the_release_before_is_warned_of() {
    const OLD: &str = "6F0D8B1E-52C7-4B39-9E4A-0C6E3A5D7F21";
    let with = |lines: &str| format!("[project]\nname = 'hello'\n{lines}{HEAD}");
    let code = |code: &str| format!("{}[msi]\nupgrade-code = '{code}'\n", with(""));
    let project = Project::hello();
    let warning = |run: crate::support::project::Run| run.ends_with(0).stderr;
    let silent = |what: &str| {
        let words = warning(project.run(&["check"]));
        assert!(
            !words.contains("beside the earlier release"),
            "{what}: {words}"
        );
    };
    // A first release, and one that goes on from it.
    project.manifest(&code(OLD));
    silent("the first");
    project.commit("second", Some("v1.2.4"));
    silent("the same code");

    // Another code, at the release's own tag and before it has one.
    project.write(
        "release.toml",
        &code("0B7C9E52-3F6A-5D18-9B44-7A1E60C2D935"),
    );
    project.commit("third", None);
    let words = warning(project.run(&["check", "--snapshot", "1.2.5"]));
    for text in [
        "release.toml:8:16",
        "the upgrade code is 0B7C9E52-3F6A-5D18-9B44-7A1E60C2D935, that of v1.2.4 was",
        OLD,
        &format!("set `upgrade-code = \"{OLD}\"` in `[msi]`"),
    ] {
        assert!(words.contains(text), "`{text}` is not in:\n{words}");
    }
    project.git(&["tag", "v1.2.5"]);
    assert!(warning(project.run(&["check"])).contains("that of v1.2.4 was"));

    // A derived code changes with the manufacturer.
    project.write("release.toml", &with("manufacturer = 'Contoso'\n"));
    project.commit("fourth", Some("v2.0.0"));
    project.write("release.toml", &with("manufacturer = 'Fabrikam'\n"));
    project.commit("fifth", Some("v2.0.1"));
    let words = warning(project.run(&["check"]));
    assert!(words.contains("release.toml:3:16"), "{words}");
    assert!(words.contains("that of v2.0.0 was"), "{words}");
}

#[test]
fn what_an_installation_may_fail_at_is_a_warning() {
    let project = Project::hello();
    project.manifest(&format!(
        "{HEAD}[[service]]\nbinary = 'hello'\nstop-timeout = '2m'\nargs = ['--x', '{{{{ property.X }}}}']\n\
         [[msi.property]]\nname = 'X'\n"
    ));
    let words = project.run(&["check"]).ends_with(0).stderr;
    for part in [
        "`stop-timeout` is longer",
        "release.toml:7:16",
        "without a value of `X` the flag `--x` is left alone",
        "release.toml:8:16",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    // Services without titles of their own have different ones.
    project.manifest(&format!(
        "{HEAD}[[service]]\nbinary = 'hello'\n[[service]]\nbinary = 'hello'\nname = 'B'\n"
    ));
    project.run(&["check"]).ends_with(0);
}
