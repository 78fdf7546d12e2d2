//! One statement from those that several runners made about their parts of a release.

use serde_json::Value;

use super::statement::{Resource, Statement};

impl Statement {
    /// Takes in what another runner states of its part; it comes out as one runner would have stated the whole.
    ///
    /// Where the runners themselves differ (a tool in two versions, a kind of machine) both are told; the run is named
    /// only when it is the same.
    ///
    /// # Errors
    /// What differs, when they do not speak of one release.
    pub fn join(&mut self, other: Self) -> Result<(), &'static str> {
        let (here, there) = (&mut self.predicate, other.predicate);
        let (definition, added) = (&mut here.build_definition, there.build_definition);
        let (run, their_run) = (&mut here.run_details, there.run_details);
        if (&self.kind, &self.predicate_type, &definition.build_type)
            != (&other.kind, &other.predicate_type, &added.build_type)
        {
            return Err("kind of statement");
        }
        if definition.external_parameters != added.external_parameters {
            return Err("set of parameters");
        }
        if run.builder != their_run.builder {
            return Err("builder");
        }
        if run.metadata != their_run.metadata {
            run.metadata = None;
        }
        for (name, value) in added.internal_parameters {
            let known = definition.internal_parameters.entry(name).or_default();
            unite(known, value);
        }
        let materials = &mut definition.resolved_dependencies;
        materials.extend(added.resolved_dependencies);
        materials.sort_by(|left, right| rank(left).cmp(&rank(right)));
        materials.dedup();
        self.subject.extend(other.subject);
        self.subject
            .sort_by(|left, right| left.name.cmp(&right.name));
        self.subject
            .dedup_by(|later, first| later.name == first.name);
        Ok(())
    }

    /// Gives a subject another SHA-256.
    pub fn set_digest(&mut self, name: &str, sha256: &str) {
        let subjects = self.subject.iter_mut();
        for subject in subjects.filter(|subject| subject.name.as_deref() == Some(name)) {
            subject
                .digest
                .insert("sha256".to_owned(), sha256.to_owned());
        }
    }
}

/// The order of materials: source, toolchains, modules, as [`super::Material`] sorts them.
fn rank(resource: &Resource) -> impl Ord {
    let kind = match resource.name.as_deref() {
        Some("source") => 0,
        Some(_) => 1,
        None => 2,
    };
    (kind, resource.uri.clone(), resource.digest.clone())
}

/// Objects are united name by name; of other values that differ all are kept, in a list.
fn unite(known: &mut Value, value: Value) {
    match (known, value) {
        (known, value) if *known == value => {}
        (known @ Value::Null, value) => *known = value,
        (Value::Object(known), Value::Object(value)) => {
            for (name, value) in value {
                unite(known.entry(name).or_insert(Value::Null), value);
            }
            known.sort_keys();
        }
        (known, value) => {
            let mut values = match known.take() {
                Value::Array(values) => values,
                single => vec![single],
            };
            if !values.contains(&value) {
                values.push(value);
            }
            values.sort_by_key(Value::to_string);
            *known = Value::Array(values);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::super::{Definition, Material, Runner, Subject, statement};
    use super::*;

    fn part(names: &[&str], tools: Value, modules: &[&str]) -> Statement {
        let builds = names.iter().map(|name| ((*name).to_owned(), json!({})));
        let definition = Definition {
            external: BTreeMap::from([("version".to_owned(), "1.4.2".into())]),
            internal: BTreeMap::from([
                ("builds".to_owned(), Value::Object(builds.collect())),
                ("tools".to_owned(), tools),
            ]),
            materials: [
                Material::Toolchain {
                    version: "go1.26.1".to_owned(),
                },
                Material::Source {
                    url: None,
                    commit: "c0ffee".to_owned(),
                },
            ]
            .into_iter()
            .chain(modules.iter().map(|purl| Material::Module {
                purl: (*purl).to_owned(),
                dir_hash: None,
            }))
            .collect(),
            tool_version: "0.1.0".to_owned(),
        };
        let subjects = names.iter().map(|name| Subject {
            name: (*name).to_owned(),
            sha256: "ab".repeat(32),
        });
        statement(subjects.collect(), &definition, &Runner::Local)
    }

    #[test]
    fn parts_state_together_what_one_runner_would() {
        let mut joined = part(&["b.zip"], json!({"wixl": "0.101"}), &["pkg:golang/z"]);
        let other = part(&["a.tar.gz"], json!({"cc": "14"}), &["pkg:golang/a"]);
        joined.join(other).unwrap();
        let whole = part(
            &["a.tar.gz", "b.zip"],
            json!({"cc": "14", "wixl": "0.101"}),
            &["pkg:golang/a", "pkg:golang/z"],
        );
        let text = |statement: &Statement| serde_json::to_string(statement).unwrap();
        assert_eq!(text(&joined), text(&whole));
    }

    #[test]
    fn what_differs_between_runners_is_told_of_both() {
        let mut joined = part(&["a"], json!({"cc": "14"}), &[]);
        for version in ["13", "12", "14"] {
            joined
                .join(part(&["a"], json!({"cc": version}), &[]))
                .unwrap();
        }
        let tools = &joined.predicate.build_definition.internal_parameters["tools"];
        assert_eq!(*tools, json!({"cc": ["12", "13", "14"]}));
    }

    #[test]
    fn statements_of_two_releases_are_not_joined() {
        let mut one = part(&["a"], json!({}), &[]);
        let mut other = part(&["b"], json!({}), &[]);
        let definition = &mut other.predicate.build_definition;
        definition
            .external_parameters
            .insert("version".to_owned(), "2.0.0".into());
        assert_eq!(one.join(other), Err("set of parameters"));
    }
}
