//! The provenance statement, read by in-toto's own library.

use std::collections::BTreeMap;
use std::process::Command;

use gorelease::trust::provenance::{Definition, Material, Runner, Subject, statement};

use crate::fixture::{python, run};

const VALIDATE: &str = "\
import sys, json
from google.protobuf import json_format
from in_toto_attestation.v1 import statement, statement_pb2
from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
document = json.load(open(sys.argv[1]))
json_format.ParseDict(document['predicate'], provenance_pb2.Provenance())
read = statement.Statement.copy_from_pb(json_format.ParseDict(document, statement_pb2.Statement()))
read.validate()
for subject in read.pb.subject: print(subject.name, subject.digest['sha256'])
";

#[test]
fn in_toto_reads_the_statement() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("provenance.intoto.json");
    let definition = Definition {
        external: BTreeMap::from([("version".to_owned(), "1.4.2".into())]),
        materials: vec![Material::Source {
            url: None,
            commit: "c0ffee".repeat(6),
        }],
        tool_version: "0.1.0".to_owned(),
        ..Definition::default()
    };
    let subject = Subject {
        name: "orders.zip".to_owned(),
        sha256: "ab".repeat(32),
    };
    let document = statement(vec![subject], &definition, &Runner::Local);
    std::fs::write(&path, serde_json::to_vec(&document).unwrap()).unwrap();
    let subjects = run(Command::new(python).args(["-c", VALIDATE]).arg(&path));
    assert_eq!(subjects, format!("orders.zip {}\n", "ab".repeat(32)));
}
