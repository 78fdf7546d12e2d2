//! The command `gorelease`.
fn main() {}
