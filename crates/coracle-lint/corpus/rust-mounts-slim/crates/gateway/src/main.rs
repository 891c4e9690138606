fn main() {
    assert!(!openssl::version::version().is_empty());
}
