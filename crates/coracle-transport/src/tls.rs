//! TLS: rustls with ring, and the certificate authorities that this machine trusts.
//!
//! Bundled authorities alone would lock out whoever is behind a proxy that intercepts TLS with a
//! certificate of its own, so the system's are taken (`SSL_CERT_FILE` and `SSL_CERT_DIR` honoured).

use std::sync::Arc;

use rustls::crypto::ring::default_provider;
use rustls::{ClientConfig, RootCertStore};

use crate::Error;

/// Makes ring the process's TLS provider, for libraries that ask for the process's own. Call once
/// from `main`; calling again does nothing. [`crate::Client`] names its provider and needs no call.
pub fn install_tls_provider() {
    // It fails only when there is one already.
    let _ = default_provider().install_default();
}

/// How to speak TLS, and how many certificate authorities are trusted. None at all is no error yet:
/// plain http needs none.
pub(crate) fn config() -> Result<(ClientConfig, usize), Error> {
    let mut roots = RootCertStore::empty();
    let (authorities, _) =
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Setup {
            reason: error.to_string(),
        })?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok((config, authorities))
}
