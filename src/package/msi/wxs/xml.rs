//! A small tree of elements, written with indents.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

/// An element with its attributes and children.
pub(super) struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    children: Vec<Element>,
    text: Option<String>,
}

impl Element {
    pub(super) fn new(name: &'static str) -> Self {
        Self {
            name,
            attributes: Vec::new(),
            children: Vec::new(),
            text: None,
        }
    }

    /// With an attribute.
    pub(super) fn attribute(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    /// With an attribute, unless its value is empty.
    pub(super) fn optional(self, name: &'static str, value: &str) -> Self {
        if value.is_empty() {
            self
        } else {
            self.attribute(name, value)
        }
    }

    /// With text as its only content.
    pub(super) fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// With a child.
    pub(super) fn child(mut self, child: Self) -> Self {
        self.children.push(child);
        self
    }

    /// With children.
    pub(super) fn children(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children);
        self
    }

    pub(super) fn push(&mut self, child: Self) {
        self.children.push(child);
    }

    /// The whole document.
    pub(super) fn document(&self) -> String {
        let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
        // Writing into a vector does not fail.
        let _ = writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)));
        let _ = self.write(&mut writer);
        let mut text = String::from_utf8_lossy(&writer.into_inner()).into_owned();
        text.push('\n');
        text
    }

    fn write(&self, writer: &mut Writer<Vec<u8>>) -> std::io::Result<()> {
        let attributes = self
            .attributes
            .iter()
            .map(|(name, value)| (*name, value.as_str()));
        let start = BytesStart::new(self.name).with_attributes(attributes);
        match (&self.text, self.children.is_empty()) {
            (None, true) => writer.write_event(Event::Empty(start)),
            (Some(text), _) => {
                writer.write_event(Event::Start(start))?;
                writer.write_event(Event::Text(BytesText::new(text)))?;
                writer.write_event(Event::End(BytesEnd::new(self.name)))
            }
            (None, false) => {
                writer.write_event(Event::Start(start))?;
                self.children
                    .iter()
                    .try_for_each(|child| child.write(writer))?;
                writer.write_event(Event::End(BytesEnd::new(self.name)))
            }
        }
    }
}
