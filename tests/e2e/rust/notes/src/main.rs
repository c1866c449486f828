//! Keeps notes in SQLite, which is compiled into it, and finds one by a word.

use rusqlite::{params, Connection};

fn main() -> rusqlite::Result<()> {
    let notes = Connection::open_in_memory()?;
    notes.execute_batch("CREATE VIRTUAL TABLE notes USING fts5(text); CREATE TABLE sums(a REAL, b INTEGER);")?;
    for text in ["one small step", "a giant leap", "small talk"] {
        notes.execute("INSERT INTO notes VALUES (?1)", params![text])?;
    }
    notes.execute("INSERT INTO sums VALUES (?1, ?2)", params![0.25, i64::MAX])?;
    let found: i64 = notes.query_row("SELECT count(*) FROM notes WHERE notes MATCH 'small'", [], |row| row.get(0))?;
    let (a, b): (f64, i64) = notes.query_row("SELECT a, b FROM sums", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    println!("{found} of 3, {a}, {b}");
    Ok(())
}
