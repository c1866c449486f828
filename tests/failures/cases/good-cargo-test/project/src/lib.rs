#[cfg(test)]
mod tests {
    #[test]
    #[should_panic]
    fn fails_on_error() {
        panic!("error: no such file or directory");
    }

    #[test]
    fn error_is_told() {
        eprintln!("error[E0308]: mismatched types");
    }
}
