//! A table's cells: column after column, rows sorted by their stored key.

use super::column::Kind;
use super::error::DatabaseError;
use super::pool::Pool;
use super::table::Table;
use super::value::Value;

/// The bytes of a table's stream.
pub(super) fn encode_table(table: &Table, pool: &Pool) -> Result<Vec<u8>, DatabaseError> {
    let mut rows: Vec<Vec<u32>> = table
        .rows
        .iter()
        .map(|row| encode_row(table, row, pool))
        .collect::<Result<_, _>>()?;
    let key_width = table.key_width();
    rows.sort_unstable_by(|a, b| a[..key_width].cmp(&b[..key_width]));

    let mut out = Vec::new();
    for (index, column) in table.columns.iter().enumerate() {
        let width = match column.kind {
            Kind::Int16 | Kind::Stream => 2,
            Kind::Int32 => 4,
            Kind::Text { .. } => pool.reference_bytes(),
        };
        for row in &rows {
            out.extend_from_slice(&row[index].to_le_bytes()[..width]);
        }
    }
    Ok(out)
}

/// The cells as the numbers that are stored; 0 is nothing, other numbers have their sign bit turned.
fn encode_row(table: &Table, row: &[Value], pool: &Pool) -> Result<Vec<u32>, DatabaseError> {
    let encode = |(column, value): (&super::Column, &Value)| {
        let column_name = || column.name.clone();
        match (column.kind, value) {
            (_, Value::Null) => Ok(0),
            (Kind::Text { .. }, Value::Text(text)) => Ok(pool.reference(text)),
            (Kind::Stream, Value::Stream(_)) => Ok(1),
            (Kind::Int16, Value::Number(number)) if (-0x7fff..=0x7fff).contains(number) => {
                Ok((number + 0x8000) as u32)
            }
            (Kind::Int32, Value::Number(number)) if *number != i32::MIN => {
                Ok(*number as u32 ^ 0x8000_0000)
            }
            (Kind::Int16 | Kind::Int32, Value::Number(number)) => Err(DatabaseError::Number {
                table: table.name.clone(),
                column: column_name(),
                value: *number,
            }),
            (_, Value::Number(_) | Value::Text(_) | Value::Stream(_)) => Err(DatabaseError::Kind {
                table: table.name.clone(),
                column: column_name(),
            }),
        }
    };
    table.columns.iter().zip(row).map(encode).collect()
}
