//! Keeps keys in RocksDB, closes it, and reads them again.

use rocksdb::{Options, DB};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join(format!("store-{}", std::process::id()));
    let mut options = Options::default();
    options.create_if_missing(true);
    options.set_compression_type(rocksdb::DBCompressionType::Lz4);
    {
        let store = DB::open(&options, &folder)?;
        for number in 0..1000u32 {
            store.put(number.to_be_bytes(), format!("value {number}"))?;
        }
        store.flush()?;
    }
    let store = DB::open(&options, &folder)?;
    println!("{}", String::from_utf8(store.get(700u32.to_be_bytes())?.ok_or("lost")?)?);
    drop(store);
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
