//! One page over TLS by the system's own library, trusting what the system trusts.

use native_tls::TlsConnector;
use service::Error;
use service::page::Page;

/// The first line of the answer to a GET.
pub fn status_line(page: &Page) -> Result<String, Error> {
    let stream = page.connect()?;
    page.status_line(TlsConnector::new()?.connect(&page.host, stream)?)
}
