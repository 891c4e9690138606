//! The least of a PNG encoder (RFC 2083): a picture to send to a service that takes photos.

use std::io::Write;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

/// A PNG file of this size: 8 bits a channel, red grows to the right and green downwards.
///
/// # Errors
/// When it does not fit into memory.
pub fn png(width: u32, height: u32) -> anyhow::Result<Vec<u8>> {
    let shade = |at: u32, of: u32| u8::try_from(at * 255 / of.max(1)).unwrap_or(255);
    let mut pixels = ZlibEncoder::new(Vec::new(), Compression::fast());
    for row in 0..height {
        // Each row begins with its filter: none.
        let mut line = vec![0];
        line.extend((0..width).flat_map(|column| [shade(column, width), shade(row, height), 128]));
        pixels.write_all(&line)?;
    }
    // 8 bits, RGB, and the only compression, filter and interlacing that everybody reads.
    let header = [
        &width.to_be_bytes()[..],
        &height.to_be_bytes(),
        &[8, 2, 0, 0, 0],
    ]
    .concat();
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    file.extend(chunk(b"IHDR", &header)?);
    file.extend(chunk(b"IDAT", &pixels.finish()?)?);
    file.extend(chunk(b"IEND", &[])?);
    Ok(file)
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut checksum = Crc::new();
    checksum.update(kind);
    checksum.update(data);
    let length = u32::try_from(data.len())?.to_be_bytes();
    Ok([&length[..], kind, data, &checksum.sum().to_be_bytes()].concat())
}
