//! The end points of the distribution specification (1.1, § Endpoints), each with the answers that it prescribes.

mod blobs;
mod manifests;

use coracle_oci::Digest;
use coracle_oci::reference::Reference;

use super::Shared;
use super::server::{Answer, Request};

/// A place that requests are for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route {
    Root,
    Blob {
        repository: String,
        digest: String,
    },
    Begin {
        repository: String,
    },
    Upload {
        repository: String,
        id: String,
    },
    Manifest {
        repository: String,
        reference: String,
    },
    Tags {
        repository: String,
    },
    Referrers {
        repository: String,
        digest: String,
    },
}

impl Route {
    /// `None` where the specification has nothing.
    pub(super) fn of(request: &Request<'_>) -> Option<Route> {
        let path = request.path().strip_prefix("/v2")?;
        let Some(path) = path.strip_prefix('/').filter(|path| !path.is_empty()) else {
            return Some(Route::Root);
        };
        let (rest, last) = path.rsplit_once('/')?;
        let (last, rest) = (last.to_owned(), rest.to_owned());
        let before = |suffix: &str| rest.strip_suffix(suffix).map(str::to_owned);
        if let Some(repository) = before("/blobs/uploads") {
            return Some(match last.is_empty() {
                true => Route::Begin { repository },
                false => Route::Upload {
                    repository,
                    id: last,
                },
            });
        }
        if let (Some(repository), "uploads") = (before("/blobs"), last.as_str()) {
            return Some(Route::Begin { repository });
        }
        if let Some(repository) = before("/blobs") {
            return Some(Route::Blob {
                repository,
                digest: last,
            });
        }
        if let Some(repository) = before("/manifests") {
            return Some(Route::Manifest {
                repository,
                reference: last,
            });
        }
        if let Some(repository) = before("/referrers") {
            return Some(Route::Referrers {
                repository,
                digest: last,
            });
        }
        before("/tags")
            .filter(|_| last == "list")
            .map(|repository| Route::Tags { repository })
    }

    fn repository(&self) -> Option<&str> {
        match self {
            Route::Root => None,
            Route::Blob { repository, .. }
            | Route::Begin { repository }
            | Route::Upload { repository, .. }
            | Route::Manifest { repository, .. }
            | Route::Tags { repository }
            | Route::Referrers { repository, .. } => Some(repository),
        }
    }

    /// What has to be allowed: a repository and `pull` or `push`. A mount reads another repository.
    pub(super) fn needs(&self, request: &Request<'_>) -> Vec<(String, &'static str)> {
        let Some(repository) = self.repository() else {
            return Vec::new();
        };
        let action = if matches!(request.method.as_str(), "GET" | "HEAD") {
            "pull"
        } else {
            "push"
        };
        let mut needs = vec![(repository.to_owned(), action)];
        needs.extend(request.query("from").map(|from| (from, "pull")));
        needs
    }
}

pub(super) fn answer(shared: &Shared, route: &Route, request: &mut Request<'_>) -> Answer {
    if let Some(repository) = route.repository()
        && format!("localhost/{repository}")
            .parse::<Reference>()
            .is_err()
    {
        return Answer::error(400, "NAME_INVALID", "invalid repository name");
    }
    let method = request.method.clone();
    match (route, method.as_str()) {
        (Route::Root, "GET" | "HEAD") => Answer::new(200).body("application/json", b"{}".to_vec()),
        (Route::Blob { repository, digest }, _) => blobs::blob(shared, repository, digest, request),
        (Route::Begin { repository }, "POST") => blobs::begin(shared, repository, request),
        (Route::Upload { repository, id }, _) => blobs::upload(shared, repository, id, request),
        (
            Route::Manifest {
                repository,
                reference,
            },
            "PUT",
        ) => manifests::put(shared, repository, reference, request),
        (
            Route::Manifest {
                repository,
                reference,
            },
            _,
        ) => manifests::manifest(shared, repository, reference, &method),
        (Route::Tags { repository }, "GET") => manifests::tags(shared, repository, request),
        (Route::Referrers { repository, digest }, "GET") => {
            manifests::referrers(shared, repository, digest, request)
        }
        _ => Answer::error(405, "UNSUPPORTED", "no such method here"),
    }
}

fn with_digest(shared: &Shared, answer: Answer, digest: &Digest) -> Answer {
    if shared.options.no_digest_header {
        return answer;
    }
    answer.header("Docker-Content-Digest", digest.to_string())
}

fn created(shared: &Shared, repository: &str, kind: &str, digest: &Digest) -> Answer {
    let answer = Answer::new(201).header("Location", format!("/v2/{repository}/{kind}/{digest}"));
    with_digest(shared, answer, digest)
}
