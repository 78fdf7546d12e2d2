//! What is wrong with a service: told by `check`, with its line, its column and the way out.

use std::fs;

use crate::support::project::{Project, Run};

/// Lines of `[[service]]`, the line within them and the column of the mistake, the message, and what the hint or label says.
type Case<'a> = (&'a str, (usize, usize), &'a str, &'a str);

const CASES: &[Case] = &[
    (
        "name = 'a/b'",
        (1, 8),
        "the service's name has the character `/`",
        "such as `OrdersApi`",
    ),
    (
        "name = 'Orders'\n[[service]]\nbinary = 'hello'\nname = 'ORDERS'",
        (4, 8),
        "the service `ORDERS` is there twice",
        "every service must be another one",
    ),
    (
        "host = 'injct'",
        (1, 8),
        "unknown host mode `injct`",
        "did you mean `inject`?",
    ),
    (
        "start = 'boot'",
        (1, 9),
        "unknown start type `boot`",
        "one of: auto, delayed, manual, disabled",
    ),
    (
        "sid-type = 'restrict'",
        (1, 12),
        "unknown SID type `restrict`",
        "did you mean `restricted`?",
    ),
    (
        "account = 'root'",
        (1, 11),
        "unknown account `root`",
        "`DOMAIN\\name$` (group managed)",
    ),
    (
        "account = 'NT AUTHORITY\\SYSTEM'",
        (1, 11),
        "unknown account",
        "write `virtual`",
    ),
    (
        "stop-timeout = '2h'",
        (1, 16),
        "`2h` is out of range",
        "from 1s to 30m",
    ),
    (
        "stop-timeout = 'soon'",
        (1, 16),
        "`soon` is no time",
        "a number and a unit",
    ),
    (
        "minimum-uptime = '3m'",
        (1, 18),
        "`3m` is out of range",
        "to 2m",
    ),
    (
        "preshutdown-timeout = '2h'",
        (1, 23),
        "`2h` is out of range",
        "to 1h",
    ),
    (
        "health = { http = '/', within = '1d' }\nports = [{ name = 'http', port = 80 }]",
        (1, 33),
        "`1d` is out of range",
        "to 30m",
    ),
    (
        "depends-on = ['Tcpi']",
        (1, 15),
        "unknown service `Tcpi`",
        "did you mean `Tcpip`?",
    ),
    (
        "depends-on = ['hello']",
        (1, 15),
        "a service cannot depend on itself",
        "remove it",
    ),
    (
        "name = 'A'\ndepends-on = ['Tcpip', 'B']\n[[service]]\nbinary = 'hello'\nname = 'B'\ndepends-on = ['C']\n[[service]]\nbinary = 'hello'\nname = 'C'\ndepends-on = ['a']",
        (2, 24),
        "the services `A` and `B` wait for each other",
        "remove one of the dependencies",
    ),
    (
        "depends-on = ['a/b']",
        (1, 15),
        "the dependency's name has the character `/`",
        "sc.exe query",
    ),
    (
        "privileges = ['SeChangeNotify']",
        (1, 15),
        "unknown privilege `SeChangeNotify`",
        "SeChangeNotifyPrivilege",
    ),
    (
        "directory = 'data'",
        (1, 13),
        "the path `data` is relative",
        "begin with `{{ data_dir }}`",
    ),
    (
        "log = { dir = 'logs' }",
        (1, 15),
        "the path `logs` is relative",
        "begin with `{{ data_dir }}`",
    ),
    (
        "host = 'wrapper'\nprogram = 'x.exe'",
        (2, 11),
        "the path `x.exe` is relative",
        "or a drive",
    ),
    (
        "program = 'C:\\x.exe'",
        (1, 11),
        "`program` is for the host mode `wrapper` only",
        "host = \"wrapper\"",
    ),
    (
        "log = { rotate-at = '1B' }",
        (1, 21),
        "`1B` is out of range",
        "must be from 64KiB to 2GB",
    ),
    (
        "log = { rotate-at = '3GB' }",
        (1, 21),
        "`3GB` is out of range",
        "`keep` says how many",
    ),
    (
        "log = { keep = 5000 }",
        (1, 16),
        "`keep` is out of range",
        "must be from 0 to 1000",
    ),
    (
        "event-source = 'a\\b'",
        (1, 16),
        "the event source has the character",
        "such as `OrdersApi`",
    ),
    (
        "env = { 'A=B' = 'x' }",
        (1, 17),
        "`A=B` cannot be the name of a variable",
        "such as `TMP`",
    ),
    (
        "config = [{ from = 'none.toml' }]",
        (1, 20),
        "there is no file `none.toml`",
        "hint",
    ),
    (
        "config = [{ from = 'LICENSE', name = 'a/b' }]",
        (1, 38),
        "the file's name has the character `/`",
        "without folders",
    ),
    (
        "ports = [{ name = 'HTTP', port = 80 }]",
        (1, 19),
        "`HTTP` cannot be a port's name",
        "such as `http`",
    ),
    (
        "ports = [{ name = 'http', port = 0 }]",
        (1, 34),
        "port 0 is none",
        "must be from 1 to 65535",
    ),
    (
        "health = { http = '/healthz' }",
        (1, 19),
        "`health` has no `port`",
        "name one of `ports`",
    ),
    (
        "health = { port = 'htp' }\nports = [{ name = 'http', port = 80 }]",
        (1, 19),
        "there is no port `htp`",
        "did you mean `http`?",
    ),
    (
        "args = ['{{ port.htp }}']\nports = [{ name = 'http', port = 80 }]",
        (1, 13),
        "there is no port `htp`",
        "did you mean `port.http`?",
    ),
    (
        "args = ['--at', '{{ port.http }}']",
        (1, 21),
        "there is no port `http`",
        "declare it: `ports =",
    ),
    (
        "args = ['-t', '{{ property.TOKN }}']\n[[msi.property]]\nname = 'TOKEN'",
        (1, 19),
        "there is no installer property `TOKN`",
        "did you mean `property.TOKEN`?",
    ),
    (
        "env = { T = '{{ property.TOKEN }}' }",
        (1, 17),
        "there is no installer property `TOKEN`",
        "declare it: `[[msi.property]]` with `name = \"TOKEN\"`",
    ),
    (
        "env = { Path = 'a', PATH = 'b' }",
        (1, 16),
        "the variable `Path` is there as `PATH`, too",
        "capitals",
    ),
    (
        "args = ['--name', '', '--other']",
        (1, 19),
        "an argument of a service cannot be empty",
        "`--name=`",
    ),
    (
        "host = 'wrapper'\nargs = ['{{ \"\" }}']",
        (2, 9),
        "an argument of a service cannot be empty",
        "leave it out",
    ),
    (
        "args = [\"a\\u0000b\"]",
        (1, 9),
        "a service's texts cannot have the character U+0000",
        "the end of the text",
    ),
    (
        "args = ['{{ dat_dir }}']",
        (1, 13),
        "unknown template variable `dat_dir`",
        "did you mean `data_dir`?",
    ),
];

/// The lines before those of a case.
const HEAD: &str =
    "[build]\ntargets = ['windows/amd64', 'linux/amd64']\n[[service]]\nbinary = 'hello'\n";

/// Asserts the place and the way out.
#[track_caller]
fn assert_told(run: &Run, line: usize, column: usize, way_out: &str) {
    let place = format!("release.toml:{line}:{column}\n");
    assert!(
        run.stderr.contains(&place),
        "`{place}` is not in:\n{}",
        run.stderr
    );
    assert!(
        run.stderr.contains(way_out),
        "`{way_out}` is not in:\n{}",
        run.stderr
    );
}

#[test]
fn each_mistake_has_its_place_and_the_way_out() {
    let project = Project::hello();
    for (lines, (line, column), message, way_out) in CASES {
        project.manifest(&format!("{HEAD}{lines}\n"));
        let run = project.run(&["check"]).ends_with(3).says(message);
        assert_told(&run, HEAD.lines().count() + line, *column, way_out);
    }
    assert!(project.results().is_empty());
}

#[test]
fn names_over_256_characters_are_refused() {
    let project = Project::hello();
    project.manifest(&format!("{HEAD}name = '{}'\n", "x".repeat(257)));
    let run = project.run(&["check"]).ends_with(3);
    let run = run.says("the service's name has 257 characters, at most 256 are allowed");
    assert_told(&run, 5, 8, "such as `OrdersApi`");
}

#[test]
fn a_binary_must_be_there_and_be_built_for_windows() {
    let project = Project::hello();
    project.manifest("[build]\ntargets = ['linux/amd64']\n[[service]]\nbinary = 'hello'\n");
    let run = project.run(&["check"]).ends_with(3);
    let run = run.says("the binary `hello` is not built for Windows");
    assert_told(&run, 4, 10, "add a target such as `windows/amd64`");
    project.manifest("[build]\ntargets = ['windows/amd64']\n[[service]]\nbinary = 'helo'\n");
    let run = project.run(&["check"]).ends_with(3);
    let run = run.says("there is no binary `helo`");
    assert_told(&run, 4, 10, "did you mean `hello`?");
}

#[test]
fn a_shared_library_is_no_service() {
    let project = Project::hello();
    project.manifest(
        "[build]\ntargets = ['windows/amd64']\nflags = ['-buildmode=c-shared']\n[[service]]\nbinary = 'hello'\n",
    );
    let run = project.run(&["check"]).ends_with(3);
    let run = run.says("`-buildmode=c-shared` makes no executable");
    assert_told(&run, 3, 10, "use `exe` or `pie`");
}

#[test]
fn names_that_the_host_needs_are_refused_with_their_place() {
    for (file, text, message) in [
        (
            "gorelease_service_main.go",
            "package main\n",
            "`gorelease_service_main.go` has a name",
        ),
        (
            "internal/goreleasehost/x.go",
            "package goreleasehost\n",
            "`internal/goreleasehost` has a name",
        ),
        (
            "other.go",
            "package main\n\nfunc goreleaseProgramMain() {}\n",
            "`other.go:3` uses the name `goreleaseProgramMain`",
        ),
        (
            "other.go",
            "package main\n\n// goreleasehost is a word here.\nvar goreleasehost = 1\n",
            "`other.go:4` uses the name `goreleasehost`",
        ),
    ] {
        let project = Project::hello();
        project.write(file, text);
        project.manifest(HEAD);
        let run = project.run(&["check"]).ends_with(3).says(message);
        assert_told(&run, 4, 10, "choose another host mode");
        project.manifest(&format!("{HEAD}host = 'wrapper'\n"));
        project.run(&["check"]).ends_with(0);
    }
}

/// A project whose program `agent` has this body, with a stand-in for golang.org/x/sys.
fn agent(body: &str) -> Project {
    let project = Project::hello();
    project.write(
        "go.mod",
        "module example.com/hello\n\ngo 1.21\n\nrequire golang.org/x/sys v0.1.0\n\nreplace golang.org/x/sys => ./sys\n",
    );
    project.write("sys/go.mod", "module golang.org/x/sys\n\ngo 1.21\n");
    project.write(
        "sys/windows/svc/svc.go",
        "package svc\n\nfunc Run() {}\n\ntype State int\n",
    );
    project.write(
        "sys/windows/svc/mgr/mgr.go",
        "package mgr\n\nimport \"golang.org/x/sys/windows/svc\"\n\nfunc Connect() (s svc.State) { return }\n",
    );
    project.write("tools/agent/main.go", &format!("package main\n\n{body}\n"));
    project.write("cmd/other/main.go", "package main\n\nfunc main() {}\n");
    project
}

#[test]
fn a_program_that_is_a_service_already_is_known_wherever_it_is() {
    let project = agent("import \"golang.org/x/sys/windows/svc\"\n\nfunc main() { svc.Run() }");
    for binary in [
        "",
        "[[binary]]\nname = 'agent'\n",
        "[[binary]]\nname = 'agent'\nmain = './tools/agent'\n",
    ] {
        // Without `[[binary]]`, tools are no programs of a release.
        let folder = if binary.is_empty() { "apps" } else { "tools" };
        let other = if binary.is_empty() { "tools" } else { "apps" };
        if project.path(other).exists() {
            fs::rename(project.path(other), project.path(folder)).unwrap();
        }
        project.manifest(&format!(
            "{binary}[build]\ntargets = ['windows/amd64']\n[[service]]\nbinary = 'agent'\n"
        ));
        let words = format!(
            "service agent: host mode `native`, because `{folder}/agent/main.go:5` calls `svc.Run`"
        );
        project.run(&["check"]).ends_with(0).says(&words);
    }
}

#[test]
fn a_doubtful_host_mode_is_said() {
    let head = "[[binary]]\nname = 'agent'\nmain = './tools/agent'\n[build]\ntargets = ['windows/amd64']\n[[service]]\nbinary = 'agent'\n";
    let svc = "import \"golang.org/x/sys/windows/svc\"\n\n";
    let flagged =
        format!("{svc}var asService bool\n\nfunc main() {{ if asService {{ svc.Run() }} }}");
    let lists =
        "import \"golang.org/x/sys/windows/svc/mgr\"\n\nfunc main() { println(mgr.Connect()) }";
    let condition = "`tools/agent/main.go:7` calls `svc.Run` only under a condition, so host mode `inject` is used";
    let nothing = "no call that enters the service dispatcher was found in the program";
    for (body, host, expected) in [
        (flagged.as_str(), "", Some(condition)),
        (&flagged, "host = 'inject'\n", None),
        (&flagged, "host = 'native'\n", None),
        (lists, "", None),
        (lists, "host = 'native'\n", Some(nothing)),
    ] {
        let project = agent(body);
        project.manifest(&format!("{head}{host}"));
        let run = project.run(&["check"]).ends_with(0);
        match expected {
            Some(words) => {
                run.says(words).says("fails to start with error 1053");
            }
            None => {
                assert!(!run.stderr.contains("1053"), "{body}: {}", run.stderr);
            }
        }
    }
}

#[test]
fn a_program_that_would_be_a_bad_service_is_warned_of() {
    let project = agent(
        "import (\n\t\"os\"\n\t\"os/signal\"\n\t\"syscall\"\n)\n\nfunc main() {\n\tc := make(chan os.Signal, 1)\n\t\
         signal.Notify(c, syscall.SIGTERM)\n\t<-c\n}",
    );
    project.write("app.conf", "x");
    let manifest = "[[binary]]\nname = 'agent'\nmain = './tools/agent'\nldflags = ['-s', '-H=windowsgui']\n[build]\n\
                    targets = ['windows/amd64']\n[[service]]\nbinary = 'agent'\nargs = ['--config', 'app.conf']\n\
                    config = [{ from = 'app.conf' }]\n";
    project.manifest(manifest);
    let run = project.run(&["check"]).ends_with(0);
    let run = run.says("`tools/agent/main.go:11` waits for SIGTERM only");
    let run = run.says("a program linked with `-H=windowsgui` has no console");
    let run = run.says(
        "`app.conf` is a relative path, but the configuration file `app.conf` is installed into",
    );
    run.says(r"write '{{ config_dir }}\app.conf'");
    // The program's own host, or one that is right, has none of it.
    project.manifest(
        &manifest
            .replace("'app.conf']", r"'{{ config_dir }}\app.conf']")
            .replace("binary = 'agent'", "binary = 'agent'\nhost = 'native'"),
    );
    let run = project.run(&["check"]).ends_with(0);
    for words in ["SIGTERM", "windowsgui", "relative"] {
        assert!(!run.stderr.contains(words), "{}", run.stderr);
    }
}

#[test]
fn what_an_account_needs_is_said() {
    let project = Project::hello();
    project.manifest(&format!("{HEAD}account = 'CONTOSO\\orders$'\n"));
    let run = project.run(&["check"]).ends_with(0);
    run.says("service hello: `CONTOSO\\orders$` needs the right to log on as a service; the scripts grant it");
}

#[test]
fn a_wrapper_has_a_name_of_its_own() {
    let project = Project::hello();
    project.write(
        "cmd/hello-service/main.go",
        "package main\n\nfunc main() {}\n",
    );
    project.manifest(&format!("{HEAD}host = 'wrapper'\n"));
    let run = project.run(&["check"]).ends_with(3);
    let run = run.says("the wrapper of `hello` and a binary would both be called `hello-service`");
    assert_told(&run, 4, 10, "give the binary another name");
}
