//! Reading `file://` URLs as if from a network that can be cut, and that remembers what was asked.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use coracle_distro::{Fetch, FetchError};

/// `file://` URLs, read from disk.
#[derive(Default)]
pub struct FolderFetch {
    asked: Mutex<Vec<String>>,
    is_cut: AtomicBool,
}

impl FolderFetch {
    /// Every URL that was asked for since the last call, sorted.
    pub fn take_asked(&self) -> Vec<String> {
        let mut asked =
            std::mem::take(&mut *self.asked.lock().unwrap_or_else(PoisonError::into_inner));
        asked.sort();
        asked
    }

    /// From now on nothing is reached.
    pub fn cut(&self) {
        self.is_cut.store(true, Ordering::SeqCst);
    }
}

impl Fetch for FolderFetch {
    fn get(&self, url: &str) -> Result<Box<dyn Read + Send>, FetchError> {
        self.asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(url.to_owned());
        let opened = match url.strip_prefix("file://") {
            _ if self.is_cut.load(Ordering::SeqCst) => Err(io::ErrorKind::ConnectionRefused.into()),
            Some(path) => std::fs::File::open(path),
            None => Err(io::ErrorKind::Unsupported.into()),
        };
        match opened {
            Ok(file) => Ok(Box::new(file)),
            Err(error) => {
                let status = (error.kind() == io::ErrorKind::NotFound).then_some(404);
                Err(FetchError {
                    status,
                    hint: None,
                    cause: Box::new(error),
                })
            }
        }
    }
}
