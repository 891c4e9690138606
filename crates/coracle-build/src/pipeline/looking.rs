//! `coracle check`, `diff` and `why`: what it takes to look at images, and the targets one after the other.

use std::path::PathBuf;

use coracle_oci::{Reference, Store};

use super::{Error, client, started};
use crate::check::against::{self, Archives, Elsewhere, Placed, Places, Program};
use crate::check::{self, Asked, Target, Verdict, World};
use crate::diff::{self, Compared};
use crate::event::{Observer, Stage};
use crate::images::{Engine, Selected, Source};
use crate::keep::StoreKeep;
use crate::lock::LockFile;
use crate::publish;
use crate::settings::{Policy, Settings};
use crate::source::Outside;
use crate::why::{self, Answer, Ask};

/// Looks at targets: what was found of each, or why it cannot be looked at. One that cannot hides no other.
///
/// # Errors
/// When there is no local store or no client.
pub fn check(
    settings: &Settings,
    targets: &[Target],
    asked: &Asked,
    observer: Observer<'_>,
) -> Result<Vec<Result<Vec<Verdict>, Error>>, Error> {
    looking(settings, observer, |world| {
        let looked = targets.iter().map(|target| {
            let configured = asked.policy.is_none().then(|| configured(settings, target));
            let asked = Asked {
                policy: configured.flatten().or(asked.policy.as_ref()).cloned(),
                ..asked.clone()
            };
            let verdicts = check::check(target, &asked, world);
            verdicts.map_err(Error::from)
        });
        Ok(looked.collect())
    })
}

/// Looks at programs that are no images yet, each in every place: how it stands there, or why the file is no program. One
/// that is none hides no other.
///
/// # Errors
/// When there is no local store or no client.
pub fn check_against(
    settings: &Settings,
    programs: &[PathBuf],
    places: &[Places],
    asked: &Asked,
    observer: Observer<'_>,
) -> Result<Vec<Result<Placed, Error>>, Error> {
    // For archives; registries have one of their own.
    let client = client(observer)?;
    looking(settings, observer, |world| {
        let keep = StoreKeep::new(world.store);
        let outside = Outside::new(settings, &client, &keep, observer);
        let lock = LockFile::none();
        let archives = Archives::new(&outside, &lock);
        let elsewhere = Elsewhere {
            looking: world,
            settings,
            archives: &archives,
        };
        let placed = programs.iter().map(|path| {
            let program = Program::read(path).map_err(check::Error::from)?;
            Ok(against::against(program, places, asked, &elsewhere))
        });
        Ok(placed.collect())
    })
}

/// What changed from one target to the other.
///
/// # Errors
/// When one of them cannot be looked at.
pub fn diff(
    settings: &Settings,
    [old, new]: [&Target; 2],
    asked: &Asked,
    observer: Observer<'_>,
) -> Result<Compared, Error> {
    looking(settings, observer, |world| {
        Ok(diff::diff(old, new, asked, world)?)
    })
}

/// Why something is in a target.
///
/// # Errors
/// When it cannot be looked at, or has nothing of that name.
pub fn why(
    settings: &Settings,
    target: &Target,
    ask: &Ask,
    asked: &Asked,
    observer: Observer<'_>,
) -> Result<Vec<Answer>, Error> {
    looking(settings, observer, |world| {
        Ok(why::why(target, ask, asked, world)?)
    })
}

/// Calls with what it takes to look at images.
pub(super) fn looking<T>(
    settings: &Settings,
    observer: Observer<'_>,
    look: impl FnOnce(&World<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let store = Store::open(&settings.store)?;
    let registry = publish::registry(client(observer)?, &settings.destination, Vec::new())?;
    started(observer, Stage::Prove, None);
    let engine = Engine {
        socket: settings.engine.clone(),
        folder: store.root().join("partial"),
    };
    let world = World {
        registry: &registry,
        engine: &engine,
        store: &store,
        build: settings.build.as_deref(),
        observer,
    };
    look(&world)
}

/// The policy that the configuration has for an image of one of its services, by the image's name.
fn configured<'a>(settings: &'a Settings, target: &Target) -> Option<&'a Policy> {
    let name = match target {
        Target::Image(Source::Registry(reference)) => reference.to_string(),
        Target::Image(Source::DockerDaemon(name)) => name.clone(),
        Target::Image(
            Source::Layout {
                image: Selected::Named(name),
                ..
            }
            | Source::OciArchive {
                image: Selected::Named(name),
                ..
            }
            | Source::DockerArchive {
                image: Selected::Named(name),
                ..
            },
        ) => name.clone(),
        _ => return None,
    };
    let mut services = settings.services.iter();
    let service = services.find(|(service, _)| is_of(settings, service, &name));
    service.map(|(_, own)| &own.policy)
}

/// Whether a build would call an image of a service so, whatever its tag.
pub(super) fn is_of(settings: &Settings, service: &str, name: &str) -> bool {
    let service = service.to_lowercase();
    match &settings.repository {
        Some(repository) => {
            let image = name.parse::<Reference>();
            let image = image.map(|image| image.to_repository());
            image.is_ok_and(|image| repository.join(&service).is_ok_and(|own| own == image))
        }
        // Without a repository a build names images like this in what it writes.
        None => name.split_once(':').map_or(name, |(name, _)| name) == service,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::SystemTime;

    use super::*;
    use crate::settings::{Platform, ServiceSettings};

    fn size(repository: Option<&str>, target: &str) -> Option<u64> {
        let folder = PathBuf::from("/none");
        let platform = Platform::linux("amd64");
        let mut settings = Settings::new(folder.clone(), platform, folder, SystemTime::UNIX_EPOCH);
        settings.repository = repository.map(|name| name.parse().unwrap());
        let policy = Policy {
            max_size: Some(7),
            ..Policy::default()
        };
        let service = ServiceSettings {
            policy,
            ..ServiceSettings::default()
        };
        settings.services.insert("Api".to_owned(), service);
        configured(&settings, &target.parse().unwrap())?.max_size
    }

    #[test]
    fn an_image_of_a_configured_service_has_that_service_s_policy() {
        let own = Some("ghcr.io/acme");
        for target in ["ghcr.io/acme/api:v1", "oci:out:ghcr.io/acme/api:v1"] {
            assert_eq!(size(own, target), Some(7), "{target}");
            assert_eq!(size(None, target), None, "{target}");
        }
        for target in [
            "ghcr.io/other/api:v1",
            "ghcr.io/acme/apis:v1",
            "oci:out",
            "rootfs:/srv",
        ] {
            assert_eq!(size(own, target), None, "{target}");
        }
        assert_eq!(size(None, "oci:out:api:latest"), Some(7));
        assert_eq!(size(own, "oci:out:api:latest"), None);
    }
}
