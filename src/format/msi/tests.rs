//! Databases through the readers of others.

use std::io::Cursor;
use std::path::Path;
use std::process::Command;

use super::*;

fn sample() -> Database {
    let summary = Summary {
        title: "Installation Database".to_owned(),
        subject: "Sample".to_owned(),
        author: "Contoso".to_owned(),
        template: "x64;1033".to_owned(),
        revision: "{12345678-1234-1234-1234-123456789ABC}".to_owned(),
        created: 1_700_000_000,
        page_count: 500,
        word_count: 2,
        security: 2,
        ..Summary::default()
    };
    let mut database = Database::new(CodePage::WESTERN, summary);
    let mut property = schema::table("Property").unwrap();
    property.push(["Zeta".into(), "last é".into()]);
    property.push(["Alpha".into(), "first".into()]);
    database.insert(property);
    let mut media = schema::table("Media").unwrap();
    media.push([2.into(), 9.into()]);
    media.push([1.into(), 5.into(), Value::Null, "#product.cab".into()]);
    database.insert(media);
    let mut icon = schema::table("Icon").unwrap();
    icon.push(["app.ico".into(), Source::Bytes(b"an icon".to_vec()).into()]);
    database.insert(icon);
    database
        .streams
        .insert("product.cab".to_owned(), Source::Bytes(vec![7; 300_000]));
    database
}

fn bytes(database: &Database) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    write(database, &mut out).unwrap();
    out.into_inner()
}

#[test]
fn the_msi_crate_reads_it_back() {
    let database = sample();
    let (back, mut reader) = read(Cursor::new(bytes(&database))).unwrap();
    assert_eq!(back.summary, database.summary);
    assert_eq!(back.property("Zeta"), Some("last é"));
    assert_eq!(
        back.table("Media").unwrap().columns,
        database.table("Media").unwrap().columns
    );
    // Sorted by the stored key.
    let keys: Vec<_> = back
        .table("Property")
        .unwrap()
        .rows
        .iter()
        .map(|row| row[0].clone())
        .collect();
    assert_eq!(keys, ["Alpha".into(), "Zeta".into()]);
    let mut icon = Vec::new();
    reader.copy_stream("Icon.app.ico", &mut icon).unwrap();
    assert_eq!(icon, b"an icon");
    let mut cabinet = Vec::new();
    reader.copy_stream("product.cab", &mut cabinet).unwrap();
    assert_eq!(cabinet, vec![7; 300_000]);
}

#[test]
fn every_standard_table_reads_back_with_its_definition() {
    let mut database = sample();
    for name in schema::names() {
        database.insert(schema::table(name).unwrap());
    }
    let (back, _) = read(Cursor::new(bytes(&database))).unwrap();
    for (name, table) in &database.tables {
        assert_eq!(back.table(name).unwrap().columns, table.columns, "{name}");
    }
}

#[test]
fn the_same_database_gives_the_same_bytes() {
    assert!(bytes(&sample()) == bytes(&sample()));
}

#[test]
fn it_is_a_compound_file_of_version_3_with_the_package_class() {
    let file = cfb::CompoundFile::open_strict(Cursor::new(bytes(&sample()))).unwrap();
    assert_eq!(file.version(), cfb::Version::V3);
    let class = file.root_entry().clsid().to_string();
    assert_eq!(class, "000c1084-0000-0000-c000-000000000046");
}

#[test]
fn more_than_65535_texts_take_references_of_three_bytes() {
    let mut database = sample();
    let property = database.tables.get_mut("Property").unwrap();
    property.rows.clear();
    for number in 0..33_000 {
        property.push([
            format!("P{number}").into(),
            format!("value {number}").into(),
        ]);
    }
    let (back, _) = read(Cursor::new(bytes(&database))).unwrap();
    assert_eq!(back.table("Property").unwrap().rows.len(), 33_000);
    assert_eq!(back.property("P32999"), Some("value 32999"));
}

#[test]
fn values_that_do_not_fit_are_errors() {
    let try_with = |change: &dyn Fn(&mut Database)| {
        let mut database = sample();
        change(&mut database);
        write(&database, Cursor::new(Vec::new())).unwrap_err()
    };
    let push = |row: Vec<Value>| {
        move |database: &mut Database| database.tables.get_mut("Media").unwrap().push(row.clone())
    };
    let number = try_with(&push(vec![40_000.into(), 1.into()]));
    assert!(
        matches!(number, DatabaseError::Number { value: 40_000, .. }),
        "{number}"
    );
    let kind = try_with(&push(vec!["three".into(), 1.into()]));
    assert!(matches!(kind, DatabaseError::Kind { .. }), "{kind}");
    let character = try_with(&push(vec![3.into(), 1.into(), "磁盘".into()]));
    assert!(
        matches!(
            character,
            DatabaseError::Character {
                character: '磁',
                ..
            }
        ),
        "{character}"
    );
    let long = try_with(&|database| {
        database
            .tables
            .get_mut("Property")
            .unwrap()
            .push(["P".into(), "x".repeat(70_000).into()]);
    });
    assert!(matches!(long, DatabaseError::TextTooLong(70_000)), "{long}");
}

#[test]
fn msitools_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sample.msi");
    std::fs::write(&file, bytes(&sample())).unwrap();
    let run = |arguments: &[&str]| msiinfo(arguments, &file);
    let Some(tables) = run(&["tables"]) else {
        return;
    };
    for table in ["Icon", "Media", "Property", "_Validation"] {
        assert!(
            tables.lines().any(|line| line == table),
            "no {table} in {tables}"
        );
    }
    assert!(
        run(&["export", "Property"])
            .unwrap()
            .contains("Alpha\tfirst")
    );
    assert!(run(&["suminfo"]).unwrap().contains("Template: x64;1033"));
}

fn msiinfo(arguments: &[&str], file: &Path) -> Option<String> {
    let (command, rest) = arguments.split_first()?;
    let Ok(output) = Command::new("msiinfo")
        .arg(command)
        .arg(file)
        .args(rest)
        .output()
    else {
        assert!(
            std::env::var_os("GORELEASE_REQUIRE_TOOLS").is_none(),
            "msiinfo is not installed"
        );
        println!("skipped: msiinfo is not installed");
        return None;
    };
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}
