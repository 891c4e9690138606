//! How a runtime would start an image, from its configuration and from what is asked of it besides.

use coracle_binary::CpuLevel;
use coracle_binary::elf::Machine;
use coracle_binary::start::{Code, Dlopen, FileTree, Finding, Launch, User, Verdict};
use coracle_oci::ImageConfig;

use super::{Error, Question, user};
use crate::settings::DLOPEN;

/// The launch of the image, on CPUs of the level that its platform states; and what stands against it before anything is
/// started.
pub(crate) fn of(
    question: &Question<'_>,
    config: &ImageConfig,
    tree: &dyn FileTree,
) -> Result<(Launch, Option<Finding>), Error> {
    let service = || question.service.to_owned();
    let container = config.config.clone().unwrap_or_default();
    let variable = |text: &String| {
        text.split_once('=')
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let machine = Machine::from_architecture(&config.architecture).filter(|_| config.os == "linux");
    let machine = machine.ok_or_else(|| Error::Platform {
        service: service(),
        platform: config.platform(),
    })?;
    let (user, unknown) = match user::look_up(&container.user, tree) {
        Ok(user) => (user, None),
        Err(why) => {
            let nobody = User {
                uid: u32::MAX,
                gid: u32::MAX,
                groups: Vec::new(),
            };
            (nobody, Some(unknown_user(&container.user, why)))
        }
    };
    // The variant that the image states is the level that it is held to.
    let stated = CpuLevel::of_variant(machine, config.variant.as_deref());
    let mut launch = Launch {
        level: stated.unwrap_or_else(|| CpuLevel::baseline(machine)),
        entrypoint: container.entrypoint,
        command: container.cmd,
        environment: container.env.iter().filter_map(variable).collect(),
        user,
        healthcheck: container.healthcheck.map(|healthcheck| healthcheck.test),
        shell: Some(container.shell).filter(|shell| !shell.is_empty()),
        dlopen: question.dlopen.iter().map(|name| opened(name)).collect(),
        provided: question.provided.clone(),
        ..Launch::of(Vec::new(), machine)
    };
    if !container.working_dir.is_empty() {
        launch.working_directory = container.working_dir;
    }
    Ok((launch, unknown))
}

/// A runtime stops before it starts anything.
fn unknown_user(written: &str, why: String) -> Finding {
    Finding {
        code: Code::UnknownUser,
        verdict: Verdict::DoesNotStart,
        subject: written.to_owned(),
        chain: vec!["USER".to_owned(), written.to_owned()],
        explanation: why,
        ways_out: vec![
            "write the user by number, as in `USER 65532:65532`".to_owned(),
            "add the user to the image: useradd, adduser".to_owned(),
        ],
        missing_version: None,
        provider: None,
    }
}

fn opened(name: &str) -> Dlopen {
    Dlopen {
        name: name.to_owned(),
        origin: DLOPEN.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use coracle_binary::start::Node;

    use super::*;

    struct Empty;

    impl FileTree for Empty {
        fn node(&self, _: &str) -> Option<Node> {
            None
        }

        fn content(&self, _: &str) -> Option<Cow<'_, [u8]>> {
            None
        }
    }

    fn refused(platform: &str, user: &str) -> String {
        let config = format!(
            "{{{platform},\"rootfs\":{{\"type\":\"layers\",\"diff_ids\":[]}},\"config\":{{\"User\":\"{user}\"}}}}"
        );
        let config = ImageConfig::from_bytes(config.as_bytes()).unwrap();
        match of(&Question::new("api", None), &config, &Empty) {
            Ok((_, Some(finding))) => format!("{}: {}", finding.code, finding.explanation),
            Ok((launch, None)) => format!(
                "{} as {}:{}",
                launch.machine, launch.user.uid, launch.user.gid
            ),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn images_of_others_are_held_to_their_own_platform_and_user_or_refused() {
        let linux =
            |architecture: &str| format!("\"os\":\"linux\",\"architecture\":\"{architecture}\"");
        assert_eq!(refused(&linux("amd64"), "65532:7"), "x86-64 as 65532:7");
        assert_eq!(refused(&linux("arm64"), ""), "aarch64 as 0:0");
        assert_eq!(refused(&linux("riscv64"), "0"), "riscv64 as 0:0");
        assert_eq!(
            refused(&linux("amd64"), "nobody"),
            "unknown-user: nobody is not in /etc/passwd of the image"
        );
        assert_eq!(
            refused(&linux("mips"), "0"),
            "api is for linux/mips, and nobody here knows how programs start there"
        );
        let windows = "\"os\":\"windows\",\"architecture\":\"amd64\"";
        assert!(refused(windows, "0").contains("is for windows/amd64"));
    }
}
