//! Secrets are replaced before anything is shown. Finding out what is secret is the caller's.

/// The texts never to show.
#[derive(Clone, Default)]
pub(crate) struct Redactor {
    /// Longest first, so that a secret that holds another one disappears whole.
    secrets: Vec<String>,
}

impl Redactor {
    /// One more text never to show. An empty one is not a secret.
    pub(crate) fn add(&mut self, secret: String) {
        if secret.is_empty() {
            return;
        }
        // As a quoted word of a command line shows it.
        let quoted = secret.replace('\'', r"'\''");
        if quoted != secret {
            self.secrets.push(quoted);
        }
        self.secrets.push(secret);
        self.secrets
            .sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    }

    /// The text with every secret replaced by `***`.
    pub(crate) fn redact(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_owned(), |text, secret| {
            text.replace(secret.as_str(), "***")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_inside_a_longer_one_leaves_no_rest() {
        let mut redactor = Redactor::default();
        redactor.add("abc".to_owned());
        redactor.add("abcdef".to_owned());
        assert_eq!(redactor.redact("x abcdef abc y"), "x *** *** y");
    }
}
