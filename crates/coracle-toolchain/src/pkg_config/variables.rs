//! Variables of a module, variables of all modules, and what `${…}` stands for.

/// The longest text that an expansion makes; pkgconf's own bound.
const LONGEST: usize = 65_535;
/// How many `${…}` one expansion looks up, those in what they stand for included: circles end.
const LOOKUPS: u32 = 4096;
/// How deep they may lie in each other.
const DEPTH: u32 = 16;

/// Names and values, in the order in which they were defined.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables(Vec<(String, String)>);

impl Variables {
    /// The value under a name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Names, newest first: the order in which pkgconf lists them.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().rev().map(|(name, _)| name.as_str())
    }

    /// Defines a variable as it is written, but for quotes around it.
    pub(super) fn define(&mut self, name: &str, value: &str) {
        self.forget(name);
        self.0.push((name.to_owned(), without_quotes(value)));
    }

    fn forget(&mut self, name: &str) {
        self.0.retain(|(key, _)| key != name);
    }
}

/// What holds for every module: variables that win over a module's own, and the sysroot.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    /// Variables that win over a module's own.
    pub(super) global: Variables,
    /// The sysroot, as given.
    pub(super) sysroot: Option<String>,
    /// Whether only flags get the sysroot, not variables.
    pub(super) only_flags_move: bool,
    /// Whether paths keep their doubled slashes.
    pub(super) keep_slashes: bool,
}

impl Scope {
    /// A variable, the global one first.
    pub(super) fn look_up<'scope>(
        &'scope self,
        own: &'scope Variables,
        name: &str,
    ) -> Option<&'scope str> {
        self.global.get(name).or_else(|| own.get(name))
    }

    /// Defines a variable of a module; what it refers to is put in now.
    pub(super) fn define(&self, own: &mut Variables, name: &str, value: &str) {
        own.forget(name);
        let value = self.expand(own, &without_quotes(value));
        own.0.push((name.to_owned(), value));
    }

    /// A text with each `${…}` replaced by what it stands for, and below the sysroot where it is an absolute path.
    pub(super) fn expand(&self, own: &Variables, text: &str) -> String {
        let mut lookups = LOOKUPS;
        self.expand_within(own, text, &mut lookups, DEPTH)
    }

    /// A path of a flag, below the sysroot unless it is there already.
    pub(super) fn moved(&self, path: &str) -> String {
        if !path.starts_with('/') {
            return path.to_owned();
        }
        let moved = match self.sysroot.as_deref() {
            Some(sysroot) if !path.starts_with(sysroot) => format!("{sysroot}{path}"),
            _ => path.to_owned(),
        };
        if self.keep_slashes || !moved.starts_with('/') {
            moved
        } else {
            single_slashes(&moved)
        }
    }

    fn expand_within(&self, own: &Variables, text: &str, lookups: &mut u32, depth: u32) -> String {
        let mut expanded = String::new();
        if let Some(sysroot) = self.sysroot.as_deref()
            && !self.only_flags_move
            && text.starts_with('/')
            && !text.starts_with(sysroot)
        {
            expanded.push_str(sysroot);
        }
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            expanded.push_str(before);
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            rest = after;
            if let Some(value) = self.global.get(name) {
                expanded.push_str(value);
            } else if let Some(value) = own.get(name)
                && depth > 0
                && *lookups > 0
            {
                *lookups -= 1;
                expanded.push_str(&self.expand_within(own, value, lookups, depth - 1));
            }
            if expanded.len() > LONGEST {
                break;
            }
        }
        expanded.push_str(rest);
        if expanded.len() > LONGEST {
            expanded.truncate(expanded.floor_char_boundary(LONGEST));
        }
        self.once(expanded)
    }

    /// Files that put `${pc_sysrootdir}` before a path of their own would have the sysroot twice.
    fn once(&self, text: String) -> String {
        match self.sysroot.as_deref() {
            Some(sysroot)
                if text.starts_with('/') && sysroot != "/" && text.len() > sysroot.len() =>
            {
                match text.get(sysroot.len()..) {
                    Some(rest) if rest.contains(sysroot) => single_slashes(rest),
                    _ => text,
                }
            }
            _ => text,
        }
    }
}

/// A path without doubled slashes.
pub(super) fn single_slashes(path: &str) -> String {
    let mut before = None;
    let keep = |letter: &char| {
        let doubled = *letter == '/' && before == Some('/');
        before = Some(*letter);
        !doubled
    };
    path.chars().filter(keep).collect()
}

/// A text that begins with a quote loses all quotes of that kind but the escaped ones.
fn without_quotes(text: &str) -> String {
    let Some(quote) = text
        .chars()
        .next()
        .filter(|first| matches!(first, '\'' | '"'))
    else {
        return text.to_owned();
    };
    let mut bare = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '\\' && letters.next_if_eq(&quote).is_some() {
            bare.push(quote);
        } else if letter != quote {
            bare.push(letter);
        }
    }
    bare
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn expanded(sysroot: Option<&str>, definitions: &[(&str, &str)], text: &str) -> String {
        let scope = Scope {
            sysroot: sysroot.map(str::to_owned),
            ..Scope::default()
        };
        let mut own = Variables::default();
        for (name, value) in definitions {
            scope.define(&mut own, name, value);
        }
        scope.expand(&own, text)
    }

    #[test]
    fn a_variable_stands_for_what_it_was_when_it_was_used() {
        let definitions = [("a", "1"), ("b", "${a}/2"), ("a", "${a}3")];
        assert_eq!(
            expanded(None, &definitions, "${b} ${a} ${none} $x $${a}"),
            "1/2 3  $x $3"
        );
    }

    #[test]
    fn a_value_loses_the_quotes_around_it() {
        let definitions = [("a", "\"x 'y' \\\"z\\\"\""), ("b", "x\"y\"")];
        assert_eq!(
            expanded(None, &definitions, "${a} ${b}"),
            "x 'y' \"z\" x\"y\""
        );
    }

    #[test]
    fn an_absolute_path_is_below_the_sysroot_once() {
        let definitions = [("prefix", "/usr"), ("libdir", "${prefix}/lib")];
        assert_eq!(
            expanded(Some("/s"), &definitions, "${libdir}"),
            "/s/usr/lib"
        );
        assert_eq!(expanded(Some("/s"), &definitions, "/s/x"), "/s/x");
        assert_eq!(
            expanded(Some("/s"), &[("prefix", "/usr")], "/s${prefix}//x"),
            "/s/usr/x"
        );
        assert_eq!(expanded(Some("/"), &definitions, "${libdir}"), "/usr/lib");
    }

    #[test]
    fn circles_of_variables_end() {
        let circle = [
            ("a", "$"),
            ("b", "${a}{b}${a}{c}x"),
            ("c", "${a}{b}${a}{c}"),
        ];
        assert!(expanded(None, &circle, "${b}").starts_with('x'));
        let doubling = [
            "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q",
        ];
        let mut definitions = vec![("a", "0123456789".to_owned())];
        for pair in doubling.windows(2) {
            definitions.push((pair[1], format!("${{{0}}}${{{0}}}${{{0}}}", pair[0])));
        }
        let definitions: Vec<_> = definitions
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        assert_eq!(expanded(None, &definitions, "${q}").len(), LONGEST);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(
            values in prop::collection::vec("[$/{}ab\"' \\\\é]{0,12}", 4), text in ".{0,40}", root in "[/é]{0,3}"
        ) {
            let definitions: Vec<_> = ["a", "b", "ab", "a"].into_iter().zip(values.iter().map(String::as_str)).collect();
            let _ = expanded(Some(&root), &definitions, &text);
            let _ = expanded(None, &definitions, "${a}${b}${ab}");
        }
    }
}
