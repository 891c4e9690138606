//! From words to paths: which program a launch means, by `PATH` as engines and `execvp` search it.

use std::collections::BTreeMap;

use super::object::View;
use super::permissions::{Access, may};
use super::report::{Code, Finding};
use super::tree::{NodeKind, PathError};
use super::{DEFAULT_PATH, User};

/// One program to start, with all that decides how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Invocation {
    /// The first is the program.
    pub(super) arguments: Vec<String>,
    pub(super) user: User,
    pub(super) environment: BTreeMap<String, String>,
    pub(super) working_directory: String,
    /// What leads here, such as `ENTRYPOINT`.
    pub(super) chain: Vec<String>,
    /// It is the service, not its health check: what the launch says is opened, this program opens, or one that it
    /// starts.
    pub(super) is_service: bool,
}

/// The path of the invocation's program.
pub(super) fn look_up(view: &View<'_>, invocation: &Invocation) -> Result<String, Box<Finding>> {
    let Some(word) = invocation.arguments.first().filter(|word| !word.is_empty()) else {
        let explanation = "the program's name is empty".to_owned();
        return Err(Box::new(
            Finding::fails(Code::NothingToStart, "", explanation).through(&invocation.chain),
        ));
    };
    if word.contains('/') {
        return Ok(word.clone());
    }
    let path = invocation
        .environment
        .get("PATH")
        .map_or(DEFAULT_PATH, String::as_str);
    let mut denied = None;
    for directory in path.split(':') {
        let candidate = if directory.is_empty() {
            format!("./{word}")
        } else {
            format!("{directory}/{word}")
        };
        match view.resolve(&invocation.user, &invocation.working_directory, &candidate) {
            Ok(found) if !matches!(found.node.kind, NodeKind::File { .. }) => {}
            Ok(found) if may(&invocation.user, &found.node, Access::Execute) => {
                return Ok(candidate);
            }
            Ok(_) | Err(PathError::Denied(_)) => denied = denied.or(Some(candidate)),
            Err(_) => {}
        }
    }
    let chain: Vec<String> = invocation
        .chain
        .iter()
        .cloned()
        .chain([word.clone()])
        .collect();
    Err(Box::new(
        match denied {
            Some(candidate) => {
                let explanation = format!(
                    "permission denied: {candidate} is there and may not be executed by the user"
                );
                Finding::fails(Code::NotExecutable, &candidate, explanation)
                    .way_out("give it mode 0755")
            }
            None => {
                let explanation = format!("executable file not found in $PATH ({path})");
                Finding::fails(Code::ProgramMissing, word, explanation).way_out(format!(
                    "add {word} to the image, or name it by its whole path"
                ))
            }
        }
        .through(&chain),
    ))
}

/// The user that a wrapper such as `gosu` switches to: `NAME[:GROUP]` or numbers.
pub(super) fn user(view: &View<'_>, text: &str, now: &User) -> Result<User, String> {
    let (name, group) = text
        .split_once(':')
        .map_or((text, None), |(name, group)| (name, Some(group)));
    let passwd = view
        .resolve(now, "/", "/etc/passwd")
        .map(|found| view.content(&found.path))
        .unwrap_or_default();
    let groups = view
        .resolve(now, "/", "/etc/group")
        .map(|found| view.content(&found.path))
        .unwrap_or_default();
    let (passwd, groups) = (
        String::from_utf8_lossy(&passwd),
        String::from_utf8_lossy(&groups),
    );
    let row = passwd
        .lines()
        .map(fields)
        .find(|row| row.first() == Some(&name) || row.get(2) == Some(&name));
    let number = |at: usize| row.as_ref()?.get(at)?.parse::<u32>().ok();
    let uid = number(2).or_else(|| name.parse().ok());
    let uid = uid.ok_or_else(|| format!("/etc/passwd has no user {name}"))?;
    let known = |group: &str| {
        let row = groups
            .lines()
            .map(fields)
            .find(|row| row.first() == Some(&group));
        row.and_then(|row| row.get(2)?.parse().ok())
            .or_else(|| group.parse().ok())
    };
    let gid = match group {
        Some(group) => known(group).ok_or_else(|| format!("/etc/group has no group {group}"))?,
        None => number(3).unwrap_or_default(),
    };
    let account = row
        .as_ref()
        .and_then(|row| row.first().copied())
        .unwrap_or(name);
    let member = |row: &Vec<&str>| {
        row.get(3)
            .is_some_and(|members| members.split(',').any(|one| one == account))
    };
    let further = groups
        .lines()
        .map(fields)
        .filter(member)
        .filter_map(|row| row.get(2)?.parse().ok());
    Ok(User {
        uid,
        gid,
        groups: further.collect(),
    })
}

fn fields(line: &str) -> Vec<&str> {
    line.split(':').collect()
}
