//! The blobs of a push: each is looked for, mounted or uploaded, several at a time.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use coracle_oci::Descriptor;

use super::{Push, PushEvent, Pushed};
use crate::Error;
use crate::session::Session;
use crate::upload::{Mount, Upload, exists};

/// How a blob came into the repository.
enum Arrived {
    Before,
    Mounted,
    Uploaded,
}

impl Push<'_> {
    /// Several at a time; the largest first, so that none is left alone at the end.
    pub(super) fn blobs(
        &self,
        mut blobs: Vec<Descriptor>,
        pushed: &mut Pushed,
    ) -> Result<(), Error> {
        blobs.sort_by_key(|blob| (std::cmp::Reverse(blob.size), blob.digest));
        let workers = self.registry.options.parallel.clamp(1, blobs.len().max(1));
        let queue = Mutex::new(VecDeque::from(blobs));
        let stop = AtomicBool::new(false);
        let work = || -> Result<Vec<(Descriptor, Arrived)>, Error> {
            let mut done = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                let next = queue
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .pop_front();
                let Some(blob) = next else { break };
                match self.blob(&blob) {
                    Ok(arrived) => done.push((blob, arrived)),
                    Err(error) => {
                        stop.store(true, Ordering::Relaxed);
                        return Err(error);
                    }
                }
            }
            Ok(done)
        };
        let results: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
            threads
                .into_iter()
                .map(std::thread::ScopedJoinHandle::join)
                .collect()
        });
        for result in results {
            let result = result.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            for (blob, arrived) in result? {
                match arrived {
                    Arrived::Before => pushed.existing_blobs += 1,
                    Arrived::Mounted => pushed.mounted_blobs += 1,
                    Arrived::Uploaded => {
                        pushed.uploaded_blobs += 1;
                        pushed.uploaded_bytes += blob.size;
                    }
                }
            }
        }
        Ok(())
    }

    fn blob(&self, blob: &Descriptor) -> Result<Arrived, Error> {
        let descriptor = blob.clone();
        if exists(&self.session, blob, &self.session.push())? {
            self.remember(blob);
            (self.observer)(&PushEvent::Exists { descriptor });
            return Ok(Arrived::Before);
        }
        let upload = Upload::new(&self.session, blob, self.source);
        let mut begun = None;
        if let Some(from) = self.holder(blob)? {
            match upload.mount(&from)? {
                Mount::Done => {
                    self.remember(blob);
                    (self.observer)(&PushEvent::Mounted { descriptor, from });
                    return Ok(Arrived::Mounted);
                }
                Mount::Instead(place) => begun = place,
            }
        }
        (self.observer)(&PushEvent::Uploading {
            descriptor: descriptor.clone(),
        });
        upload.send(begun)?;
        self.remember(blob);
        (self.observer)(&PushEvent::Uploaded { descriptor });
        Ok(Arrived::Uploaded)
    }

    /// A repository to mount the blob from: where an earlier push saw it, else the first of the named
    /// ones that says it has it. Small blobs are sent as fast as they are looked for.
    fn holder(&self, blob: &Descriptor) -> Result<Option<String>, Error> {
        const WORTH_ASKING: u64 = 16 * 1024;
        let registry = &self.session.endpoint.registry;
        let known = self
            .registry
            .memory()
            .holders
            .get(&(registry.clone(), blob.digest))
            .cloned();
        if let Some(known) = known.filter(|known| *known != self.session.repository) {
            return Ok(Some(known));
        }
        if blob.size < WORTH_ASKING {
            return Ok(None);
        }
        for from in &self.registry.options.mount_from {
            let place = (registry.clone(), from.clone());
            if *from == self.session.repository || self.registry.memory().closed.contains(&place) {
                continue;
            }
            let other = Session {
                repository: from.clone(),
                ..self.session.clone()
            };
            match exists(&other, blob, &other.pull()) {
                Ok(true) => return Ok(Some(from.clone())),
                Ok(false) => {}
                // Not ours to look into, or not there at all: an upload does it as well.
                Err(_) => drop(self.registry.memory().closed.insert(place)),
            }
        }
        Ok(None)
    }

    fn remember(&self, blob: &Descriptor) {
        let key = (self.session.endpoint.registry.clone(), blob.digest);
        self.registry
            .memory()
            .holders
            .insert(key, self.session.repository.clone());
    }
}
