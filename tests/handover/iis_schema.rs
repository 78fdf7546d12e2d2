//! The configuration of IIS by its schemas: fragments of XML and calls of appcmd, both as the settings that they make.
//!
//! A setting is written `section[key].element.attribute`; a fragment and a list of calls that make the same settings
//! configure the same. Names, nesting, types and enumerations are the schemas'. Format of those: the comment at the head
//! of `IIS_schema.xml`.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::collections::BTreeMap;
use std::path::Path;

/// Settings by path.
pub type Settings = BTreeMap<String, String>;

/// An element, a section or an entry of a collection.
#[derive(Debug, Default, Clone)]
struct Element {
    attributes: BTreeMap<String, Attribute>,
    children: BTreeMap<String, Element>,
    /// The entries, and how they are called.
    collection: Option<(String, Box<Element>)>,
}

#[derive(Debug, Default, Clone)]
struct Attribute {
    kind: String,
    key: bool,
    values: Vec<String>,
}

/// The sections of several schema files.
#[derive(Debug, Default)]
pub struct Schema {
    sections: BTreeMap<String, Element>,
}

/// A node of an XML document.
#[derive(Debug, Default)]
struct Node {
    name: String,
    attributes: BTreeMap<String, String>,
    children: Vec<Node>,
}

fn parse(text: &str) -> Node {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut open = vec![Node::default()];
    loop {
        let event = reader.read_event().expect("well-formed XML");
        let (start, empty) = match &event {
            Event::Start(start) => (start, false),
            Event::Empty(start) => (start, true),
            Event::End(_) => {
                close(&mut open);
                continue;
            }
            Event::Eof => break,
            _ => continue,
        };
        let attributes = start.attributes().map(|attribute| {
            let attribute = attribute.expect("an attribute");
            let value = quick_xml::escape::unescape(&attribute.value).expect("a value");
            (attribute.key.as_ref().to_owned(), value.into_owned())
        });
        open.push(Node {
            name: start.name().as_ref().to_owned(),
            attributes: attributes.collect(),
            children: Vec::new(),
        });
        if empty {
            close(&mut open);
        }
    }
    let mut root = open.pop().expect("the root");
    assert!(open.is_empty(), "unclosed elements");
    root.children.pop().expect("an element")
}

fn close(open: &mut Vec<Node>) {
    let done = open.pop().expect("an open element");
    open.last_mut().expect("its parent").children.push(done);
}

impl Schema {
    /// The sections of these files.
    pub fn read(paths: &[&Path]) -> Self {
        let mut schema = Self::default();
        for path in paths {
            let text = std::fs::read_to_string(path).expect("a schema");
            for section in parse(&text).children {
                if section.name == "sectionSchema" {
                    let element = element(&section);
                    let name = section.attributes["name"].clone();
                    schema.sections.insert(name, element);
                }
            }
        }
        schema
    }

    /// The settings of a fragment below `configuration`.
    pub fn of_fragment(&self, text: &str) -> Settings {
        let mut settings = Settings::new();
        let root = parse(text);
        assert_eq!(root.name, "configuration");
        for node in &root.children {
            if node.name != "location" {
                self.group(node, &node.name, &mut settings);
                continue;
            }
            // Sections of one site.
            let mut inside = Settings::new();
            for child in &node.children {
                self.group(child, &child.name, &mut inside);
            }
            let site = &node.attributes["path"];
            settings.extend(
                inside
                    .into_iter()
                    .map(|(key, value)| (format!("{site}:{key}"), value)),
            );
        }
        settings
    }

    /// A section, or a group of sections, which has no attributes.
    fn group(&self, node: &Node, path: &str, settings: &mut Settings) {
        if let Some(section) = self.sections.get(path) {
            return section.settings(node, path, settings);
        }
        let inside = |section: &&String| section.starts_with(&format!("{path}/"));
        assert!(
            self.sections.keys().any(|section| inside(&section)) && node.attributes.is_empty(),
            "IIS has no section {path}"
        );
        for child in &node.children {
            self.group(child, &format!("{path}/{}", child.name), settings);
        }
    }

    /// Carries out a call of appcmd on the settings.
    pub fn call(&self, words: &[&str], settings: &mut Settings) {
        match words {
            ["clear", "config", site, section, "/commit:apphost"] => {
                let section = section.strip_prefix("/section:").expect("a section");
                settings.retain(|key, _| !key.starts_with(&format!("{site}:{section}")));
            }
            ["set", "config", site, rest @ ..] if !site.starts_with('/') => {
                let mut inside = Settings::new();
                self.set_config(rest, &mut inside);
                settings.extend(
                    inside
                        .into_iter()
                        .map(|(key, value)| (format!("{site}:{key}"), value)),
                );
            }
            ["set", "config", rest @ ..] => self.set_config(rest, settings),
            [verb, "apppool", rest @ ..] => {
                self.object(
                    verb,
                    "system.applicationHost/applicationPools",
                    rest,
                    settings,
                );
            }
            [verb, "site", rest @ ..] => {
                self.object(verb, "system.applicationHost/sites", rest, settings);
            }
            ["set", "app", name, option] => {
                let (site, path) = name.split_once('/').expect("a site and a path");
                let pool = option.strip_prefix("/applicationPool:").expect("a pool");
                let prefix = format!("system.applicationHost/sites[{site}][/{path}]");
                settings.insert(format!("{prefix}.applicationPool"), pool.to_owned());
            }
            ["list", "config", section, rest @ ..] | ["list", "config", _, section, rest @ ..]
                if section.starts_with('/') =>
            {
                let section = section.strip_prefix("/section:").expect("a section");
                assert!(
                    self.sections.contains_key(section),
                    "IIS has no section {section}"
                );
                assert!(rest.iter().all(|word| *word == "/config:*"), "{rest:?}");
            }
            other => panic!("appcmd has no such command: {other:?}"),
        }
    }

    fn set_config(&self, words: &[&str], settings: &mut Settings) {
        let (section, rest) = words.split_first().expect("a section");
        let section = section.strip_prefix("/section:").expect("a section");
        assert_eq!(rest.last(), Some(&"/commit:apphost"), "{words:?}");
        let element = self.sections.get(section);
        let element = element.unwrap_or_else(|| panic!("IIS has no section {section}"));
        for word in &rest[..rest.len() - 1] {
            element.change(word, section, settings);
        }
    }

    /// A site or an application pool: their options are attributes, but for a few words of appcmd's own.
    fn object(&self, verb: &str, section: &str, words: &[&str], settings: &mut Settings) {
        let (_, entry) = self.sections[section].collection.as_ref().expect("entries");
        let option = |name: &str| words.iter().find_map(|word| word.strip_prefix(name));
        let name = option("/name:").unwrap_or(words[0]);
        let path = format!("{section}[{name}]");
        match verb {
            // One that is there already is refused and stays as it is.
            "add" if settings.contains_key(&format!("{path}.name")) => return,
            "add" => {
                settings.insert(format!("{path}.name"), name.to_owned());
            }
            "delete" => return settings.retain(|key, _| !key.starts_with(&path)),
            "set" | "list" | "start" | "stop" => {}
            other => panic!("appcmd has no verb {other}"),
        }
        for word in words.iter().filter(|word| word.starts_with('/')) {
            if let Some(bindings) = word.strip_prefix("/bindings:") {
                // All there were are replaced.
                settings.retain(|key, _| !key.starts_with(&format!("{path}.bindings[")));
                let (protocol, information) = bindings.split_once('/').expect("a binding");
                let binding = format!(
                    "/+bindings.[protocol='{protocol}',bindingInformation='{information}']"
                );
                entry.change(&binding, &path, settings);
            } else if let Some(folder) = word.strip_prefix("/physicalPath:") {
                for (of, value) in [("path", "/"), ("physicalPath", folder)] {
                    settings.insert(format!("{path}[/][/].{of}"), value.to_owned());
                }
                settings.insert(format!("{path}[/].path"), "/".to_owned());
            } else if !word.starts_with("/name:") {
                entry.change(word, &path, settings);
            }
        }
    }
}

/// The schema of a section, element or collection entry.
fn element(node: &Node) -> Element {
    let mut found = Element::default();
    for child in &node.children {
        let name = child.attributes.get("name").cloned().unwrap_or_default();
        match child.name.as_str() {
            "attribute" => {
                let is = |name: &str| {
                    child
                        .attributes
                        .get(name)
                        .is_some_and(|text| text == "true")
                };
                let values = child.children.iter();
                let attribute = Attribute {
                    kind: child.attributes["type"].clone(),
                    key: is("isUniqueKey") || is("isCombinedKey"),
                    values: values
                        .filter_map(|value| value.attributes.get("name").cloned())
                        .collect(),
                };
                found.attributes.insert(name, attribute);
            }
            "element" => {
                found.children.insert(name, element(child));
            }
            "collection" => {
                let add = child.attributes.get("addElement").cloned();
                found.collection = Some((add.unwrap_or_default(), Box::new(element(child))));
            }
            _ => {}
        }
    }
    found
}

impl Element {
    fn check(&self, path: &str, name: &str, value: &str) {
        let attribute = self.attributes.get(name);
        let attribute = attribute.unwrap_or_else(|| panic!("{path} has no attribute {name}"));
        let listed = |value: &str| attribute.values.iter().any(|one| one == value);
        let number = value.parse::<u32>().is_ok();
        let fine = match attribute.kind.as_str() {
            "bool" => ["true", "false"].contains(&value),
            "uint" => number,
            "enum" => listed(value),
            // As numbers or as names.
            "flags" => number || value.split(',').all(listed),
            "timeSpan" => is_time_span(value),
            "string" => true,
            other => panic!("{path}.{name} is of type {other}"),
        };
        assert!(fine, "{path}.{name} cannot be `{value}`");
    }

    /// The key of an entry: the values of its key attributes, or of all where there are none.
    fn key(&self, given: &BTreeMap<String, String>) -> String {
        let keys = self.attributes.values().any(|attribute| attribute.key);
        let is_key =
            |name: &&String| !keys || self.attributes.get(*name).is_some_and(|one| one.key);
        let values: Vec<&str> = given
            .iter()
            .filter(|(name, _)| is_key(name))
            .map(|(_, value)| value.as_str())
            .collect();
        format!("[{}]", values.join(";"))
    }

    fn settings(&self, node: &Node, path: &str, settings: &mut Settings) {
        for (name, value) in &node.attributes {
            self.check(path, name, value);
            settings.insert(format!("{path}.{name}"), value.clone());
        }
        for child in &node.children {
            // What was inherited goes; nothing is set.
            if child.name == "clear" && self.collection.is_some() {
                continue;
            }
            if let Some(known) = self.children.get(&child.name) {
                known.settings(child, &format!("{path}.{}", child.name), settings);
                continue;
            }
            let entry = self
                .collection
                .as_ref()
                .filter(|(add, _)| *add == child.name);
            let Some((_, entry)) = entry else {
                panic!("{path} has no element {}", child.name);
            };
            let key = entry.key(&child.attributes);
            entry.settings(child, &format!("{path}{key}"), settings);
        }
    }

    /// `/x.y:value`, `/[name='a'].x:value`, `/+[name='a',...]`, `/-x.[name='a']`.
    fn change(&self, word: &str, path: &str, settings: &mut Settings) {
        let text = word
            .strip_prefix('/')
            .unwrap_or_else(|| panic!("no option: {word}"));
        let (sign, text) = match text.as_bytes().first() {
            Some(b'+') => ('+', &text[1..]),
            Some(b'-') => ('-', &text[1..]),
            _ => ('=', text),
        };
        let (segments, value) = segments(text);
        let mut element = self;
        let mut path = path.to_owned();
        for (index, segment) in segments.iter().enumerate() {
            let last = index + 1 == segments.len();
            if let Some(entry) = segment.strip_prefix('[') {
                let given = pairs(entry.trim_end_matches(']'));
                let (_, known) = element
                    .collection
                    .as_ref()
                    .unwrap_or_else(|| panic!("{path} has no entries: {word}"));
                for (name, value) in &given {
                    known.check(&path, name, value);
                }
                path += &known.key(&given);
                element = known;
                if last && sign == '+' {
                    settings.extend(
                        given
                            .into_iter()
                            .map(|(name, value)| (format!("{path}.{name}"), value)),
                    );
                }
            } else if let Some(child) = element.children.get(segment) {
                path = format!("{path}.{segment}");
                element = child;
            } else {
                assert!(last, "{path} has no element {segment}: {word}");
                let value = value.unwrap_or_else(|| panic!("no value: {word}"));
                element.check(&path, segment, value);
                settings.insert(format!("{path}.{segment}"), value.to_owned());
                assert_eq!(sign, '=', "{word}");
                return;
            }
        }
        assert!(sign != '=' && value.is_none(), "nothing is set: {word}");
        if sign == '-' {
            settings.retain(|key, _| !key.starts_with(&path));
        }
    }
}

/// `d.hh:mm:ss`, the days may be left out.
fn is_time_span(text: &str) -> bool {
    let text = text.split_once('.').map_or(text, |(_, time)| time);
    let parts: Vec<&str> = text.split(':').collect();
    parts.len() == 3
        && parts
            .iter()
            .all(|part| part.len() == 2 && part.parse::<u8>().is_ok())
}

/// The parts between dots, and what follows the first colon; quoted text has neither.
fn segments(text: &str) -> (Vec<String>, Option<&str>) {
    let (mut parts, mut part, mut quoted, mut inside) = (Vec::new(), String::new(), false, false);
    for (index, c) in text.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            '[' if !quoted => inside = true,
            ']' if !quoted => inside = false,
            '.' if !inside => {
                parts.push(std::mem::take(&mut part));
                continue;
            }
            ':' if !inside => {
                parts.push(part);
                return (parts, Some(&text[index + 1..]));
            }
            _ => {}
        }
        part.push(c);
    }
    parts.push(part);
    (parts, None)
}

/// `name='x',enabled='true'`; a quote in a value stands twice.
fn pairs(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (name, after) = rest
            .split_once("='")
            .unwrap_or_else(|| panic!("no pair: {rest}"));
        let mut end = after.find('\'').unwrap_or_else(|| panic!("no end: {rest}"));
        while after[end + 1..].starts_with('\'') {
            end += 2 + after[end + 2..].find('\'').expect("an end");
        }
        found.insert(name.to_owned(), after[..end].replace("''", "'"));
        rest = after[end + 1..].trim_start_matches(',');
    }
    found
}
