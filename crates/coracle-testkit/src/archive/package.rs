//! Packages for the little archive: a specification in, a .deb out.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use coracle_distro::Architecture;

/// What a package is to be.
#[derive(Debug, Clone)]
pub struct TestPackage {
    pub(super) name: String,
    version: String,
    architecture: Option<String>,
    section: String,
    fields: Vec<(String, String)>,
    files: Vec<(String, Content)>,
    control: Vec<(String, String)>,
}

#[derive(Debug, Clone)]
enum Content {
    Directory,
    File(Vec<u8>),
    Program(Vec<u8>),
    Symlink(String),
    HardLink(String),
}

impl TestPackage {
    /// A package of the archive's architecture, in the section `libs`, without files.
    pub fn new(name: &str, version: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            architecture: None,
            section: "libs".to_owned(),
            fields: Vec::new(),
            files: Vec::new(),
            control: Vec::new(),
        }
    }

    /// `all`, or any other word.
    pub fn architecture(mut self, architecture: &str) -> Self {
        self.architecture = Some(architecture.to_owned());
        self
    }

    /// `libs` when not said.
    pub fn section(mut self, section: &str) -> Self {
        section.clone_into(&mut self.section);
        self
    }

    /// Any further field of the stanza: `Depends`, `Provides`, `Source`.
    pub fn field(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// `Depends:`
    pub fn depends(self, value: &str) -> Self {
        self.field("Depends", value)
    }

    /// A file; folders above it are shipped, too.
    pub fn file(self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.with(path, Content::File(bytes.into()))
    }

    /// A file to execute.
    pub fn program(self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.with(path, Content::Program(bytes.into()))
    }

    /// A second name of a file that comes before it.
    pub fn hard_link(self, path: &str, target: &str) -> Self {
        self.with(path, Content::HardLink(format!("./{target}")))
    }

    /// A symbolic link.
    pub fn symlink(self, path: &str, target: &str) -> Self {
        self.with(path, Content::Symlink(target.to_owned()))
    }

    /// A directory.
    pub fn directory(self, path: &str) -> Self {
        self.with(path, Content::Directory)
    }

    /// A maintainer script, or any other member of control.tar.
    pub fn script(mut self, name: &str, text: &str) -> Self {
        self.control.push((name.to_owned(), text.to_owned()));
        self
    }

    fn with(mut self, path: &str, content: Content) -> Self {
        let above: Vec<String> = path
            .match_indices('/')
            .map(|(end, _)| path.chars().take(end).collect())
            .collect();
        for folder in above {
            if !self.files.iter().any(|(known, _)| *known == folder) {
                self.files.push((folder, Content::Directory));
            }
        }
        self.files.push((path.to_owned(), content));
        self
    }

    /// Where it lies under the archive's root.
    pub fn path(&self, architecture: Architecture) -> String {
        let version = self
            .version
            .split_once(':')
            .map_or(self.version.as_str(), |(_, version)| version);
        format!(
            "pool/main/{}_{version}_{}.deb",
            self.name,
            self.architecture_word(architecture)
        )
    }

    /// Whether it is for all architectures, whose files Debian lists apart.
    pub(super) fn is_for_all(&self) -> bool {
        self.architecture.as_deref() == Some("all")
    }

    /// Whether an archive of several architectures lists it for this one.
    pub(super) fn is_for(&self, architecture: Architecture) -> bool {
        let word = self.architecture.as_deref();
        word.is_none_or(|word| word == "all" || word == architecture.as_str())
    }

    fn architecture_word(&self, architecture: Architecture) -> &str {
        self.architecture
            .as_deref()
            .unwrap_or(architecture.as_str())
    }

    /// The stanza without what only an index adds.
    pub(super) fn stanza(&self, architecture: Architecture) -> String {
        let Self {
            name,
            version,
            section,
            ..
        } = self;
        let architecture = self.architecture_word(architecture);
        let mut text = format!(
            "Package: {name}\nVersion: {version}\nArchitecture: {architecture}\nSection: {section}\n"
        );
        for (field, value) in &self.fields {
            let _ = writeln!(text, "{field}: {value}");
        }
        text.push_str("Description: made for a test\n of one line more\n");
        text
    }

    /// `PATH  SECTION/PACKAGE` lines of Contents.
    pub(super) fn contents(&self) -> Vec<String> {
        let files = self
            .files
            .iter()
            .filter(|(_, content)| !matches!(content, Content::Directory));
        files
            .map(|(path, _)| format!("{path:<60} {}/{}", self.section, self.name))
            .collect()
    }

    /// The whole .deb.
    pub fn deb(&self, architecture: Architecture) -> Result<Vec<u8>> {
        let mut control = tar::Builder::new(Vec::new());
        append(
            &mut control,
            "control",
            &Content::File(self.stanza(architecture).into_bytes()),
            0o644,
        )?;
        for (name, text) in &self.control {
            append(
                &mut control,
                name,
                &Content::File(text.clone().into_bytes()),
                0o755,
            )?;
        }
        let mut data = tar::Builder::new(Vec::new());
        for (path, content) in &self.files {
            let mode = if matches!(content, Content::File(_)) {
                0o644
            } else {
                0o755
            };
            append(&mut data, path, content, mode)?;
        }
        let mut deb = b"!<arch>\n".to_vec();
        member(&mut deb, "debian-binary", b"2.0\n");
        member(
            &mut deb,
            "control.tar.xz",
            &super::publish::xz(&control.into_inner()?)?,
        );
        member(
            &mut deb,
            "data.tar.xz",
            &super::publish::xz(&data.into_inner()?)?,
        );
        Ok(deb)
    }
}

fn append(
    builder: &mut tar::Builder<Vec<u8>>,
    path: &str,
    content: &Content,
    mode: u32,
) -> Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(1_700_000_000);
    header.set_size(0);
    let path = format!("./{path}");
    let appended = match content {
        Content::Directory => {
            header.set_entry_type(tar::EntryType::Directory);
            builder.append_data(&mut header, format!("{path}/"), &b""[..])
        }
        Content::File(bytes) | Content::Program(bytes) => {
            header.set_size(bytes.len() as u64);
            builder.append_data(&mut header, path, bytes.as_slice())
        }
        Content::Symlink(target) => {
            header.set_entry_type(tar::EntryType::Symlink);
            builder.append_link(&mut header, path, target)
        }
        Content::HardLink(target) => {
            header.set_entry_type(tar::EntryType::Link);
            builder.append_link(&mut header, path, target)
        }
    };
    appended.context("writing a member of a package")
}

fn member(deb: &mut Vec<u8>, name: &str, bytes: &[u8]) {
    let header = format!(
        "{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n",
        0,
        0,
        0,
        100_644,
        bytes.len()
    );
    deb.extend(header.as_bytes());
    deb.extend(bytes);
    deb.extend(vec![b'\n'; bytes.len() % 2]);
}
