//! Fetches a page from itself with reqwest and its default TLS; without TLS, and with TLS where nobody speaks it.

use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpListener;

fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            let mut request = [0; 1024];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
        }
    });
    println!("{}", reqwest::blocking::get(format!("http://{address}/"))?.text()?);
    let refused = reqwest::blocking::get(format!("https://{address}/")).unwrap_err();
    let mut cause: &dyn Error = &refused;
    while let Some(next) = cause.source() {
        cause = next;
    }
    println!("{cause}");
    Ok(())
}
