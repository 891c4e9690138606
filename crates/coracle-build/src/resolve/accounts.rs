//! Users, groups and folders that packages describe instead of making them: sysusers.d(5) and tmpfiles.d(5).
//!
//! Done as `systemd-sysusers` and `systemd-tmpfiles --create` would at a first installation, as far as packages use
//! it: `u`, `g` and `m` lines, `d`, `D` and `L` lines. Any other line stops the build.

use std::collections::BTreeMap;

use coracle_distro::FileKind;
use coracle_oci::layer::{Content, Entry, EntryKind};

use super::closure::{Closure, Extent};
use super::{Origin, RootFile, Rootfs};

/// Why it cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A line says more than is understood.
    #[error("{path} of {package} has the line `{line}`, which coracle does not carry out")]
    Line {
        /// The package.
        package: String,
        /// Its file.
        path: String,
        /// The line.
        line: String,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        let Error::Line { package, .. } = self;
        Some(format!("leave {package} out of `packages`"))
    }
}

/// Where systemd begins to number users and groups that ask for no number, downwards.
const FIRST_FREE: u64 = 999;
/// The home of a user that asks for none.
const NO_HOME: &str = "/";
/// The shell of a user that asks for none.
const NO_SHELL: &str = "/usr/sbin/nologin";

/// Carries out the descriptions of the chosen packages, all accounts before all folders, each in the order of names.
pub(super) fn add(closure: &Closure, epoch: i64, rootfs: &mut Rootfs) -> Result<(), Error> {
    let mut accounts = Accounts::read(rootfs);
    for line in lines(closure, "usr/lib/sysusers.d/") {
        accounts.line(&line).ok_or_else(|| line.refused())?;
    }
    accounts.write(rootfs);
    for line in lines(closure, "usr/lib/tmpfiles.d/") {
        let file = folder(&line, &accounts, epoch).ok_or_else(|| line.refused())?;
        if let Some(file) = file {
            rootfs.files.entry(file.entry.path.clone()).or_insert(file);
        }
    }
    Ok(())
}

/// A line of a description, and where it stands.
struct Line<'a> {
    package: &'a str,
    path: &'a str,
    text: String,
}

impl Line<'_> {
    fn refused(&self) -> Error {
        Error::Line {
            package: self.package.to_owned(),
            path: self.path.to_owned(),
            line: self.text.clone(),
        }
    }

    fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        let mut word = String::new();
        let (mut quoted, mut begun) = (false, false);
        for letter in self.text.chars() {
            match letter {
                '"' => (quoted, begun) = (!quoted, true),
                letter if letter.is_whitespace() && !quoted => {
                    if begun {
                        words.push(std::mem::take(&mut word));
                    }
                    begun = false;
                }
                letter => {
                    word.push(letter);
                    begun = true;
                }
            }
        }
        if begun {
            words.push(word);
        }
        words
    }
}

fn lines<'a>(closure: &'a Closure, folder: &str) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    for (package, chosen) in &closure.packages {
        if chosen.extent != Extent::Whole {
            continue;
        }
        for file in &chosen.deb.files {
            let FileKind::File(bytes) = &file.kind else {
                continue;
            };
            if !(file.path.starts_with(folder) && file.path.ends_with(".conf")) {
                continue;
            }
            let text = String::from_utf8_lossy(bytes);
            let told = text.lines().map(str::trim);
            let told = told.filter(|line| !line.is_empty() && !line.starts_with('#'));
            lines.extend(told.map(|text| Line {
                package,
                path: &file.path,
                text: text.to_owned(),
            }));
        }
    }
    lines
}

/// `etc/passwd` and `etc/group`: a line an account, by name.
struct Accounts {
    users: BTreeMap<String, (u64, u64)>,
    groups: BTreeMap<String, u64>,
    passwd: String,
    group: String,
}

const PASSWD: &str = "etc/passwd";
const GROUP: &str = "etc/group";

impl Accounts {
    fn read(rootfs: &Rootfs) -> Accounts {
        let text = |path: &str| match rootfs.files.get(path).map(|file| &file.entry.kind) {
            Some(EntryKind::File(Content::Bytes(bytes))) => {
                String::from_utf8_lossy(bytes).into_owned()
            }
            _ => String::new(),
        };
        let (passwd, group) = (text(PASSWD), text(GROUP));
        let number = |fields: &[&str], at: usize| fields.get(at)?.parse::<u64>().ok();
        let mut accounts = Accounts {
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            passwd: passwd.clone(),
            group: group.clone(),
        };
        for line in passwd.lines() {
            let fields: Vec<&str> = line.split(':').collect();
            if let (Some(name), Some(user), Some(group)) =
                (fields.first(), number(&fields, 2), number(&fields, 3))
            {
                accounts.users.insert((*name).to_owned(), (user, group));
            }
        }
        for line in group.lines() {
            let fields: Vec<&str> = line.split(':').collect();
            if let (Some(name), Some(group)) = (fields.first(), number(&fields, 2)) {
                accounts.groups.insert((*name).to_owned(), group);
            }
        }
        accounts
    }

    fn write(&self, rootfs: &mut Rootfs) {
        for (path, text) in [(PASSWD, &self.passwd), (GROUP, &self.group)] {
            if let Some(file) = rootfs.files.get_mut(path) {
                file.entry.kind = EntryKind::File(Content::bytes(text.as_bytes()));
            }
        }
    }

    /// `None` for a line that is not understood.
    fn line(&mut self, line: &Line<'_>) -> Option<()> {
        let words = line.words();
        let word = |at: usize| {
            words
                .get(at)
                .map(String::as_str)
                .filter(|word| *word != "-")
        };
        let name = word(1).filter(|name| is_name(name))?;
        match word(0)? {
            // `u!` locks the password; none of our users has one.
            "u" | "u!" => self.user(name, word(2), word(3), word(4), word(5)),
            "g" => self.group(name, word(2)).map(|_| ()),
            "m" => self.member(name, word(2)?),
            _ => None,
        }
    }

    fn user(
        &mut self,
        name: &str,
        number: Option<&str>,
        comment: Option<&str>,
        home: Option<&str>,
        shell: Option<&str>,
    ) -> Option<()> {
        if self.users.contains_key(name) {
            return Some(());
        }
        let (user, group) = match number.and_then(|number| number.split_once(':')) {
            Some((user, group)) => {
                let known = self.groups.get(group).copied();
                (user.parse().ok()?, known.or_else(|| group.parse().ok())?)
            }
            None => {
                let group = self.group(name, number)?;
                (group, group)
            }
        };
        let (comment, home) = (comment.unwrap_or_default(), home.unwrap_or(NO_HOME));
        let shell = shell.unwrap_or(NO_SHELL);
        let fields = [comment, home, shell];
        if fields.iter().any(|field| field.contains([':', '%'])) {
            return None;
        }
        self.passwd.push_str(&format!(
            "{name}:x:{user}:{group}:{comment}:{home}:{shell}\n"
        ));
        self.users.insert(name.to_owned(), (user, group));
        Some(())
    }

    fn group(&mut self, name: &str, number: Option<&str>) -> Option<u64> {
        if let Some(known) = self.groups.get(name) {
            return Some(*known);
        }
        let number = match number {
            Some(number) => number.parse().ok()?,
            None => self.free()?,
        };
        self.group.push_str(&format!("{name}:x:{number}:\n"));
        self.groups.insert(name.to_owned(), number);
        Some(number)
    }

    /// A number that no user and no group has.
    fn free(&self) -> Option<u64> {
        let taken = |number: &u64| {
            self.groups.values().any(|group| group == number)
                || self.users.values().any(|(user, _)| user == number)
        };
        (1..=FIRST_FREE).rev().find(|number| !taken(number))
    }

    fn member(&mut self, user: &str, group: &str) -> Option<()> {
        self.group(group, None)?;
        let joined = |line: &str| match line.strip_prefix(group) {
            Some(rest) if rest.starts_with(':') && line.ends_with(':') => format!("{line}{user}\n"),
            Some(rest) if rest.starts_with(':') => format!("{line},{user}\n"),
            _ => format!("{line}\n"),
        };
        self.group = self.group.lines().map(joined).collect();
        Some(())
    }
}

fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    !name.is_empty() && name.bytes().all(allowed)
}

/// The folder or link of a line; `None` for a line that is not understood, and nothing to make for one that tells of
/// files that are there or not.
fn folder(line: &Line<'_>, accounts: &Accounts, epoch: i64) -> Option<Option<RootFile>> {
    let words = line.words();
    let word = |at: usize| {
        words
            .get(at)
            .map(String::as_str)
            .filter(|word| *word != "-")
    };
    let kind = word(0)?;
    let path = word(1)?.strip_prefix('/')?.trim_end_matches('/');
    // Specifiers are expanded by nobody here.
    if path.contains('%') || path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return None;
    }
    let path = path
        .strip_prefix("var/run/")
        .map_or(path.to_owned(), |below| format!("run/{below}"));
    let id = |at: usize, by_name: &dyn Fn(&str) -> Option<u64>| match word(at) {
        None => Some(0),
        Some(word) => word.parse().ok().or_else(|| by_name(word)),
    };
    let kind = match kind.trim_end_matches(['!', '-', '+', '=', '~', '^', '$']) {
        "d" | "D" => EntryKind::Directory,
        "L" => EntryKind::Symlink(word(6)?.to_owned()),
        "r" | "R" | "x" | "X" | "e" => return Some(None),
        _ => return None,
    };
    let mode = match (&kind, word(2)) {
        (EntryKind::Directory, Some(mode)) => {
            u32::from_str_radix(mode.trim_start_matches(['~', ':']), 8).ok()?
        }
        (EntryKind::Directory, None) => 0o755,
        _ => 0o777,
    };
    Some(Some(RootFile {
        entry: Entry {
            path,
            kind,
            mode: mode & 0o7777,
            uid: id(3, &|name| accounts.users.get(name).map(|(user, _)| *user))?,
            gid: id(4, &|name| accounts.groups.get(name).copied())?,
            mtime: epoch,
        },
        origin: Origin::Made,
        reason: format!("{} of {} asks for it", line.path, line.package),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Line<'static> {
        Line {
            package: "boat",
            path: "usr/lib/x.d/boat.conf",
            text: text.to_owned(),
        }
    }

    fn accounts() -> Accounts {
        Accounts {
            users: BTreeMap::from([("root".to_owned(), (0, 0))]),
            groups: BTreeMap::from([("root".to_owned(), 0), ("adm".to_owned(), 4)]),
            passwd: "root:x:0:0:root:/root:/sbin/nologin\n".to_owned(),
            group: "root:x:0:\nadm:x:4:\n".to_owned(),
        }
    }

    #[test]
    fn users_and_groups_are_numbered_downwards_where_they_ask_for_no_number() {
        let mut accounts = accounts();
        for text in [
            "u boat - \"The boat\" /var/lib/boat",
            "u! oar 77:adm",
            "g crew -",
            "m oar crew",
            "m boat crew",
            "u boat 5",
        ] {
            accounts.line(&line(text)).unwrap();
        }
        insta::assert_snapshot!(format!("{}{}", accounts.passwd, accounts.group), @r"
        root:x:0:0:root:/root:/sbin/nologin
        boat:x:999:999:The boat:/var/lib/boat:/usr/sbin/nologin
        oar:x:77:4::/:/usr/sbin/nologin
        root:x:0:
        adm:x:4:
        boat:x:999:
        crew:x:998:oar,boat
        ");
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for text in ["u", "r - 500-900", "u x%i -", "u x - a:b", "u x /path"] {
            assert!(accounts().line(&line(text)).is_none(), "{text}");
        }
        for text in [
            "d relative",
            "d /a/../b",
            "f /a 0644 root root - text",
            "d /a 0755 nobody-such",
            "d /a%i",
        ] {
            assert!(folder(&line(text), &accounts(), 0).is_none(), "{text}");
        }
    }

    #[test]
    fn folders_get_their_mode_and_owner_and_links_their_target() {
        let made = |text: &str| folder(&line(text), &accounts(), 7).unwrap().unwrap().entry;
        let entry = made("d /var/run/boat 2750 root adm -");
        assert_eq!(
            (entry.path.as_str(), entry.mode, entry.uid, entry.gid),
            ("run/boat", 0o2750, 0, 4)
        );
        let entry = made("L+ /etc/boat - - - - /usr/share/boat");
        assert_eq!(entry.kind, EntryKind::Symlink("/usr/share/boat".to_owned()));
        assert!(
            folder(&line("r! /tmp/x"), &accounts(), 0)
                .unwrap()
                .is_none()
        );
    }
}
