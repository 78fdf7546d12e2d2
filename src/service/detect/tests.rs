use super::*;
use crate::project::Module;

/// A program of one module: the files by path, `main.go` being package main; `dependency/...` is another module.
fn behaviour(files: &[(&str, &str)]) -> Behaviour {
    let folder = tempfile::tempdir().unwrap();
    let mut packages: Vec<Package> = Vec::new();
    for (path, text) in files {
        let path = folder.path().join(path);
        let directory = path.parent().unwrap().to_path_buf();
        fs::create_dir_all(&directory).unwrap();
        fs::write(&path, text).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if let Some(known) = packages.iter_mut().find(|package| package.dir == directory) {
            known.go_files.push(name);
            continue;
        }
        let relative = directory.strip_prefix(folder.path()).unwrap();
        let relative = relative.to_str().unwrap();
        let import_path = match relative {
            "" => "example.com/app".to_owned(),
            relative => format!("example.com/app/{relative}"),
        };
        let module: Module = serde_json::from_value(serde_json::json!({
            "Path": "example.com/app", "Main": !relative.starts_with("dependency"),
        }))
        .unwrap();
        packages.push(Package {
            import_path,
            name: if relative.is_empty() { "main" } else { "x" }.to_owned(),
            dir: directory,
            module: Some(module),
            go_files: vec![name],
            imports: DISPATCHERS
                .iter()
                .map(|(path, _)| *path)
                .chain([KARDIANOS])
                .filter(|path| text.contains(path))
                .map(str::to_owned)
                .collect(),
            ..Package::default()
        });
    }
    examine(&packages, folder.path())
}

fn dispatcher(files: &[(&str, &str)]) -> Dispatcher {
    behaviour(files).dispatcher
}

fn call(function: &str, place: &str) -> Call {
    Call {
        function: function.to_owned(),
        place: place.to_owned(),
    }
}

const SVC: &str = "import \"golang.org/x/sys/windows/svc\"\n";

#[test]
fn an_import_alone_does_not_count() {
    for source in [
        "import \"golang.org/x/sys/windows/svc/mgr\"\nfunc main() { mgr.Connect() }\n",
        "import \"golang.org/x/sys/windows/svc/eventlog\"\nfunc main() { eventlog.Open(\"x\") }\n",
        "import \"golang.org/x/sys/windows/svc\"\nvar state svc.State\nfunc main() { println(state) }\n",
        "import _ \"golang.org/x/sys/windows/svc\"\nfunc main() { /* svc.Run() */ println(\"svc.Run\") }\n",
        "import \"github.com/kardianos/service\"\nfunc main() { service.Control(nil, \"start\"); exec.Command(\"x\").Run() }\n",
        "func main() { svc.Run() }\n",
    ] {
        let text = format!("package main\n{source}");
        assert_eq!(
            dispatcher(&[("main.go", &text)]),
            Dispatcher::Never,
            "{source}"
        );
    }
}

#[test]
fn a_program_that_enters_the_dispatcher_is_a_service() {
    for (source, function, line) in [
        (format!("{SVC}func main() {{ svc.Run(\"x\", h) }}\n"), "svc.Run", 3),
        (
            format!("{SVC}func main() {{ serve() }}\nfunc serve() {{\n\trun := svc.Run\n\trun(\"x\", h)\n}}\n"),
            "svc.Run",
            5,
        ),
        (
            format!("{SVC}func main() {{\n\tok, _ := svc.IsWindowsService()\n\tif ok {{ svc.Run(\"x\", h) }}\n}}\n"),
            "svc.Run",
            5,
        ),
        (format!("{SVC}func init() {{ go func() {{ svc.Run(\"x\", h) }}() }}\nfunc main() {{}}\n"), "svc.Run", 3),
        (
            "import \"github.com/judwhite/go-svc\"\nfunc main() {\n\tif err := svc.Run(p); err != nil {\n\t\tpanic(err)\n\t}\n}\n".to_owned(),
            "svc.Run",
            4,
        ),
        (
            "import \"github.com/kardianos/service\"\nfunc main() {\n\ts, err := service.New(p, c)\n\tif len(os.Args) > 1 {\n\t\tservice.Control(s, os.Args[1])\n\t\treturn\n\t}\n\terr = s.Run()\n}\n".to_owned(),
            "service.Run",
            9,
        ),
        (
            "import \"github.com/kardianos/service\"\nfunc main() {\n\ts, _ := service.New(p, c)\n\tif !service.Interactive() {\n\t\ts.Run()\n\t}\n}\n".to_owned(),
            "service.Run",
            6,
        ),
        (
            "func main() { dll.NewProc(\"StartServiceCtrlDispatcherW\").Call() }\n".to_owned(),
            "StartServiceCtrlDispatcher",
            0,
        ),
    ] {
        let place = if line == 0 { "main.go".to_owned() } else { format!("main.go:{line}") };
        let text = format!("package main\n{source}");
        let expected = Dispatcher::Always(call(function, &place));
        assert_eq!(dispatcher(&[("main.go", &text)]), expected, "{source}");
    }
}

#[test]
fn a_call_in_another_package_of_the_project_is_followed_to_main() {
    let service = format!("package x\n{SVC}func Start() {{ svc.Run(\"x\", h) }}\n");
    let main = "package main\nimport \"example.com/app/internal/x\"\nfunc main() { x.Start() }\n";
    let expected = call("svc.Run", "internal/x/x.go:3");
    assert_eq!(
        dispatcher(&[("main.go", main), ("internal/x/x.go", &service)]),
        Dispatcher::Always(expected.clone())
    );
    let main = main.replace("x.Start()", "if *asService { x.Start() }");
    assert_eq!(
        dispatcher(&[("main.go", &main), ("internal/x/x.go", &service)]),
        Dispatcher::Conditionally(expected)
    );
}

#[test]
fn what_cannot_be_judged_is_left_to_the_user() {
    for condition in [
        "if *asService { svc.Run(\"x\", h) }",
        "if !*asService { serve(); return }\n\tsvc.Run(\"x\", h)",
        "switch os.Args[1] { case \"service\": svc.Run(\"x\", h) }",
        "root.AddCommand(&cobra.Command{Run: func() { svc.Run(\"x\", h) }})",
    ] {
        let text = format!("package main\n{SVC}func main() {{\n\t{condition}\n}}\n");
        let found = dispatcher(&[("main.go", &text)]);
        assert!(
            matches!(found, Dispatcher::Conditionally(_)),
            "{condition}: {found:?}"
        );
    }
    let main =
        "package main\nimport \"example.com/app/dependency\"\nfunc main() { dependency.Serve() }\n";
    let service = format!("package x\n{SVC}func Serve() {{ svc.Run(\"x\", h) }}\n");
    assert_eq!(
        dispatcher(&[("main.go", main), ("dependency/x.go", &service)]),
        Dispatcher::InDependency(call("svc.Run", "example.com/app/dependency"))
    );
    // One that only lists services.
    let list = format!("package x\n{SVC}func Serve() svc.State {{ return svc.Running }}\n");
    assert_eq!(
        dispatcher(&[("main.go", main), ("dependency/x.go", &list)]),
        Dispatcher::Never
    );
}

#[test]
fn a_program_that_waits_for_sigterm_alone_is_found() {
    let waits = |body: &str| {
        let text = format!("package main\nimport \"os/signal\"\nfunc main() {{\n\t{body}\n}}\n");
        behaviour(&[("main.go", &text)]).only_sigterm
    };
    let found = Some("main.go:4".to_owned());
    assert_eq!(waits("signal.Notify(c, syscall.SIGTERM)"), found);
    assert_eq!(
        waits("ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGHUP)"),
        found
    );
    for body in [
        "signal.Notify(c, os.Interrupt, syscall.SIGTERM)",
        "signal.Notify(c, syscall.SIGTERM); signal.Notify(c, syscall.SIGINT)",
        "signal.Notify(c, syscall.SIGTERM); signal.Notify(d)",
        "signal.Notify(c, signals...); println(syscall.SIGTERM)",
        "signal.Ignore(syscall.SIGTERM)",
        "println(\"SIGTERM\")",
    ] {
        assert_eq!(waits(body), None, "{body}");
    }
}
