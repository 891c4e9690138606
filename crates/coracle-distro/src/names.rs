//! Which words are names of packages, and which paths are paths of an archive's pool.

/// A package name as Debian's policy 5.6.7 has it, but for the least length of two.
pub(crate) fn is_name(name: &str) -> bool {
    let allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte);
    name.bytes().all(allowed)
        && name
            .as_bytes()
            .first()
            .is_some_and(u8::is_ascii_alphanumeric)
}

/// A path that stays under `pool/` and needs no escaping in a URL but `%`, `+` and `~`.
pub(crate) fn is_pool_path(path: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/+-._~:%".contains(&byte);
    path.starts_with("pool/")
        && path.ends_with(".deb")
        && path.bytes().all(allowed)
        && path
            .split('/')
            .all(|part| !part.is_empty() && part != "." && part != "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_policy_has_them() {
        assert!(
            ["libc6", "g++", "libstdc++6", "0ad", "a"]
                .into_iter()
                .all(is_name)
        );
        assert!(
            !["", "-a", "A", "a_b", "a b", "é", "../a"]
                .into_iter()
                .any(is_name)
        );
    }

    #[test]
    fn pool_paths_stay_in_the_pool() {
        assert!(is_pool_path(
            "pool/main/g/glibc/libc6_2.41-12+deb13u1_amd64.deb"
        ));
        for path in [
            "/pool/a.deb",
            "pool/../a.deb",
            "pool//a.deb",
            "pool/a.tar",
            "dists/a.deb",
            "pool/a?b.deb",
            "pool/a b.deb",
        ] {
            assert!(!is_pool_path(path), "{path}");
        }
    }
}
