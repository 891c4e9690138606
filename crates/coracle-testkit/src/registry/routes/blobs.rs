//! Blobs: reading, and the three ways in.

use coracle_oci::Digest;

use super::super::server::{Answer, Request};
use super::super::{Shared, lock};
use super::{created, with_digest};

const MOST_BLOB_BYTES: u64 = 1 << 30;

pub(super) fn blob(
    shared: &Shared,
    repository: &str,
    digest: &str,
    request: &Request<'_>,
) -> Answer {
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
pub(super) fn begin(shared: &Shared, repository: &str, request: &mut Request<'_>) -> Answer {
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

pub(super) fn upload(
    shared: &Shared,
    repository: &str,
    id: &str,
    request: &mut Request<'_>,
) -> Answer {
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
