//! Compresses a megabyte with zstd in two threads, and reads it back.

use std::io::Write;

fn main() -> std::io::Result<()> {
    let text: Vec<u8> = (0u32..1 << 18).flat_map(|number| (number / 7).to_le_bytes()).collect();
    let mut encoder = zstd::Encoder::new(Vec::new(), 3)?;
    encoder.multithread(2)?;
    encoder.include_checksum(true)?;
    encoder.write_all(&text)?;
    let packed = encoder.finish()?;
    let back = zstd::decode_all(packed.as_slice())?;
    println!("{} {}", back == text, if packed.len() * 4 < text.len() { "smaller" } else { "not smaller" });
    Ok(())
}
