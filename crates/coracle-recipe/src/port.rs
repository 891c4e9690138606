//! Ports: `80`, `80/udp`, `8000-8010`.

use std::fmt;

/// A container's port or a range of them, with its protocol.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Port {
    /// The first.
    pub first: u16,
    /// The last, the first again where there is one.
    pub last: u16,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: String,
}

impl Port {
    /// Reads `80`, `80/udp` or `8000-8010/tcp`; `None` when it is none of these.
    pub(crate) fn parse(written: &str) -> Option<Port> {
        let (numbers, protocol) = written.split_once('/').unwrap_or((written, "tcp"));
        let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
        let port = Port {
            first: number(first)?,
            last: number(last)?,
            protocol: protocol.to_ascii_lowercase(),
        };
        let known = matches!(port.protocol.as_str(), "tcp" | "udp" | "sctp");
        (known && port.first <= port.last).then_some(port)
    }

    /// How many they are.
    pub fn count(&self) -> usize {
        usize::from(self.last.saturating_sub(self.first)) + 1
    }

    /// Each as an image's config names it: `80/tcp`.
    pub fn each(&self) -> impl Iterator<Item = String> + '_ {
        (self.first..=self.last).map(|number| format!("{number}/{}", self.protocol))
    }
}

impl fmt::Display for Port {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.first, self.last) {
            (first, last) if first == last => write!(formatter, "{first}/{}", self.protocol),
            (first, last) => write!(formatter, "{first}-{last}/{}", self.protocol),
        }
    }
}

/// Digits only: `u16` would also read `+80`.
fn number(written: &str) -> Option<u16> {
    let digits = written.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| written.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_a_number_or_a_range_with_a_protocol() {
        let cases = [
            ("80", Some("80/tcp")),
            ("53/UDP", Some("53/udp")),
            ("8000-8002", Some("8000-8002/tcp")),
            ("9-8", None),
            ("70000", None),
            ("+80", None),
            ("80/http", None),
            ("", None),
        ];
        for (written, expected) in cases {
            let read = Port::parse(written).map(|port| port.to_string());
            assert_eq!(read.as_deref(), expected, "{written}");
        }
    }

    #[test]
    fn a_range_is_each_of_its_ports() {
        let port = Port::parse("65534-65535/udp").unwrap();
        assert_eq!(port.each().collect::<Vec<_>>(), ["65534/udp", "65535/udp"]);
        assert_eq!(port.count(), 2);
    }
}
