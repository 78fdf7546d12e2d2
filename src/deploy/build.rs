//! Manifest values → [`Deployment`]: pure.

use super::config::{self, Config, NginxPlatform};
use super::model::*;
use super::{build_service, events, names};
use crate::service;
use crate::service::model::Listener;

/// What is known of the release besides its services.
#[derive(Debug, Clone)]
pub struct Release {
    /// Name, title, version, manufacturer, architecture.
    pub product: Product,
    /// Description, page, commit, date.
    pub origin: Origin,
    /// The files that go into the folder.
    pub artifacts: Vec<ArtifactFile>,
    /// The zips that are published beside it.
    pub archives: Vec<PublishedArchive>,
}

/// A file of the folder, as the release knows it.
pub type ArtifactFile = Artifact;

/// Environment variables that change how the Go runtime behaves (package runtime, "Environment Variables").
const FORBIDDEN_ENVIRONMENT: [&str; 6] = [
    "GODEBUG",
    "GOGC",
    "GOMAXPROCS",
    "GOMEMLIMIT",
    "GOROOT",
    "GOTRACEBACK",
];

/// Build number of Windows Server 2016.
const SERVER_2016: u32 = 14393;

/// Builds the model. `config` must have passed [`super::check`].
pub fn build(release: &Release, config: &Config, sources: &[service::Service]) -> Deployment {
    let folder = names::folder(&release.product.title);
    let program = format!(r"%ProgramFiles%\{folder}");
    let data = format!(r"%ProgramData%\{folder}");
    let version = match config.mode {
        Mode::Slots => format!(
            r"{program}\versions\{}",
            names::folder(&release.product.version)
        ),
        Mode::Msi => program.clone(),
    };
    let mut artifacts = release.artifacts.clone();
    artifacts.sort_by(|a, b| a.file.cmp(&b.file));
    let routes = routes(config, sources);
    let mut services: Vec<Service> = sources
        .iter()
        .map(|service| build_service::service(service, config, &data))
        .collect();
    build_service::share_directories(&mut services);
    Deployment {
        schema_version: SCHEMA_VERSION,
        product: release.product.clone(),
        origin: release.origin.clone(),
        archives: release.archives.clone(),
        mode: config.mode,
        locations: Locations {
            program,
            version,
            state: administrators_only(format!(r"{data}\deploy")),
            data: match config.mode {
                Mode::Slots => administrators_only(data),
                Mode::Msi => readable_by_services(data, &services),
            },
        },
        firewall: firewall(config, sources, &services, &release.product.name),
        prerequisites: prerequisites(config, &services, &artifacts),
        proxy: proxy(config, routes),
        rollout: rollout(&config.rollout),
        server: config.server.as_ref().map(server),
        applocker: config.applocker.as_ref().map(|applocker| AppLocker {
            enforce: applocker.enforce,
            publisher: applocker.publisher.clone(),
            services: applocker.services,
        }),
        group_policy: config.group_policy.as_ref().map(|policy| GroupPolicy {
            environment: policy.environment.clone(),
        }),
        events: events::events(&services),
        support: config.support.clone(),
        artifacts,
        services,
    }
}

/// A directory for SYSTEM and administrators.
fn administrators_only(path: String) -> Directory {
    build_service::directory(path, None)
}

/// The product's data directory as its Windows Installer package makes it.
fn readable_by_services(path: String, services: &[Service]) -> Directory {
    let instances = services.iter().flat_map(|service| &service.instances);
    let own = instances
        .flat_map(|instance| &instance.config.access)
        .filter(|access| access.rights != Rights::Full)
        .map(|access| access.trustee.clone());
    let trustees: std::collections::BTreeSet<String> = own.collect();
    let more = trustees.into_iter().map(|trustee| Access {
        trustee,
        rights: Rights::Read,
    });
    build_service::directory(path, more)
}

fn routes(config: &Config, services: &[service::Service]) -> Vec<Route> {
    let stem = config.iis.as_ref().map(|iis| iis.farm.clone());
    let default_port = |service: &service::Service| {
        service
            .health
            .as_ref()
            .map(|health| health.port.clone())
            .or_else(|| service.ports.first().map(|port| port.name.clone()))
    };
    if config.route.is_empty() {
        let mut with_ports = services.iter().filter(|service| !service.ports.is_empty());
        let (Some(only), None) = (with_ports.next(), with_ports.next()) else {
            return Vec::new();
        };
        let Some(port) = default_port(only) else {
            return Vec::new();
        };
        let farm = stem.unwrap_or_else(|| names::plain(&only.name));
        return vec![Route {
            service: only.name.clone(),
            port,
            prefix: "/".to_owned(),
            host: None,
            farm,
        }];
    }
    let several = config.route.len() > 1;
    let mut routes: Vec<Route> = config
        .route
        .iter()
        .filter_map(|route| {
            let service = services
                .iter()
                .find(|service| service.name == route.service)?;
            let port = route.port.clone().or_else(|| default_port(service))?;
            let name = names::plain(&service.name);
            let farm = match &stem {
                Some(stem) if several => format!("{stem}-{name}-{port}"),
                Some(stem) => stem.clone(),
                None if several => format!("{name}-{port}"),
                None => name,
            };
            Some(Route {
                service: route.service.clone(),
                port,
                prefix: route.prefix.clone(),
                host: route.host.clone(),
                farm,
            })
        })
        .collect();
    // The first rule that matches wins: named hosts before any host, longer prefixes before shorter ones.
    routes.sort_by_key(|route| (route.host.is_none(), std::cmp::Reverse(route.prefix.len())));
    routes
}

fn firewall(
    config: &Config,
    sources: &[service::Service],
    services: &[Service],
    product: &str,
) -> Vec<FirewallRule> {
    let Some(firewall) = &config.firewall else {
        return Vec::new();
    };
    let wanted = |name: &str| {
        firewall
            .ports
            .as_ref()
            .is_none_or(|ports| ports.iter().any(|port| port == name))
    };
    let remote: Vec<String> = firewall
        .remote
        .values()
        .iter()
        .map(|remote| {
            if remote.eq_ignore_ascii_case("any") {
                "Any".to_owned()
            } else {
                remote.clone()
            }
        })
        .collect();
    let mut rules = Vec::new();
    for (source, service) in sources.iter().zip(services) {
        for instance in &service.instances {
            for port in instance.ports.iter().filter(|port| wanted(&port.name)) {
                rules.push(FirewallRule {
                    name: rule_text(format!("{product}-{}-{}", instance.service_name, port.name)),
                    title: rule_text(format!("{} ({})", instance.title, port.name)),
                    service: instance.service_name.clone(),
                    program: source.listener().map(|listener| match listener {
                        Listener::Installed(path) | Listener::Elsewhere(path) => path,
                    }),
                    only_service: source.has_service_sid(),
                    port: port.port,
                    remote: remote.clone(),
                    profiles: firewall
                        .profiles
                        .iter()
                        .map(|profile| capitalised(profile))
                        .collect(),
                });
            }
        }
    }
    rules
}

/// A text of a firewall rule, which must not have a pipe ([MS-FASP] 2.2.37, FW_RULE).
fn rule_text(text: String) -> String {
    text.replace('|', "/")
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars
        .next()
        .map(|first| {
            first
                .to_uppercase()
                .chain(chars.flat_map(char::to_lowercase))
                .collect()
        })
        .unwrap_or_default()
}

fn prerequisites(config: &Config, services: &[Service], artifacts: &[Artifact]) -> Prerequisites {
    let mut features = Vec::new();
    let mut iis_modules = Vec::new();
    if let Some(iis) = &config.iis {
        // appcmd.exe comes with the role itself; Server Core has no console.
        features.push("Web-Server");
        if iis.websocket {
            features.push("Web-WebSockets");
        }
        iis_modules.extend(["URL Rewrite 2", "Application Request Routing 3"]);
    }
    let payload: u64 = artifacts.iter().map(|artifact| artifact.size).sum();
    Prerequisites {
        minimum_build: SERVER_2016,
        free_bytes: payload * (u64::from(config.rollout.keep_versions) + 2),
        features: features.into_iter().map(str::to_owned).collect(),
        iis_modules: iis_modules.into_iter().map(str::to_owned).collect(),
        clock_skew_seconds: 300,
        forbidden_environment: FORBIDDEN_ENVIRONMENT.map(str::to_owned).to_vec(),
        domain: services.iter().any(|service| {
            let name = service.account.name.as_deref().unwrap_or_default();
            match service.account.kind {
                AccountKind::GroupManaged => true,
                AccountKind::User => !name.starts_with(r".\"),
                AccountKind::Virtual
                | AccountKind::LocalService
                | AccountKind::NetworkService
                | AccountKind::LocalSystem => false,
            }
        }),
    }
}

fn proxy(config: &Config, routes: Vec<Route>) -> Proxy {
    if config.iis.is_none() && config.nginx.is_none() {
        return Proxy::default();
    }
    Proxy {
        routes,
        iis: config.iis.as_ref().map(iis),
        nginx: config.nginx.as_ref().map(nginx),
    }
}

fn iis(iis: &config::Iis) -> Iis {
    Iis {
        site: iis.site.clone().unwrap_or_else(|| iis.farm.clone()),
        port: iis.port,
        preserve_host_header: iis.preserve_host_header,
        reverse_rewrite_host: iis.reverse_rewrite_host,
        timeout_seconds: iis.timeout.div_ceil(1000),
        max_body_bytes: iis
            .max_body_size
            .and_then(|size| u32::try_from(size).ok())
            .unwrap_or(u32::MAX),
        websocket: iis.websocket,
        tls: iis.tls.as_ref().map(|tls| IisTls {
            thumbprint: tls.thumbprint.clone(),
            subject: tls.subject.clone(),
            host: tls.host.clone(),
            port: tls.port,
            redirect: tls.redirect,
        }),
    }
}

fn nginx(nginx: &config::Nginx) -> Nginx {
    Nginx {
        directory: (nginx.platform == NginxPlatform::Windows).then(|| nginx.directory.clone()),
        upstream: nginx.upstream.clone(),
        port: nginx.port,
        server_name: nginx.server_name.clone(),
        timeout_seconds: nginx.timeout.div_ceil(1000),
        max_body_bytes: nginx.max_body_size,
        certificate: nginx.tls.as_ref().map(|tls| tls.certificate.clone()),
        certificate_key: nginx.tls.as_ref().map(|tls| tls.key.clone()),
        tls_port: nginx.tls.as_ref().map(|tls| tls.port),
    }
}

fn rollout(rollout: &config::Rollout) -> Rollout {
    Rollout {
        strategy: rollout.strategy,
        probes: rollout.probes,
        probe_interval_ms: rollout.probe_interval,
        probe_timeout_ms: rollout.probe_timeout,
        drain_ms: rollout.drain,
        steps: rollout.steps.clone(),
        success_percent: rollout.success,
        window_ms: rollout.window,
        prometheus: rollout.prometheus.as_ref().map(|prometheus| Prometheus {
            url: prometheus.url.clone(),
            new: prometheus.new.clone(),
            old: prometheus.old.clone(),
            tolerance_percent: prometheus.tolerance,
        }),
        keep_versions: rollout.keep_versions,
    }
}

fn server(server: &config::Server) -> Server {
    Server {
        features: server.features.clone(),
        computer_name: server.computer_name.clone(),
        domain: server.domain.clone(),
        address: server.address.as_ref().and_then(|address| {
            let (ip, prefix) = address.address.split_once('/')?;
            Some(Address {
                interface: address.interface.clone(),
                address: ip.to_owned(),
                prefix_length: prefix.parse().ok()?,
                gateway: address.gateway.clone(),
                dns: address.dns.clone(),
            })
        }),
        time_sources: server.time_sources.clone(),
        time_zone: server.time_zone.clone(),
    }
}
