//! Manifests, tags and referrers.

use coracle_oci::Digest;
use coracle_oci::reference::Reference;
use serde_json::Value;

use super::super::server::{Answer, Request};
use super::super::store::{Manifest, Store};
use super::super::{Shared, lock};
use super::{created, with_digest};

const MOST_MANIFEST_BYTES: u64 = 4 << 20;

pub(super) fn put(
    shared: &Shared,
    repository: &str,
    reference: &str,
    request: &mut Request<'_>,
) -> Answer {
    let Ok(bytes) = request.body(MOST_MANIFEST_BYTES) else {
        return Answer::error(413, "MANIFEST_INVALID", "too large, or broken off");
    };
    let Ok(record) = serde_json::from_slice::<Value>(&bytes) else {
        return invalid("this is no JSON");
    };
    let digest = Digest::of(&bytes);
    let tag = match tag(reference, &digest) {
        Ok(tag) => tag,
        Err(refusal) => return refusal,
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
    if let Some(missing) = missing(&store, repository, &record) {
        return Answer::error(
            400,
            "MANIFEST_BLOB_UNKNOWN",
            &format!("{missing} is not here"),
        );
    }
    store.add_manifest(repository, tag, Manifest { media_type, bytes });
    let answer = created(shared, repository, "manifests", &digest);
    match record["subject"]["digest"].as_str() {
        Some(subject) => answer.header("OCI-Subject", subject),
        None => answer,
    }
}

fn invalid(what: &str) -> Answer {
    Answer::error(400, "MANIFEST_INVALID", what)
}

/// The tag to set; none where the reference is the digest of what came.
fn tag<'a>(reference: &'a str, digest: &Digest) -> Result<Option<&'a str>, Answer> {
    match reference.parse::<Digest>() {
        Ok(named) if named == *digest => Ok(None),
        Ok(_) => Err(Answer::error(
            400,
            "DIGEST_INVALID",
            "provided digest did not match uploaded content",
        )),
        Err(_)
            if format!("localhost/a:{reference}")
                .parse::<Reference>()
                .is_ok() =>
        {
            Ok(Some(reference))
        }
        Err(_) => Err(invalid("this is no tag")),
    }
}

/// The first blob or manifest that is named and not in the repository. A subject may be missing.
fn missing(store: &Store, repository: &str, record: &Value) -> Option<String> {
    let digests = |value: &Value| -> Vec<String> {
        let list = value.as_array().cloned().unwrap_or_default();
        list.iter()
            .filter_map(|entry| entry["digest"].as_str().map(str::to_owned))
            .collect()
    };
    let config = record["config"]["digest"].as_str().map(str::to_owned);
    let has_blob = |digest: &String| {
        digest
            .parse()
            .is_ok_and(|digest| store.blob(repository, &digest).is_some())
    };
    let has_manifest = |digest: &String| {
        digest
            .parse()
            .is_ok_and(|digest| store.manifest(repository, &digest).is_some())
    };
    let blob = digests(&record["layers"])
        .into_iter()
        .chain(config)
        .find(|digest| !has_blob(digest));
    blob.or_else(|| {
        digests(&record["manifests"])
            .into_iter()
            .find(|digest| !has_manifest(digest))
    })
}

pub(super) fn manifest(shared: &Shared, repository: &str, reference: &str, method: &str) -> Answer {
    let mut store = lock(&shared.store);
    let unknown = |store: &Store| match store.is_known(repository) {
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

pub(super) fn tags(shared: &Shared, repository: &str, request: &Request<'_>) -> Answer {
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

pub(super) fn referrers(
    shared: &Shared,
    repository: &str,
    digest: &str,
    request: &Request<'_>,
) -> Answer {
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
