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
    text.push_str(
        "        </bindings>\n      </site>\n    </sites>\n  </system.applicationHost>\n",
    );
    filtering(&mut text, iis);
    text.push_str("</configuration>\n");
    text
}

/// What IIS refuses before a proxy sees it is made for sites that serve files: 30 MB, `bin` and `App_Data`, `.config`, `+` twice
/// encoded. The service decides about its own addresses. 16 KB is what HTTP.sys takes for a request's head.
fn filtering(text: &mut String, iis: &Iis) {
    let _ = write!(
        text,
        "  <location path=\"{}\">\n    <system.webServer>\n      <security>\n        <requestFiltering allowDoubleEscaping=\"true\">\n          \
         <requestLimits maxAllowedContentLength=\"{}\" maxUrl=\"16384\" maxQueryString=\"16384\" />\n          \
         <fileExtensions allowUnlisted=\"true\"><clear /></fileExtensions>\n          <hiddenSegments><clear /></hiddenSegments>\n        \
         </requestFiltering>\n      </security>\n    </system.webServer>\n  </location>\n",
        xml(&iis.site),
        iis.max_body_bytes
    );
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
        // Only the weighted algorithms follow the weights.
        text.push_str("        <loadBalancing algorithm=\"WeightedRoundRobin\" />\n");
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
    let schemes = schemes(iis);
    for (route, scheme) in deployment
        .proxy
        .routes
        .iter()
        .flat_map(|route| schemes.iter().map(move |scheme| (route, scheme)))
    {
        rule(&mut text, name, route, scheme);
    }
    text
}

/// The rule that sends a route's requests of one scheme to its farm.
fn rule(text: &mut String, product: &str, route: &Route, scheme: &Scheme) {
    let host = route.host.as_deref().unwrap_or_default();
    let pattern = format!("^{}.*", regular(route.prefix.trim_start_matches('/')));
    let _ = writeln!(
        text,
        "        <rule name=\"{}\" patternSyntax=\"ECMAScript\" stopProcessing=\"true\">\n          <match url=\"{}\" />\n          \
         <conditions>\n            <add input=\"{{SERVER_PORT}}:{{HTTP_HOST}}\" pattern=\"{}\" />",
        xml(&format!(
            "{product} {host}{}{}",
            route.prefix, scheme.suffix
        )),
        xml(&pattern),
        xml(&scheme.pattern)
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
        "          </conditions>\n          <serverVariables>\n            <set name=\"HTTP_X_FORWARDED_PROTO\" value=\"{}\" />\n          </serverVariables>\n          \
         <action type=\"Rewrite\" url=\"http://{}/{{R:0}}\" />\n        </rule>",
        scheme.name,
        xml(&route.farm)
    );
}

/// A way in which requests come to the site.
struct Scheme {
    /// `http` or `https`: what the service is told.
    name: &'static str,
    /// What is added to the rule's name.
    suffix: &'static str,
    /// What `port:host` of such a request is like, for other sites of the server have ports and hosts of their own.
    pattern: String,
}

/// Plain HTTP unless it is redirected, and HTTPS with TLS.
fn schemes(iis: &Iis) -> Vec<Scheme> {
    let plain = |suffix| Scheme {
        name: "http",
        suffix,
        pattern: format!("^{}:", iis.port),
    };
    let Some(tls) = &iis.tls else {
        return vec![plain("")];
    };
    let mut schemes = vec![Scheme {
        name: "https",
        suffix: "",
        pattern: format!("^{}:{}(:\\d+)?$", tls.port, regular(&tls.host)),
    }];
    if !tls.redirect {
        schemes.push(plain(" (http)"));
    }
    schemes
}

/// A text that a regular expression takes as it is. Prefixes and hosts have dots at most.
fn regular(text: &str) -> String {
    text.replace('.', "\\.")
}
