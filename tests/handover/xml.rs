//! XML texts as lists of elements, by quick-xml.

use std::collections::BTreeMap;

/// An element: its path of names, and its attributes.
pub type Element = (Vec<String>, BTreeMap<String, String>);

/// Every element of an XML text; fails on what is not well-formed.
pub fn elements(text: &str) -> Vec<Element> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut path = Vec::new();
    let mut found = Vec::new();
    loop {
        let event = reader
            .read_event()
            .unwrap_or_else(|error| panic!("{error}: {text}"));
        let (start, empty) = match &event {
            Event::Start(start) => (Some(start), false),
            Event::Empty(start) => (Some(start), true),
            Event::End(_) => {
                path.pop();
                (None, false)
            }
            Event::Eof => break,
            _ => (None, false),
        };
        let Some(start) = start else { continue };
        path.push(start.name().as_ref().to_owned());
        let attributes = start.attributes().map(|attribute| {
            let attribute = attribute.expect("an attribute");
            let value = quick_xml::escape::unescape(&attribute.value)
                .expect("a value")
                .into_owned();
            (attribute.key.as_ref().to_owned(), value)
        });
        found.push((path.clone(), attributes.collect()));
        if empty {
            path.pop();
        }
    }
    assert!(path.is_empty(), "unclosed: {path:?}");
    found
}

/// The path of every element: two texts with the same ones are built alike.
pub fn paths(text: &str) -> Vec<Vec<String>> {
    elements(text).into_iter().map(|(path, _)| path).collect()
}
