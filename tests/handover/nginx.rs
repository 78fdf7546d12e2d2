//! A real nginx with the generated configuration, and what it accepts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use gorelease::deploy::model::Deployment;
use gorelease::deploy::nginx::{file_names, server, upstream};
use gorelease::deploy::{build, check};
use gorelease::service::Service;

use crate::fixture::{config, release, service};
use crate::support::http::is_open;
use crate::support::{poll, require_tool};

/// The model of services behind nginx.
pub fn model(tables: &str, services: &[Service]) -> Deployment {
    let tables = config(tables);
    assert_eq!(check(&tables, services), [], "the tables are wrong");
    build(&release("1.0.0", Vec::new()), &tables, services)
}

/// A folder with nginx's configuration: `nginx.conf` as a server has it, and the generated files.
pub struct Home {
    folder: tempfile::TempDir,
    nginx: PathBuf,
}

/// nginx at work.
pub struct Running {
    home: Home,
    process: Child,
}

impl Home {
    /// The generated files in `conf.d`; none when nginx is missing.
    pub fn new(model: &Deployment) -> Option<Self> {
        let system = Some(PathBuf::from("/usr/sbin/nginx")).filter(|path| path.is_file());
        let nginx = system.or_else(|| require_tool("nginx"))?;
        let folder = tempfile::tempdir().expect("a folder");
        let home = Self { folder, nginx };
        let front = model.proxy.nginx.as_ref().expect("nginx");
        let (server_path, upstream_path) = file_names(model, front);
        fs::create_dir(home.path("conf.d")).expect("conf.d");
        for (path, text) in [
            (server_path, server(model, front)),
            (upstream_path, upstream(model, front)),
        ] {
            let name = Path::new(&path).file_name().expect("a name");
            fs::write(home.path("conf.d").join(name), text).expect("the configuration");
        }
        let at = |name: &str| home.path(name).display().to_string();
        let text = format!(
            "worker_processes 1;\npid {};\nerror_log {};\nevents {{}}\nhttp {{\n  access_log off;\n  client_body_temp_path {};\n  \
             proxy_temp_path {};\n  fastcgi_temp_path {};\n  uwsgi_temp_path {};\n  scgi_temp_path {};\n  include conf.d/*.conf;\n}}\n",
            at("pid"),
            at("error.log"),
            at("t1"),
            at("t2"),
            at("t3"),
            at("t4"),
            at("t5"),
        );
        fs::write(home.path("nginx.conf"), text).expect("nginx.conf");
        Some(home)
    }

    /// A file of the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.nginx);
        command.arg("-p").arg(self.folder.path());
        command.arg("-c").arg(self.path("nginx.conf"));
        command
    }

    /// `nginx -t`.
    #[track_caller]
    pub fn accepts(&self) {
        let output = self.command().arg("-t").output().expect("nginx");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Starts nginx and waits until it listens on `port`.
    pub fn start(self, port: u16) -> Running {
        let process = self
            .command()
            .args(["-g", "daemon off;"])
            .stderr(Stdio::null())
            .spawn()
            .expect("nginx");
        let running = Running {
            home: self,
            process,
        };
        poll::until("nginx to listen", Duration::from_secs(10), || {
            is_open(port).then_some(())
        });
        running
    }
}

impl Running {
    /// Changes the upstreams as an operator does, and loads them.
    pub fn change_upstream(&self, change: impl FnOnce(String) -> String) {
        let path = self.home.path("conf.d/orders.upstream.conf");
        let before = fs::read_to_string(&path).expect("the upstreams");
        fs::write(&path, change(before)).expect("the upstreams");
        let status = self
            .home
            .command()
            .args(["-s", "reload"])
            .status()
            .expect("nginx");
        assert!(status.success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = Command::new("kill")
            .arg(self.process.id().to_string())
            .status();
        let _ = self.process.wait();
    }
}

/// A certificate of its own making for `name`; none when openssl is missing.
pub fn certificate(folder: &Path, name: &str) -> Option<(PathBuf, PathBuf)> {
    let (certificate, key) = (
        folder.join("it's a \"certificate\".pem"),
        folder.join("a key.pem"),
    );
    let status = Command::new(require_tool("openssl")?)
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
            "-subj",
        ])
        .arg(format!("/CN={name}"))
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .stderr(Stdio::null())
        .status()
        .expect("openssl");
    assert!(status.success());
    Some((certificate, key))
}

#[test]
fn nginx_accepts_every_shape_of_the_configuration() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some((certificate, key)) = certificate(folder.path(), "shop.example") else {
        return;
    };
    let tls = format!(
        "tls = {{ certificate = {:?}, key = {:?}, port = 28443 }}",
        certificate.display().to_string(),
        key.display().to_string()
    );
    for tables in [
        r#"nginx = { platform = "linux", port = 28080 }"#.to_owned(),
        format!(
            r#"nginx = {{ platform = "linux", port = 28080, server-name = "shop.example", {tls} }}"#
        ),
        format!(
            "nginx = {{ platform = \"linux\", port = 28080, {tls} }}\n\
             route = [{{ service = \"Orders\", host = \"a.example\" }}, {{ service = \"Orders\", prefix = \"/b/\", host = \"a.example\" }}]"
        ),
    ] {
        let model = model(&tables, &[service("Orders", 8080)]);
        let Some(home) = Home::new(&model) else {
            return;
        };
        home.accepts();
    }
}
