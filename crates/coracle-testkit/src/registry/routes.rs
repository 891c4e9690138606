//! The end points of the distribution specification (1.1, § Endpoints), each with the answers that it prescribes.

use coracle_oci::Digest;
use coracle_oci::reference::Reference;
use serde_json::Value;

use super::server::{Answer, Request};
use super::store::Manifest;
use super::{Shared, lock};

const MOST_MANIFEST_BYTES: u64 = 4 << 20;
const MOST_BLOB_BYTES: u64 = 1 << 30;

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
        (Route::Blob { repository, digest }, _) => blob(shared, repository, digest, request),
        (Route::Begin { repository }, "POST") => begin(shared, repository, request),
        (Route::Upload { repository, id }, _) => upload(shared, repository, id, request),
        (
            Route::Manifest {
                repository,
                reference,
            },
            "PUT",
        ) => put_manifest(shared, repository, reference, request),
        (
            Route::Manifest {
                repository,
                reference,
            },
            _,
        ) => manifest(shared, repository, reference, &method),
        (Route::Tags { repository }, "GET") => tags(shared, repository, request),
        (Route::Referrers { repository, digest }, "GET") => {
            referrers(shared, repository, digest, request)
        }
        _ => Answer::error(405, "UNSUPPORTED", "no such method here"),
    }
}

fn blob(shared: &Shared, repository: &str, digest: &str, request: &Request<'_>) -> Answer {
    let Ok(digest) = digest.parse::<Digest>() else {
        return Answer::error(400, "DIGEST_INVALID", "this is no digest");
    };
    let mut store = lock(&shared.store);
    let unknown = || Answer::error(404, "BLOB_UNKNOWN", "blob unknown to registry");
    match request.method.as_str() {
        "DELETE" if store.remove_blob(repository, &digest) => Answer::new(202),
        "DELETE" => unknown(),
        "GET" | "HEAD" => {
            let Some(bytes) = store.blob(repository, &digest) else {
                return unknown();
            };
            let answer =
                with_digest(shared, Answer::new(200), &digest).header("Accept-Ranges", "bytes");
            let answer = answer.header("ETag", format!("\"{digest}\""));
            part(answer, bytes, request)
        }
        _ => Answer::error(405, "UNSUPPORTED", "no such method here"),
    }
}

/// The whole, or what a Range asks for (RFC 9110, 14.2), if the condition holds.
fn part(answer: Answer, bytes: &[u8], request: &Request<'_>) -> Answer {
    let kind = "application/octet-stream";
    let tag = answer
        .headers
        .iter()
        .find(|(name, _)| name == "ETag")
        .map(|(_, value)| value.clone());
    let same = request
        .header("if-range")
        .is_none_or(|wanted| Some(wanted) == tag.as_deref());
    let range = request
        .header("range")
        .and_then(|range| range.strip_prefix("bytes="))
        .filter(|_| same);
    let Some((first, last)) = range.and_then(|range| range.split_once('-')) else {
        return answer.body(kind, bytes.to_vec());
    };
    let end = last
        .parse::<usize>()
        .map_or(bytes.len(), |last| bytes.len().min(last + 1));
    match first
        .parse::<usize>()
        .ok()
        .and_then(|first| Some((first, bytes.get(first..end)?)))
    {
        Some((first, part)) if !part.is_empty() => {
            let range = format!("bytes {first}-{}/{}", end - 1, bytes.len());
            Answer {
                status: 206,
                ..answer
            }
            .header("Content-Range", range)
            .body(kind, part.to_vec())
        }
        _ => Answer::new(416).header("Content-Range", format!("bytes */{}", bytes.len())),
    }
}

/// Mounts, takes a blob whole, or begins an upload session.
fn begin(shared: &Shared, repository: &str, request: &mut Request<'_>) -> Answer {
    if let Some(digest) = request.query("mount") {
        let from = request.query("from").unwrap_or_default();
        let mut store = lock(&shared.store);
        let known = digest
            .parse()
            .ok()
            .and_then(|digest| store.blob(&from, &digest))
            .cloned();
        if let (Some(bytes), false) = (known, shared.options.no_mounts) {
            let digest = Digest::of(&bytes);
            store.add_blob(repository, bytes);
            return created(shared, repository, "blobs", &digest);
        }
    } else if let Some(digest) = request.query("digest") {
        return finish(shared, repository, &digest, Vec::new(), request);
    }
    let id = lock(&shared.store).begin(repository);
    let answer = placed(shared, Answer::new(202), repository, &id, 0, request);
    match shared.options.least_chunk {
        Some(least) => answer.header("OCI-Chunk-Min-Length", least.to_string()),
        None => answer,
    }
}

fn upload(shared: &Shared, repository: &str, id: &str, request: &mut Request<'_>) -> Answer {
    let unknown = || {
        Answer::error(
            404,
            "BLOB_UPLOAD_UNKNOWN",
            "blob upload unknown to registry",
        )
    };
    let length = lock(&shared.store)
        .uploads
        .get(id)
        .filter(|upload| upload.repository == repository)
        .map(|upload| upload.bytes.len());
    let Some(length) = length else {
        return unknown();
    };
    match request.method.as_str() {
        "GET" => placed(shared, Answer::new(204), repository, id, length, request),
        "DELETE" => {
            lock(&shared.store).uploads.remove(id);
            Answer::new(204)
        }
        "PATCH" => patch(shared, repository, id, length, request),
        "PUT" => {
            if let (Some(status), true) = (shared.options.chunks_only, request.has_body()) {
                return Answer::error(status, "SIZE_INVALID", "too much at a time");
            }
            if let Some(refusal) = out_of_order(shared, repository, id, length, request) {
                return refusal;
            }
            let digest = request.query("digest").unwrap_or_default();
            let Some(upload) = lock(&shared.store).uploads.remove(id) else {
                return unknown();
            };
            finish(shared, repository, &digest, upload.bytes, request)
        }
        _ => Answer::error(405, "UNSUPPORTED", "no such method here"),
    }
}

fn patch(
    shared: &Shared,
    repository: &str,
    id: &str,
    length: usize,
    request: &mut Request<'_>,
) -> Answer {
    if let Some(refusal) = out_of_order(shared, repository, id, length, request) {
        return refusal;
    }
    let Ok(chunk) = request.body(MOST_BLOB_BYTES) else {
        return Answer::error(400, "SIZE_INVALID", "the chunk broke off");
    };
    let length = match lock(&shared.store).uploads.get_mut(id) {
        Some(upload) => {
            upload.bytes.extend_from_slice(&chunk);
            upload.bytes.len()
        }
        None => {
            return Answer::error(
                404,
                "BLOB_UPLOAD_UNKNOWN",
                "blob upload unknown to registry",
            );
        }
    };
    placed(shared, Answer::new(202), repository, id, length, request)
}

/// 416, where a chunk does not begin at the end of the last one.
fn out_of_order(
    shared: &Shared,
    repository: &str,
    id: &str,
    length: usize,
    request: &Request<'_>,
) -> Option<Answer> {
    let (first, _) = request.header("content-range")?.split_once('-')?;
    let refusal = || {
        placed(
            shared,
            Answer::error(416, "BLOB_UPLOAD_INVALID", "out of order"),
            repository,
            id,
            length,
            request,
        )
    };
    (first.trim_start_matches("bytes ").parse() != Ok(length)).then(refusal)
}

fn finish(
    shared: &Shared,
    repository: &str,
    digest: &str,
    mut bytes: Vec<u8>,
    request: &mut Request<'_>,
) -> Answer {
    let Ok(digest) = digest.parse::<Digest>() else {
        return Answer::error(400, "DIGEST_INVALID", "this is no digest");
    };
    let Ok(rest) = request.body(MOST_BLOB_BYTES) else {
        return Answer::error(400, "SIZE_INVALID", "the blob broke off");
    };
    bytes.extend_from_slice(&rest);
    if Digest::of(&bytes) != digest {
        return Answer::error(
            400,
            "DIGEST_INVALID",
            "provided digest did not match uploaded content",
        );
    }
    lock(&shared.store).add_blob(repository, bytes);
    created(shared, repository, "blobs", &digest)
}

fn put_manifest(
    shared: &Shared,
    repository: &str,
    reference: &str,
    request: &mut Request<'_>,
) -> Answer {
    let Ok(bytes) = request.body(MOST_MANIFEST_BYTES) else {
        return Answer::error(413, "MANIFEST_INVALID", "too large, or broken off");
    };
    let invalid = |what: &str| Answer::error(400, "MANIFEST_INVALID", what);
    let Ok(record) = serde_json::from_slice::<Value>(&bytes) else {
        return invalid("this is no JSON");
    };
    let digest = Digest::of(&bytes);
    let tag = match reference.parse::<Digest>() {
        Ok(named) if named == digest => None,
        Ok(_) => {
            return Answer::error(
                400,
                "DIGEST_INVALID",
                "provided digest did not match uploaded content",
            );
        }
        Err(_)
            if format!("localhost/a:{reference}")
                .parse::<Reference>()
                .is_ok() =>
        {
            Some(reference)
        }
        Err(_) => return invalid("this is no tag"),
    };
    let media_type = request
        .header("content-type")
        .unwrap_or_default()
        .to_owned();
    if media_type.is_empty()
        || record["mediaType"]
            .as_str()
            .is_some_and(|stated| stated != media_type)
    {
        return invalid("Content-Type is missing or is not the mediaType");
    }
    let mut store = lock(&shared.store);
    let digests = |value: &Value| -> Vec<String> {
        let list = value.as_array().cloned().unwrap_or_default();
        list.iter()
            .filter_map(|entry| entry["digest"].as_str().map(str::to_owned))
            .collect()
    };
    let blobs = digests(&record["layers"])
        .into_iter()
        .chain(record["config"]["digest"].as_str().map(str::to_owned));
    for blob in blobs {
        if blob
            .parse()
            .ok()
            .and_then(|digest| store.blob(repository, &digest))
            .is_none()
        {
            return Answer::error(400, "MANIFEST_BLOB_UNKNOWN", &format!("{blob} is not here"));
        }
    }
    for child in digests(&record["manifests"]) {
        if child
            .parse()
            .ok()
            .and_then(|digest| store.manifest(repository, &digest))
            .is_none()
        {
            return Answer::error(
                400,
                "MANIFEST_BLOB_UNKNOWN",
                &format!("{child} is not here"),
            );
        }
    }
    store.add_manifest(repository, tag, Manifest { media_type, bytes });
    let answer = created(shared, repository, "manifests", &digest);
    match record["subject"]["digest"].as_str() {
        Some(subject) => answer.header("OCI-Subject", subject),
        None => answer,
    }
}

fn manifest(shared: &Shared, repository: &str, reference: &str, method: &str) -> Answer {
    let mut store = lock(&shared.store);
    let unknown = |store: &super::Store| match store.is_known(repository) {
        true => Answer::error(404, "MANIFEST_UNKNOWN", "manifest unknown"),
        false => Answer::error(404, "NAME_UNKNOWN", "repository name not known to registry"),
    };
    let digest = reference.parse::<Digest>();
    if method == "DELETE" {
        let removed = match &digest {
            Ok(digest) => store.remove_manifest(repository, digest),
            Err(_) => store.remove_tag(repository, reference),
        };
        return if removed {
            Answer::new(202)
        } else {
            unknown(&store)
        };
    }
    if !matches!(method, "GET" | "HEAD") {
        return Answer::error(405, "UNSUPPORTED", "no such method here");
    }
    let digest = digest.ok().or_else(|| store.tag(repository, reference));
    match digest.and_then(|digest| Some((digest, store.manifest(repository, &digest)?))) {
        Some((digest, manifest)) => with_digest(shared, Answer::new(200), &digest)
            .body(&manifest.media_type, manifest.bytes.clone()),
        None => unknown(&store),
    }
}

fn tags(shared: &Shared, repository: &str, request: &Request<'_>) -> Answer {
    let store = lock(&shared.store);
    if !store.is_known(repository) {
        return Answer::error(404, "NAME_UNKNOWN", "repository name not known to registry");
    }
    let all = store.tags(repository);
    let last = request.query("last");
    let after = last.as_ref().map_or(0, |last| {
        all.partition_point(|tag| tag.to_ascii_lowercase() <= last.to_ascii_lowercase())
    });
    let most = request
        .query("n")
        .and_then(|n| n.parse().ok())
        .unwrap_or(usize::MAX);
    let rest = all.get(after..).unwrap_or_default();
    let page: Vec<&String> = rest.iter().take(most).collect();
    let body = serde_json::json!({"name": repository, "tags": page})
        .to_string()
        .into_bytes();
    let answer = Answer::new(200).body("application/json", body);
    match page.last() {
        Some(last) if rest.len() > page.len() => answer.header(
            "Link",
            format!("</v2/{repository}/tags/list?n={most}&last={last}>; rel=\"next\""),
        ),
        _ => answer,
    }
}

fn referrers(shared: &Shared, repository: &str, digest: &str, request: &Request<'_>) -> Answer {
    let Ok(digest) = digest.parse::<Digest>() else {
        return Answer::error(400, "DIGEST_INVALID", "this is no digest");
    };
    let mut manifests = lock(&shared.store).referrers(repository, &digest);
    let wanted = request.query("artifactType");
    if let Some(wanted) = &wanted {
        manifests.retain(|entry| entry["artifactType"] == wanted.as_str());
    }
    let media_type = coracle_oci::media_type::INDEX;
    let body =
        serde_json::json!({"schemaVersion": 2, "mediaType": media_type, "manifests": manifests});
    let answer = Answer::new(200).body(media_type, body.to_string().into_bytes());
    if wanted.is_some() {
        answer.header("OCI-Filters-Applied", "artifactType")
    } else {
        answer
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

fn placed(
    shared: &Shared,
    answer: Answer,
    repository: &str,
    id: &str,
    length: usize,
    request: &Request<'_>,
) -> Answer {
    let path = format!("/v2/{repository}/blobs/uploads/{id}");
    let location = match shared.options.absolute_locations {
        true => format!(
            "http://{}{path}?_state=a%2Fb%3D",
            request.header("host").unwrap_or_default()
        ),
        false => path,
    };
    answer
        .header("Location", location)
        .header("Range", format!("0-{}", length.saturating_sub(1)))
}
