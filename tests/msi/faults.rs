//! Tables and cabinet that are not of one piece: rule GR11, which no database alone can break.

use std::fs::{self, File};
use std::path::Path;

use gorelease::format::cab::{DosTime, Level, Member, write_cabinet};
use gorelease::format::msi::{Database, Source, Value, read, write};
use gorelease::package::msi::{Finding, Rule, check};

use crate::fixture::{build, package};

const CABINET: &str = "product.cab";

/// What is found in a package after `change`, which is also given the cabinet's file.
fn findings(change: impl FnOnce(&mut Database, &Path)) -> Vec<Finding> {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    build(&package(folder.path(), "1.4.2"), &path("sound.msi"));
    let (mut database, mut reader) = read(File::open(path("sound.msi")).unwrap()).unwrap();
    let mut cabinet = File::create(path(CABINET)).unwrap();
    reader.copy_stream(CABINET, &mut cabinet).unwrap();
    // It is written anew with all other tables.
    database.tables.remove("_Validation");
    let source = Source::File(path(CABINET));
    database.streams.insert(CABINET.to_owned(), source);
    change(&mut database, &path(CABINET));
    let out = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(path("changed.msi"))
        .unwrap();
    write(&database, out).unwrap();
    check(&path("changed.msi")).unwrap()
}

#[track_caller]
fn found(findings: &[Finding], place: &str, message: &str) {
    let same = |finding: &&Finding| {
        finding.rule == Rule::Gr11
            && finding.place.starts_with(place)
            && finding.message.contains(message)
    };
    assert!(findings.iter().any(|one| same(&one)), "{findings:#?}");
}

/// Changes a number of the first row.
fn add_one(database: &mut Database, table: &str, column: &str) {
    let table = database.tables.get_mut(table).unwrap();
    let index = table.position(column).unwrap();
    let cell = &mut table.rows[0][index];
    *cell = Value::Number(cell.as_number().unwrap() ^ 1);
}

#[test]
fn what_was_not_changed_is_sound() {
    assert_eq!(findings(|_, _| {}), []);
}

#[test]
fn a_size_that_is_not_the_files() {
    let found_in = findings(|database, _| add_one(database, "File", "FileSize"));
    found(&found_in, "File[", "its size is not that of the file");
}

#[test]
fn a_hash_that_is_not_the_files() {
    let found_in = findings(|database, _| add_one(database, "MsiFileHash", "HashPart3"));
    found(&found_in, "File[", "its hash is not that of the file");
}

#[test]
fn a_file_that_the_cabinet_does_not_hold() {
    let found_in = findings(|_, cabinet| {
        let other = cabinet.with_extension("txt");
        fs::write(&other, "other").unwrap();
        let member = Member {
            name: "F_other".to_owned(),
            path: other,
            size: 5,
            modified: DosTime::from_unix(1_790_000_000),
        };
        let mut out = File::create(cabinet).unwrap();
        write_cabinet(&mut out, &[member], Level::Fast, &mut |_, _| {}).unwrap();
    });
    found(&found_in, "File[", "it is missing in the cabinet");
}

#[test]
fn a_cabinet_that_is_cut_off() {
    let found_in = findings(|_, cabinet| {
        let bytes = fs::read(cabinet).unwrap();
        fs::write(cabinet, &bytes[..bytes.len() - 8]).unwrap();
    });
    found(&found_in, "Media[", "the cabinet cannot be read");
}
