//! Platforms: operating system, architecture and variant, as Go and containerd name them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::record::null_is_empty;

/// What an image runs on. Displays as `linux/arm64` or `linux/arm64/v8`; ordered by operating system, architecture,
/// variant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Platform {
    /// Go's GOOS: `linux`.
    pub os: String,
    /// Go's GOARCH: `amd64`, `arm64`, `arm`.
    pub architecture: String,
    /// `v7` of `linux/arm/v7`.
    pub variant: Option<String>,
}

/// Why a text is not a platform.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlatformError {
    /// There are not two or three parts.
    #[error(
        "expected a platform of the form os/architecture or os/architecture/variant, got `{input}`"
    )]
    Form {
        /// What was given.
        input: String,
    },
    /// A character that no part can hold.
    #[error("the platform `{input}` cannot have `{}` as character {position}", character.escape_default())]
    Character {
        /// What was given.
        input: String,
        /// The first wrong character.
        character: char,
        /// Counted from 1.
        position: usize,
    },
}

impl PlatformError {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Form { input } => {
                let alone = Platform::linux(input).normalised();
                matches!(
                    alone.architecture.as_str(),
                    "amd64" | "arm64" | "386" | "arm" | "riscv64"
                )
                .then(|| format!("write `{alone}`"))
            }
            Self::Character { .. } => Some("platforms look like `linux/amd64`".to_owned()),
        }
    }
}

impl Platform {
    /// Linux on an architecture, without variant.
    pub fn linux(architecture: &str) -> Self {
        Self {
            os: "linux".to_owned(),
            architecture: architecture.to_owned(),
            variant: None,
        }
    }

    /// The one spelling of platforms that are the same, as containerd's `platforms.Normalize` has it: `x86_64` is `amd64`,
    /// `arm64/v8` is `arm64`, `arm` is `arm/v7`.
    pub fn normalised(&self) -> Self {
        let os = match self.os.to_lowercase().as_str() {
            "macos" => "darwin".to_owned(),
            other => other.to_owned(),
        };
        let architecture = self.architecture.to_lowercase();
        let variant = self.variant.as_deref().unwrap_or_default().to_lowercase();
        let (architecture, variant) = match (architecture.as_str(), variant.as_str()) {
            ("i386", _) => ("386", ""),
            ("x86_64" | "x86-64" | "amd64", "v1") => ("amd64", ""),
            ("x86_64" | "x86-64" | "amd64", other) => ("amd64", other),
            ("aarch64" | "arm64", "8" | "v8" | "v8.0") => ("arm64", ""),
            ("aarch64" | "arm64", "9" | "9.0" | "v9.0") => ("arm64", "v9"),
            ("aarch64" | "arm64", other) => ("arm64", other),
            ("armhf", _) => ("arm", "v7"),
            ("armel", _) => ("arm", "v6"),
            ("arm", "" | "7") => ("arm", "v7"),
            ("arm", "5") => ("arm", "v5"),
            ("arm", "6") => ("arm", "v6"),
            ("arm", "8") => ("arm", "v8"),
            other => other,
        };
        Self {
            os,
            architecture: architecture.to_owned(),
            variant: (!variant.is_empty()).then(|| variant.to_owned()),
        }
    }
}

impl FromStr for Platform {
    type Err = PlatformError;

    fn from_str(input: &str) -> Result<Self, PlatformError> {
        let shown = || input.chars().take(80).collect::<String>();
        let fits = |character: char| {
            character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.' | '/')
        };
        if let Some((index, character)) = input.chars().enumerate().find(|(_, found)| !fits(*found))
        {
            return Err(PlatformError::Character {
                input: shown(),
                character,
                position: index + 1,
            });
        }
        let parts: Vec<&str> = input.split('/').collect();
        let (os, architecture, variant) = match parts.as_slice() {
            [os, architecture] => (*os, *architecture, None),
            [os, architecture, variant] => (*os, *architecture, Some(*variant)),
            _ => return Err(PlatformError::Form { input: shown() }),
        };
        if os.is_empty() || architecture.is_empty() || variant.is_some_and(str::is_empty) {
            return Err(PlatformError::Form { input: shown() });
        }
        Ok(Self {
            os: os.to_owned(),
            architecture: architecture.to_owned(),
            variant: variant.map(str::to_owned),
        })
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.os, self.architecture)?;
        match &self.variant {
            Some(variant) => write!(formatter, "/{variant}"),
            None => Ok(()),
        }
    }
}

/// A platform as a descriptor in an image index carries it (image-spec, image-index.md § platform).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlatformRecord {
    /// Go's GOARCH.
    pub architecture: String,
    /// Go's GOOS.
    pub os: String,
    /// The version of the operating system, as Windows images have it.
    #[serde(
        rename = "os.version",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub os_version: Option<String>,
    /// Features of the operating system, `win32k` for one.
    #[serde(
        rename = "os.features",
        default,
        deserialize_with = "null_is_empty",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub os_features: Vec<String>,
    /// The variant of the processor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub other: BTreeMap<String, serde_json::Value>,
}

impl PlatformRecord {
    /// The platform, without what only the record holds; an empty variant is none.
    pub fn platform(&self) -> Platform {
        Platform {
            os: self.os.clone(),
            architecture: self.architecture.clone(),
            variant: self.variant.clone().filter(|variant| !variant.is_empty()),
        }
    }
}

impl From<&Platform> for PlatformRecord {
    fn from(platform: &Platform) -> Self {
        Self {
            architecture: platform.architecture.clone(),
            os: platform.os.clone(),
            os_version: None,
            os_features: Vec::new(),
            variant: platform.variant.clone(),
            other: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests;
