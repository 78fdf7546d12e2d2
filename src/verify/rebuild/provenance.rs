//! What the provenance of a release says of the build, against that of the same release built again.
//!
//! Left out is what belongs to a build and not to the commit: the builder, the run, the workflow, and the address that
//! the repository was cloned from. The subjects are the release's files, which are compared themselves.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::values::{differences, flattened};
use crate::error::Failure;
use crate::trust::provenance::TOOLS;

/// A sentence for each value that differs.
pub(super) fn compare(shipped: &Path, rebuilt: &Path) -> Result<Vec<String>, Failure> {
    let (left, right) = (super::values::read(shipped)?, super::values::read(rebuilt)?);
    Ok(differences(&definition(&left), &definition(&right)))
}

/// The build's definition, by the names of its values.
fn definition(statement: &Value) -> BTreeMap<String, String> {
    let predicate = &statement["predicate"];
    let mut definition = predicate["buildDefinition"].clone();
    let materials = definition["resolvedDependencies"].take();
    if let Some(external) = definition["externalParameters"].as_object_mut() {
        external.remove("workflow");
    }
    if let Some(internal) = definition["internalParameters"].as_object_mut() {
        internal.remove("github");
        // Not all are called again; `artifacts.json` has the same list, and there they are compared.
        internal.remove(TOOLS);
    }
    let mut values = flattened(&definition);
    values.extend(flattened(&serde_json::json!({
        "predicateType": statement["predicateType"],
        "builder": { "version": predicate["runDetails"]["builder"]["version"] },
    })));
    for material in materials.as_array().into_iter().flatten() {
        let is_source = material["name"] == "source";
        let name = if is_source {
            "source"
        } else {
            material["uri"].as_str().unwrap_or("?")
        };
        let digest = flattened(&material["digest"]);
        let digest: Vec<&str> = digest.values().map(String::as_str).collect();
        values.insert(format!("resolvedDependencies[{name}]"), digest.join(" "));
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::provenance::{Definition, Material, Runner, statement};

    fn document(version: &str, runner: &Runner, url: Option<&str>) -> Value {
        let definition = Definition {
            external: BTreeMap::from([("version".to_owned(), version.into())]),
            materials: vec![
                Material::Source {
                    url: url.map(str::to_owned),
                    commit: "c0ffee".into(),
                },
                Material::Toolchain {
                    version: "go1.26.1".into(),
                },
            ],
            tool_version: "0.1.0".to_owned(),
            ..Definition::default()
        };
        serde_json::to_value(statement(Vec::new(), &definition, runner)).unwrap()
    }

    #[test]
    fn who_built_does_not_count_and_what_was_built_does() {
        let variables = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_REPOSITORY", "contoso/orders"),
            (
                "GITHUB_WORKFLOW_REF",
                "contoso/orders/.github/workflows/release.yml@refs/tags/v1",
            ),
            ("GITHUB_RUN_ID", "1"),
            ("GITHUB_RUN_ATTEMPT", "1"),
            ("GITHUB_REF", "refs/tags/v1"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let github = Runner::from_env(&variables.into());
        assert_ne!(github, Runner::Local);
        let there = definition(&document("1.0.0", &github, Some("https://example.com/a")));
        let here = definition(&document("1.0.0", &Runner::Local, None));
        assert_eq!(differences(&there, &here), Vec::<String>::new());
        let other = definition(&document("1.0.1", &Runner::Local, None));
        assert_eq!(
            differences(&there, &other),
            ["`externalParameters.version` is 1.0.0, and 1.0.1 when built again"]
        );
    }
}
