//! One page over TLS by rustls, trusting what the system trusts.

use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use service::Error;
use service::page::Page;

/// The first line of the answer to a GET.
pub fn status_line(page: &Page) -> Result<String, Error> {
    let stream = page.connect()?;
    let name = ServerName::try_from(page.host.clone())?;
    let connection = ClientConnection::new(Arc::new(trusting_the_system()?), name)?;
    page.status_line(StreamOwned::new(connection, stream))
}

fn trusting_the_system() -> Result<ClientConfig, Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err("the system trusts nobody: there are no CA certificates".into());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
