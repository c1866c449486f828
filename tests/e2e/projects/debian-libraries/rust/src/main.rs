//! zlib's check sum of "abc", by the zlib that pkg-config finds.

fn main() {
    println!("{:08x}", unsafe { libz_sys::crc32(0, b"abc".as_ptr(), 3) });
}
