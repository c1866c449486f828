fn main() {
    let database = rusqlite::Connection::open_in_memory().unwrap();
    let answer: i64 = database.query_row("select 6 * 7", [], |row| row.get(0)).unwrap();
    println!("{answer}");
}
