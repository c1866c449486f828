//! What extensions in Rust do that asks something of libc.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant, SystemTime};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

static DROPPED: AtomicUsize = AtomicUsize::new(0);

struct Counter(u64);

impl Drop for Counter {
    fn drop(&mut self) {
        DROPPED.fetch_add(1, Ordering::SeqCst);
    }
}

thread_local!(static OWN: RefCell<Counter> = const { RefCell::new(Counter(0)) });

#[pyfunction]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

#[pyfunction]
fn half(text: &str) -> PyResult<f64> {
    let number: f64 = text
        .parse()
        .map_err(|_| PyValueError::new_err(format!("no number: {text}")))?;
    Ok(number / 2.0)
}

#[pyfunction]
fn panics(text: String) {
    panic!("{text}");
}

/// The sum of what eight threads counted, and how many of their variables were dropped.
#[pyfunction]
fn threads(py: Python<'_>) -> (u64, usize) {
    py.detach(|| {
        let before = DROPPED.load(Ordering::SeqCst);
        let sum = Arc::new((Mutex::new((0, 0)), Condvar::new()));
        let all: Vec<_> = (0..8)
            .map(|_| {
                let sum = Arc::clone(&sum);
                std::thread::spawn(move || {
                    for _ in 0..1250 {
                        OWN.with(|own| own.borrow_mut().0 += 1);
                    }
                    let mut total = sum.0.lock().unwrap();
                    total.0 += OWN.with(|own| own.borrow().0);
                    total.1 += 1;
                    sum.1.notify_all();
                })
            })
            .collect();
        let mut total = sum.0.lock().unwrap();
        while total.1 < 8 {
            total = sum.1.wait(total).unwrap();
        }
        let counted = total.0;
        drop(total);
        all.into_iter().for_each(|one| one.join().unwrap());
        (counted, DROPPED.load(Ordering::SeqCst) - before)
    })
}

#[pyfunction]
fn first_word(path: &str) -> PyResult<(String, u64)> {
    let size = fs::metadata(path)?.len();
    let mut line = String::new();
    BufReader::new(File::open(path)?).read_line(&mut line)?;
    Ok((line.split_whitespace().next().unwrap_or("").to_owned(), size))
}

#[pyfunction]
fn names(folder: &str) -> PyResult<Vec<String>> {
    let mut found = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<io::Result<Vec<_>>>()?;
    found.sort();
    Ok(found)
}

#[pyfunction]
fn canonical(path: &str) -> PyResult<String> {
    Ok(fs::canonicalize(path)?.to_string_lossy().into_owned())
}

#[pyfunction]
fn arguments() -> Vec<String> {
    std::env::args().collect()
}

#[pyfunction]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[pyfunction]
fn error_text(number: i32) -> String {
    io::Error::from_raw_os_error(number).to_string()
}

#[pyfunction]
fn times() -> (bool, u64) {
    let start = Instant::now();
    std::thread::sleep(Duration::from_millis(5));
    let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    (start.elapsed() >= Duration::from_millis(5), seconds)
}

#[pyfunction]
fn random_keys() -> bool {
    let one: HashMap<u32, u32> = (0..100).map(|number| (number, number)).collect();
    one.get(&99) == Some(&99)
}

/// What a program that is given a text says.
#[pyfunction]
fn ask(program: &str, arguments: Vec<String>, text: &str) -> PyResult<(String, Option<i32>)> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    child.stdin.take().unwrap().write_all(text.as_bytes())?;
    let done = child.wait_with_output()?;
    Ok((String::from_utf8_lossy(&done.stdout).into_owned(), done.status.code()))
}

#[pyfunction]
fn echo(py: Python<'_>, text: String) -> PyResult<String> {
    py.detach(|| {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let place = listener.local_addr()?;
        let other = std::thread::spawn(move || -> io::Result<()> {
            let (mut stream, _) = listener.accept()?;
            let mut heard = Vec::new();
            stream.read_to_end(&mut heard)?;
            stream.write_all(&heard)
        });
        let mut stream = TcpStream::connect(place)?;
        stream.write_all(text.as_bytes())?;
        stream.shutdown(std::net::Shutdown::Write)?;
        let mut heard = String::new();
        stream.read_to_string(&mut heard)?;
        other.join().unwrap()?;
        Ok(heard)
    })
}

#[pyfunction]
fn call(function: Bound<'_, PyAny>, depth: u32) -> PyResult<Py<PyAny>> {
    if depth > 0 {
        return call(function, depth - 1);
    }
    Ok(function.call0()?.unbind())
}

#[pyfunction]
fn backtrace() -> bool {
    std::backtrace::Backtrace::force_capture().to_string().contains(':')
}

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(add, module)?)?;
    module.add_function(wrap_pyfunction!(half, module)?)?;
    module.add_function(wrap_pyfunction!(panics, module)?)?;
    module.add_function(wrap_pyfunction!(threads, module)?)?;
    module.add_function(wrap_pyfunction!(first_word, module)?)?;
    module.add_function(wrap_pyfunction!(names, module)?)?;
    module.add_function(wrap_pyfunction!(canonical, module)?)?;
    module.add_function(wrap_pyfunction!(arguments, module)?)?;
    module.add_function(wrap_pyfunction!(variable, module)?)?;
    module.add_function(wrap_pyfunction!(error_text, module)?)?;
    module.add_function(wrap_pyfunction!(times, module)?)?;
    module.add_function(wrap_pyfunction!(random_keys, module)?)?;
    module.add_function(wrap_pyfunction!(ask, module)?)?;
    module.add_function(wrap_pyfunction!(echo, module)?)?;
    module.add_function(wrap_pyfunction!(call, module)?)?;
    module.add_function(wrap_pyfunction!(backtrace, module)?)?;
    Ok(())
}
