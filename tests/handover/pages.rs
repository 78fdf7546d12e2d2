//! The pages for people: what they say in both languages, and that other people's readers find just that.

use std::path::PathBuf;

use gorelease::deploy::handover::{Language, page};
use gorelease::deploy::page::{Block, Cell, Page};
use gorelease::deploy::security;
use serde_json::{Value, json};

use crate::fixture::config;
use crate::folder::{EVERYTHING, HOSTILE, PACKAGE, files, package_files};
use crate::support::python::{python, read};

const PAGES: [&str; 4] = [
    "HANDOVER.html",
    "HANDOVER.zh-CN.html",
    "HANDOVER.md",
    "HANDOVER.zh-CN.md",
];

#[test]
fn pages_say_the_same_in_both_languages() {
    for (model, files) in [
        files("Contoso Orders", &config(EVERYTHING)),
        package_files("Contoso Orders", &config(PACKAGE)),
    ] {
        for name in PAGES {
            let text = &files[name];
            for instance in &model.services[0].instances {
                assert!(text.contains(&instance.service_name), "{name}");
            }
            for event in &model.events {
                assert!(
                    text.contains(&event.id.to_string()),
                    "{} in {name}",
                    event.id
                );
            }
            for fact in [
                "1.4.2",
                "8080",
                "Deploy.ps1 Rollback",
                "1072",
                "-WhatIf",
                "/healthz",
            ] {
                assert!(text.contains(fact), "{fact} in {name}");
            }
        }
        let rows = |name: &str| files[name].matches("<tr>").count();
        assert_eq!(rows("HANDOVER.html"), rows("HANDOVER.zh-CN.html"));
        assert!(files["HANDOVER.zh-CN.html"].contains("交付说明"));
    }
}

#[test]
fn the_first_screen_has_the_install_command_and_what_tells_two_folders_apart() {
    let (model, files) = files("Contoso Orders", &config(EVERYTHING));
    for name in PAGES {
        let text = &files[name];
        let head: Vec<&str> = text
            .lines()
            .take_while(|line| !line.contains("Deploy.ps1 Install"))
            .collect();
        let tables = head
            .iter()
            .filter(|line| line.contains("<table") || line.starts_with("| ---"))
            .count();
        assert_eq!(tables, 0, "{name}: nothing stands before it");
        for fact in ["2026-11-27", "0123456789ab", &model.fingerprint()] {
            assert!(
                head.iter().any(|line| line.contains(fact)),
                "{fact} in {name}"
            );
        }
        // Every entry of the contents leads to a heading.
        let links: Vec<&str> = text
            .split("#")
            .skip(1)
            .filter_map(|rest| rest.split(['"', ')']).next())
            .filter(|id| !id.is_empty() && id.chars().all(|c| c.is_ascii_lowercase()))
            .collect();
        assert!(links.len() >= 12, "{name}: {links:?}");
        for id in links {
            assert_eq!(
                text.matches(&format!("id=\"{id}\"")).count(),
                1,
                "{id} in {name}"
            );
        }
    }
    let mut other = model.clone();
    other.artifacts[0].sha256 = "12".repeat(32);
    assert_ne!(other.fingerprint(), model.fingerprint());
}

#[test]
fn no_folder_stands_twice_and_no_english_word_is_left() {
    let tables = config("languages = [\"en\", \"zh-CN\"]\nfirewall = { remote = \"any\" }");
    let mut orders = crate::fixture::service("Orders", 8080);
    let mut stock = crate::fixture::service("Stock", 8090);
    orders.privileges.clear();
    stock.start = gorelease::service::model::StartType::Disabled;
    let mut artifact = crate::fixture::artifact(
        "programs/orders.exe",
        gorelease::deploy::model::Role::Program,
    );
    artifact.size = 12_345_678;
    let release = crate::fixture::release("1.0.0", vec![artifact]);
    let model = gorelease::deploy::build(&release, &tables, &[orders, stock]);
    let files: std::collections::BTreeMap<String, String> =
        gorelease::deploy::generate(&model, &tables)
            .into_iter()
            .map(|file| (file.path, file.text))
            .collect();
    let (english, chinese) = (&files["HANDOVER.md"], &files["HANDOVER.zh-CN.md"]);
    for path in [
        &model.services[0].instances[0].data.path,
        &model.services[0].instances[0].log.path,
    ] {
        assert_eq!(
            english.matches(&format!("| `{path}` |")).count(),
            1,
            "{path}"
        );
    }
    assert!(
        english.contains("Orders, Stock: data") && chinese.contains("Orders、Stock：数据"),
        "{chinese}"
    );
    assert!(english.contains("12,345,678") && english.contains("those of the account"));
    let cells: Vec<&str> = chinese
        .lines()
        .filter(|line| line.starts_with('|'))
        .flat_map(|line| line.split('|'))
        .map(str::trim)
        .collect();
    for word in [
        "Information",
        "Warning",
        "Error",
        "delayed",
        "auto",
        "manual",
        "disabled",
        "Domain",
        "Private",
    ] {
        assert!(!cells.contains(&word), "{word}");
    }
    for word in ["信息", "错误", "禁用", "域, 专用"] {
        assert!(chinese.contains(word), "{word}");
    }
}

#[test]
fn the_page_of_a_package_shows_its_exit_code_and_how_a_setting_is_changed() {
    let (_, files) = package_files("Contoso Orders", &config(PACKAGE));
    for name in PAGES {
        let text = &files[name];
        assert!(
            text.contains("-PassThru") && text.contains("$Process.ExitCode"),
            "{name}"
        );
        assert!(
            text.contains("REINSTALL=ALL") && text.contains("HTTP_PORT=..."),
            "{name}"
        );
    }
}

#[test]
fn the_page_has_what_concerns_the_release_and_nothing_else() {
    let (_, slots) = files("Contoso Orders", &config(EVERYTHING));
    let (_, package) = package_files("Contoso Orders", &config(PACKAGE));
    let (slots, package) = (&slots["HANDOVER.md"], &package["HANDOVER.md"]);
    for fact in ["HTTP\\_PORT", "HTTP_PORT"] {
        assert!(!slots.contains(fact));
    }
    assert!(
        package.contains("`HTTP_PORT`") && package.contains("1618") && package.contains("1619")
    );
    assert!(slots.contains("Web-WebSockets") && slots.contains("443") && !slots.contains("1618"));
    assert!(!package.contains("502"));
}

#[test]
fn the_security_page_lists_every_port_folder_and_account() {
    let (model, files) = files("Contoso Orders", &config(EVERYTHING));
    let text = &files["security.md"];
    for rule in &model.firewall {
        assert!(text.contains(&rule.name), "{}", rule.name);
    }
    for instance in &model.services[0].instances {
        for directory in [&instance.config, &instance.data, &instance.log] {
            let row = format!("| `{}` | `{}` |", directory.path, instance.service_sid);
            assert!(text.contains(&row), "{row} in\n{text}");
        }
        assert!(text.contains(&format!(r"NT SERVICE\{}", instance.service_name)));
    }
    assert!(text.contains("TCP 443") && text.contains("TCP 80"));
}

/// IIS only passes requests on: nobody of its accounts may read a folder of the product.
#[test]
fn iis_accounts_get_no_right_in_any_folder() {
    let (model, files) = files("Contoso Orders", &config(EVERYTHING));
    let locations = [&model.locations.data, &model.locations.state];
    let instances = model.services.iter().flat_map(|service| &service.instances);
    let own: Vec<&str> = instances
        .clone()
        .map(|instance| &*instance.service_sid)
        .collect();
    let directories = instances.flat_map(|one| [&one.config, &one.data, &one.log]);
    for access in directories
        .chain(locations)
        .flat_map(|directory| &directory.access)
    {
        let known = ["S-1-5-18", "S-1-5-32-544"].contains(&&*access.trustee);
        assert!(
            known || own.contains(&&*access.trustee),
            "{}",
            access.trustee
        );
    }
    assert!(files["security.md"].contains("serves no file of this product"));
}

/// Reads HTML with Python's own parser: headings, cells and preformatted text, in order.
const HTML: &str = r#"
import html.parser, json, sys
class Reader(html.parser.HTMLParser):
    wanted, found, depth = {"h1", "h2", "th", "td", "pre", "p"}, [], 0
    def handle_starttag(self, tag, attributes):
        if tag in self.wanted:
            self.found.append("")
            self.depth += 1
    def handle_endtag(self, tag):
        if tag in self.wanted:
            self.depth -= 1
    def handle_data(self, data):
        if self.depth:
            self.found[-1] += data
def texts(document):
    reader = Reader()
    reader.found = []
    reader.feed(document)
    return reader.found
"#;

/// What a page says, in the order in which it says it.
fn said(page: &Page) -> Value {
    let mut texts = vec![page.title.clone()];
    if !page.summary.is_empty() {
        texts.push(page.summary.clone());
    }
    for section in &page.sections {
        texts.push(section.heading.clone());
        for block in &section.blocks {
            match block {
                Block::Text(text) | Block::Code(text) => texts.push(text.clone()),
                Block::Table(head, rows) => {
                    texts.extend(head.clone());
                    texts.extend(rows.iter().flatten().map(|cell| match cell {
                        Cell::Text(text) | Cell::Code(text) => text.clone(),
                    }));
                }
            }
        }
    }
    json!(texts)
}

#[test]
fn other_readers_find_every_text_as_it_is() {
    let Some(python) = python("markdown", &["markdown-it-py"]) else {
        return;
    };
    let (mut expected, mut html, mut markdown) = (Vec::new(), Vec::new(), Vec::new());
    for title in HOSTILE {
        let (model, _) = files(title, &config(EVERYTHING));
        for page in [
            page(&model, Language::English),
            page(&model, Language::Chinese),
            security::page(&model),
        ] {
            expected.push(said(&page));
            html.push(page.html());
            markdown.push(page.markdown());
        }
    }
    let input = json!({ "html": html, "markdown": markdown }).to_string();
    let code = format!(
        "{HTML}\nfrom markdown_it import MarkdownIt\nmd = MarkdownIt('commonmark').enable('table')\ndata = json.load(sys.stdin)\n\
         print(json.dumps([[texts(x) for x in data['html']], [[t.rstrip('\\n') for t in texts(md.render(x))] for x in data['markdown']]]))"
    );
    let Some(found) = read(&python, &code, &input) else {
        return;
    };
    for (index, expected) in expected.iter().enumerate() {
        assert_eq!(&found[0][index], expected, "HTML");
        assert_eq!(&found[1][index], expected, "Markdown");
    }
}

/// Writes the pages for a look in a browser: `GORELEASE_PAGES=folder cargo test --test handover pages_for_a_look`.
#[test]
fn pages_for_a_look() {
    let Some(folder) = std::env::var_os("GORELEASE_PAGES").map(PathBuf::from) else {
        return;
    };
    for (kind, files) in [
        ("slots", files("Contoso Orders", &config(EVERYTHING)).1),
        (
            "package",
            package_files("Contoso Orders", &config(PACKAGE)).1,
        ),
    ] {
        for (name, text) in files {
            let path = folder.join(kind).join(name);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
    }
}
