//! Whom an image runs as: its `User`, looked up in its own /etc/passwd and /etc/group as runc and the engines do
//! (moby/sys, `user.GetExecUser`).

use coracle_binary::start::{FileTree, User};

/// The user, or why there is none.
pub(super) fn look_up(written: &str, tree: &dyn FileTree) -> Result<User, String> {
    let text = |path: &str| {
        let bytes = tree.content(path).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let (passwd, group) = (text("/etc/passwd"), text("/etc/group"));
    let (name, group_name) = match written.split_once(':') {
        Some((name, group)) => (name, Some(group).filter(|group| !group.is_empty())),
        None => (written, None),
    };
    let name = if name.is_empty() { "0" } else { name };
    let number = name.parse::<u32>().ok();
    let known = passwd.lines().map(fields).find(|fields| {
        let uid = fields.get(2).and_then(|uid| uid.parse::<u32>().ok());
        fields.first() == Some(&name) || uid.is_some() && uid == number
    });
    let mut user = User {
        uid: 0,
        gid: 0,
        groups: Vec::new(),
    };
    let field = |at: usize| {
        let text = known.as_ref()?.get(at)?;
        text.parse::<u32>().ok()
    };
    match (known.is_some(), number) {
        (true, _) => {
            user.uid = field(2).unwrap_or_default();
            user.gid = field(3).unwrap_or_default();
        }
        (false, Some(number)) => user.uid = number,
        (false, None) => return Err(format!("{name} is not in /etc/passwd of the image")),
    }
    match group_name {
        Some(wanted) => {
            let number = wanted.parse::<u32>().ok();
            let found = group.lines().map(fields).find_map(|fields| {
                let gid = fields.get(2)?.parse::<u32>().ok()?;
                let is_it = match number {
                    Some(number) => gid == number,
                    None => fields.first() == Some(&wanted),
                };
                is_it.then_some(gid)
            });
            user.gid = found
                .or(number)
                .ok_or_else(|| format!("the group {wanted} is not in /etc/group of the image"))?;
        }
        None => {
            let own = known.as_ref().and_then(|fields| fields.first().copied());
            let groups = group.lines().map(fields).filter_map(|fields| {
                let mut members = fields.get(3)?.split(',');
                let is_member = members.any(|member| Some(member) == own);
                fields.get(2)?.parse().ok().filter(|_| is_member)
            });
            user.groups = groups.collect();
        }
    }
    Ok(user)
}

fn fields(line: &str) -> Vec<&str> {
    line.trim().split(':').collect()
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use coracle_binary::start::Node;

    use super::*;

    struct Etc;

    impl FileTree for Etc {
        fn node(&self, _: &str) -> Option<Node> {
            None
        }

        fn content(&self, path: &str) -> Option<Cow<'_, [u8]>> {
            let text: &[u8] = match path {
                "/etc/passwd" => {
                    b"root:x:0:0:root:/root:/bin/sh\nworker:x:1000:50:,,,:/home:/bin/sh\n"
                }
                "/etc/group" => {
                    b"root:x:0:\nstaff:x:50:\nvideo:x:44:other,worker\naudio:x:29:worker\n"
                }
                _ => return None,
            };
            Some(Cow::Borrowed(text))
        }
    }

    fn check(written: &str, expected: &str) {
        let told = match look_up(written, &Etc) {
            Ok(User { uid, gid, groups }) => format!("{uid}:{gid} {groups:?}"),
            Err(error) => error,
        };
        assert_eq!(told, expected, "{written:?}");
    }

    #[test]
    fn a_user_is_who_the_image_s_own_files_say() {
        check("", "0:0 []");
        check("worker", "1000:50 [44, 29]");
        check("1000", "1000:50 [44, 29]");
        check("worker:video", "1000:44 []");
        check("1000:7", "1000:7 []");
        check("65532:65532", "65532:65532 []");
        check("65532", "65532:0 []");
        check("nobody", "nobody is not in /etc/passwd of the image");
        check(
            "0:wheel",
            "the group wheel is not in /etc/group of the image",
        );
    }
}
