//! How a runtime would start an image, from its configuration and from what is asked of it besides.

use coracle_binary::CpuLevel;
use coracle_binary::elf::Machine;
use coracle_binary::start::{Dlopen, Launch, User};
use coracle_oci::ImageConfig;

use super::{Error, Question};
use crate::settings::DLOPEN;

/// The launch of the image, on CPUs of the level that its platform states.
pub(super) fn of(question: &Question<'_>, config: &ImageConfig) -> Result<Launch, Error> {
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
    let user = user(&container.user).ok_or_else(|| Error::User {
        service: service(),
        user: container.user.clone(),
    })?;
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
    Ok(launch)
}

fn opened(name: &str) -> Dlopen {
    Dlopen {
        name: name.to_owned(),
        origin: DLOPEN.to_owned(),
    }
}

/// Our images name their user by numbers (see `plan::user`); those of others may name none, which is root.
fn user(written: &str) -> Option<User> {
    let written = if written.is_empty() { "0" } else { written };
    let (user, group) = written.split_once(':').unwrap_or((written, written));
    Some(User {
        uid: user.parse().ok()?,
        gid: group.parse().ok()?,
        groups: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(platform: &str, user: &str) -> String {
        let config = format!(
            "{{{platform},\"rootfs\":{{\"type\":\"layers\",\"diff_ids\":[]}},\"config\":{{\"User\":\"{user}\"}}}}"
        );
        let config = ImageConfig::from_bytes(config.as_bytes()).unwrap();
        match of(&Question::new("api", None), &config) {
            Ok(launch) => format!(
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
            "api runs as `nobody`, which is no number: whether that user may read its files is not known"
        );
        assert_eq!(
            refused(&linux("mips"), "0"),
            "api is for linux/mips, and nobody here knows how programs start there"
        );
        let windows = "\"os\":\"windows\",\"architecture\":\"amd64\"";
        assert!(refused(windows, "0").contains("is for windows/amd64"));
    }
}
