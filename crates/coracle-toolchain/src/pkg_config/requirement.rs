//! Requirements: `zlib`, `glib-2.0 >= 2.50`, and lists of them.

use super::version;

/// A module that is required, and in which version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Requirement {
    /// Its name.
    pub(super) module: String,
    /// How its version is to compare.
    pub(super) comparison: Comparison,
    /// With what.
    pub(super) version: Option<String>,
    /// It is there for linking only: its own flags for the compiler do not count.
    pub(super) internal: bool,
}

/// How a version is to compare with another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    /// Any version will do.
    Any,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `>=`
    GreaterOrEqual,
    /// `>`
    Greater,
}

impl Comparison {
    /// What a sign means. One that nobody knows rules nothing out.
    pub(super) fn read(sign: &str) -> Comparison {
        match sign {
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            "=" => Comparison::Equal,
            "!=" => Comparison::NotEqual,
            ">=" => Comparison::GreaterOrEqual,
            ">" => Comparison::Greater,
            _ => Comparison::Any,
        }
    }

    /// How it is written.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Comparison::Any => "(any)",
            Comparison::Less => "<",
            Comparison::LessOrEqual => "<=",
            Comparison::Equal => "=",
            Comparison::NotEqual => "!=",
            Comparison::GreaterOrEqual => ">=",
            Comparison::Greater => ">",
        }
    }

    /// Whether the first version compares so with the second.
    pub(super) fn holds(self, left: Option<&str>, right: Option<&str>) -> bool {
        let order = || version::compare(left, right);
        match self {
            Comparison::Any => true,
            Comparison::Less => order().is_lt(),
            Comparison::LessOrEqual => order().is_le(),
            Comparison::Equal => order().is_eq(),
            Comparison::NotEqual => order().is_ne(),
            Comparison::GreaterOrEqual => order().is_ge(),
            Comparison::Greater => order().is_gt(),
        }
    }

    fn is_lower_bound(self) -> bool {
        matches!(self, Comparison::Greater | Comparison::GreaterOrEqual)
    }
}

impl Requirement {
    /// As it is printed: `glib-2.0 >= 2.50`.
    pub(super) fn display(&self) -> String {
        match &self.version {
            Some(version) => format!("{} {} {version}", self.module, self.comparison.sign()),
            None => self.module.clone(),
        }
    }

    /// Whether a `Provides` of this module meets it. Both may be ranges; one without a version provides nothing.
    pub(super) fn met_by(&self, provided: &Requirement) -> bool {
        let (wanted, has) = (self.version.as_deref(), provided.version.as_deref());
        match (self.comparison, provided.comparison) {
            (_, Comparison::Any) => false,
            (Comparison::Any, _) => true,
            (Comparison::Equal, sign) => sign.holds(wanted, has),
            (Comparison::NotEqual, sign) => !sign.holds(wanted, has),
            (sign, Comparison::Equal) => sign.holds(has, wanted),
            (sign, Comparison::NotEqual) => !sign.holds(has, wanted),
            (sign, other) if sign.is_lower_bound() == other.is_lower_bound() => {
                other.holds(wanted, has)
            }
            (sign, other) => sign.holds(has, wanted) && other.holds(wanted, has),
        }
    }
}

/// Reads a list of requirements into another; commas and white space separate.
///
/// The sign stands apart from the name (`zlib>=1` is a name), and whatever follows the sign is skipped up to the
/// version, the first character always: these are pkgconf's ways.
pub(super) fn read(text: &str, internal: bool, list: &mut Vec<Requirement>) {
    let mut rest = text.trim_start_matches(separates);
    while !rest.is_empty() {
        let (name, after) = rest.split_at(rest.find(separates).unwrap_or(rest.len()));
        let (mut comparison, mut version) = (Comparison::Any, None);
        rest = after;
        if after.trim_start_matches(space).starts_with(operates) {
            let signs = after.trim_start_matches(space);
            let end = signs.find(|letter| !operates(letter));
            let (sign, after) = signs.split_at(end.unwrap_or(signs.len()));
            let mut letters = after.chars();
            letters.next();
            let bare = letters.as_str().trim_start_matches(space);
            let Some(first) = bare.chars().next() else {
                // A sign without a version takes its module with it.
                return;
            };
            let end = bare
                .get(first.len_utf8()..)
                .and_then(|bare| bare.find(separates));
            let (text, after) = bare.split_at(end.map_or(bare.len(), |end| end + first.len_utf8()));
            comparison = Comparison::read(sign);
            version = Some(text.to_owned());
            rest = after;
        }
        add(
            Requirement {
                module: name.to_owned(),
                comparison,
                version,
                internal,
            },
            list,
        );
        rest = rest.trim_start_matches(separates);
    }
}

/// Adds one. Where a module is required both internally and not, only the latter stays.
fn add(requirement: Requirement, list: &mut Vec<Requirement>) {
    let other = |other: &Requirement| {
        other.module == requirement.module && other.internal != requirement.internal
    };
    if let Some(position) = list.iter().position(other) {
        if requirement.internal {
            return;
        }
        list.remove(position);
    }
    list.push(requirement);
}

/// Whether it may stand in a sign.
pub(super) fn operates(letter: char) -> bool {
    matches!(letter, '<' | '>' | '!' | '=')
}

/// White space as C has it.
pub(super) fn space(letter: char) -> bool {
    matches!(letter, ' ' | '\t'..='\r')
}

fn separates(letter: char) -> bool {
    letter == ',' || space(letter)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let mut list = Vec::new();
        read(text, false, &mut list);
        let shown: Vec<String> = list.iter().map(Requirement::display).collect();
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn lists_are_read_as_pkgconf_reads_them() {
        check("zlib", &["zlib"]);
        check(
            " , zlib,glib-2.0 >= 2.50 ,x",
            &["zlib", "glib-2.0 >= 2.50", "x"],
        );
        check("a > 1, a < 3 b", &["a > 1", "a < 3", "b"]);
        check("a\t=\n1.0", &["a = 1.0"]);
        check("a>=1", &["a>=1"]);
        check("a >=1.2", &["a >= .2"]);
        check("a == 1", &["a (any) 1"]);
        check("a >=", &[]);
        check(",", &[]);
    }

    #[test]
    fn an_internal_requirement_gives_way_to_one_that_is_not() {
        let mut list = Vec::new();
        read("a b", true, &mut list);
        read("a", false, &mut list);
        read("a", true, &mut list);
        let shown: Vec<_> = list
            .iter()
            .map(|entry| (entry.module.as_str(), entry.internal))
            .collect();
        assert_eq!(shown, [("b", true), ("a", false)]);
    }

    #[test]
    fn a_range_that_is_provided_meets_a_range_that_is_wanted() {
        let met = |wanted: &str, provided: &str| {
            let mut list = Vec::new();
            read(wanted, false, &mut list);
            read(provided, false, &mut list);
            list[0].met_by(&list[1])
        };
        assert!(met("a", "a = 1") && !met("a", "a"));
        assert!(met("a >= 1", "a = 1.5") && !met("a >= 2", "a = 1.5"));
        assert!(met("a < 2", "a != 2") && !met("a = 2", "a != 2"));
        assert!(met("a >= 2", "a >= 1") && !met("a >= 1", "a >= 2"));
        assert!(met("a != 2", "a = 1") && !met("a != 2", "a = 2"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,60}", lists in "[a, <=>!1.\t]{0,40}") {
            read(&text, false, &mut Vec::new());
            read(&lists, true, &mut Vec::new());
        }
    }
}
