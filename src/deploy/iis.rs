//! What `Deploy.ps1` sets in IIS, as fragments of applicationHost.config for those who review.
//!
//! The rules stand in applicationHost.config as global ones; for who keeps them with the site, the same rules as web.config
//! has them. Global rules see the requests of every site: conditions hold them to the ports and the host of this one. Requests
//! through a farm follow the farm's own `protocol`, not `system.webServer/proxy`. `webFarms` is Application Request Routing's own section, whose schema comes with that module; `proxy` and
//! `rewrite/globalRules` are of `rewrite_schema.xml` and ARR.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::model::*;
use super::page::html as xml;

/// The fragments, below one root so that it is well-formed XML.
pub fn application_host(deployment: &Deployment, iis: &Iis) -> String {
    let mut text = String::from(
        "<configuration>\n  <!-- For review: Deploy.ps1 sets this through appcmd.exe. -->\n",
    );
    farms(&mut text, deployment, iis);
    text.push_str("  <system.webServer>\n    <proxy enabled=\"true\" />\n");
    let _ = write!(
        text,
        "    <rewrite>\n      <allowedServerVariables>\n        <add name=\"HTTP_X_FORWARDED_PROTO\" />\n      \
         </allowedServerVariables>\n      <globalRules>\n{}      </globalRules>\n    </rewrite>\n",
        rules(deployment, iis)
    );
    text.push_str("  </system.webServer>\n  <system.applicationHost>\n");
    let site = xml(&iis.site);
    let _ = writeln!(
        text,
        "    <applicationPools>\n      <add name=\"{site}\" autoStart=\"true\" startMode=\"AlwaysRunning\" managedRuntimeVersion=\"\">\n        \
         <processModel idleTimeout=\"00:00:00\" />\n        <recycling><periodicRestart time=\"00:00:00\" /></recycling>\n      </add>\n    \
         </applicationPools>\n    <sites>\n      <site name=\"{site}\">\n        <application path=\"/\" applicationPool=\"{site}\">\n          \
         <virtualDirectory path=\"/\" physicalPath=\"%SystemDrive%\\inetpub\\{site}\" />\n        </application>\n        <bindings>"
    );
    let _ = writeln!(
        text,
        "          <binding protocol=\"http\" bindingInformation=\"*:{}:\" />",
        iis.port
    );
    if let Some(tls) = &iis.tls {
        let host = xml(&tls.host);
        let _ = writeln!(
            text,
            "          <binding protocol=\"https\" bindingInformation=\"*:{}:{host}\" sslFlags=\"1\" />",
            tls.port
        );
    }
    text.push_str("        </bindings>\n      </site>\n    </sites>\n  </system.applicationHost>\n</configuration>\n");
    text
}

/// The rules for the site's web.config, in place of the global ones.
pub fn web_config(deployment: &Deployment, iis: &Iis) -> String {
    format!(
        "<configuration>\n  <!-- For review, and for who keeps rules with the site: the globalRules of applicationHost.xml, to be removed there.\n       \
         Farms, proxy and allowedServerVariables stay in applicationHost.config. -->\n  <system.webServer>\n    <rewrite>\n      \
         <rules>\n{}      </rules>\n    </rewrite>\n  </system.webServer>\n</configuration>\n",
        rules(deployment, iis)
    )
}

fn time_span(seconds: u32) -> String {
    format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

fn farms(text: &mut String, deployment: &Deployment, iis: &Iis) {
    text.push_str("  <webFarms>\n");
    let mut seen = BTreeSet::new();
    for route in deployment
        .proxy
        .routes
        .iter()
        .filter(|route| seen.insert(&route.farm))
    {
        let Some(service) = deployment.service(&route.service) else {
            continue;
        };
        let _ = writeln!(
            text,
            "    <webFarm name=\"{}\" enabled=\"true\">",
            xml(&route.farm)
        );
        for instance in &service.instances {
            let Some(port) = instance.port(&route.port) else {
                continue;
            };
            let (enabled, weight) = match instance.slot {
                Some(Slot::Green) => (false, ""),
                Some(Slot::Blue) | None => (true, " weight=\"100\""),
            };
            let _ = writeln!(
                text,
                "      <server address=\"{}\" enabled=\"{enabled}\">\n        <applicationRequestRouting httpPort=\"{port}\"{weight} />\n      </server>",
                xml(&instance.host_alias)
            );
        }
        text.push_str("      <applicationRequestRouting>\n");
        if let Some(path) = service
            .health
            .as_ref()
            .filter(|health| health.port == route.port)
            .and_then(|health| health.http_path.as_ref())
        {
            let url = xml(&format!("http://{}{path}", route.farm));
            let _ = writeln!(
                text,
                "        <healthCheck url=\"{url}\" interval=\"00:00:05\" timeout=\"00:00:05\" statusCodeMatch=\"200\" />"
            );
        }
        let _ = writeln!(
            text,
            "        <protocol timeout=\"{}\" preserveHostHeader=\"{}\" reverseRewriteHostInResponseHeaders=\"{}\" \
             includePortInXForwardedFor=\"false\" minResponseBuffer=\"0\" responseBufferLimit=\"0\">\n          \
             <cache enabled=\"false\" />\n        </protocol>\n      </applicationRequestRouting>\n    </webFarm>",
            time_span(iis.timeout_seconds),
            iis.preserve_host_header,
            iis.reverse_rewrite_host
        );
    }
    text.push_str("  </webFarms>\n");
}

/// The `rule` elements, the first that matches wins.
fn rules(deployment: &Deployment, iis: &Iis) -> String {
    let name = &deployment.product.name;
    let mut text = String::new();
    if let Some(tls) = iis.tls.as_ref().filter(|tls| tls.redirect) {
        let target = match tls.port {
            443 => tls.host.clone(),
            port => format!("{}:{port}", tls.host),
        };
        let _ = writeln!(
            text,
            "        <rule name=\"{}\" patternSyntax=\"ECMAScript\" stopProcessing=\"true\">\n          <match url=\"(.*)\" />\n          <conditions>\n            \
             <add input=\"{{HTTPS}}\" pattern=\"^OFF$\" />\n            <add input=\"{{SERVER_PORT}}\" pattern=\"^{}$\" />\n          </conditions>\n          \
             <action type=\"Redirect\" url=\"https://{}/{{R:1}}\" redirectType=\"Permanent\" />\n        </rule>",
            xml(&format!("{name} to https")),
            iis.port,
            xml(&target)
        );
    }
    let site = xml(&site_pattern(iis));
    let scheme = if iis.tls.is_some() { "https" } else { "http" };
    for route in &deployment.proxy.routes {
        let host = route.host.as_deref().unwrap_or_default();
        let pattern = format!("^{}.*", regular(route.prefix.trim_start_matches('/')));
        let _ = writeln!(
            text,
            "        <rule name=\"{}\" patternSyntax=\"ECMAScript\" stopProcessing=\"true\">\n          <match url=\"{}\" />\n          \
             <conditions>\n            <add input=\"{{SERVER_PORT}}:{{HTTP_HOST}}\" pattern=\"{site}\" />",
            xml(&format!("{name} {host}{}", route.prefix)),
            xml(&pattern)
        );
        if !host.is_empty() {
            let condition = xml(&format!("^{}(:\\d+)?$", regular(host)));
            let _ = writeln!(
                text,
                "            <add input=\"{{HTTP_HOST}}\" pattern=\"{condition}\" />"
            );
        }
        let _ = writeln!(
            text,
            "          </conditions>\n          <serverVariables>\n            <set name=\"HTTP_X_FORWARDED_PROTO\" value=\"{scheme}\" />\n          </serverVariables>\n          \
             <action type=\"Rewrite\" url=\"http://{}/{{R:0}}\" />\n        </rule>",
            xml(&route.farm)
        );
    }
    text
}

/// What `port:host` of a request to this site is like, for other sites of the server have ports and hosts of their own.
fn site_pattern(iis: &Iis) -> String {
    match &iis.tls {
        None => format!("^{}:", iis.port),
        Some(tls) => {
            let host = regular(&tls.host);
            format!("^({}:|{}:{host}(:\\d+)?$)", iis.port, tls.port)
        }
    }
}

/// A text that a regular expression takes as it is. Prefixes and hosts have dots at most.
fn regular(text: &str) -> String {
    text.replace('.', "\\.")
}
