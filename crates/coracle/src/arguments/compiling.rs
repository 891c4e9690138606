//! Who compiles: what `build` and `lock` take of that.

use clap::Args;

/// Who compiles.
#[derive(Debug, Default, Clone, Args)]
pub(crate) struct Compiling {
    /// Compile on this machine (local), or on a BuildKit: buildkit, or buildkit=ADDRESS with unix://…, tcp://…,
    /// docker-container://NAME, kube-pod://NAME, buildx or buildx:NAME; the images are the same [default: CORACLE_ENGINE's,
    /// else coracle.toml's, else local; BuildKit's address: BUILDKIT_HOST's, else unix:///run/buildkit/buildkitd.sock]
    #[arg(long, value_name = "ENGINE")]
    pub(crate) engine: Option<String>,
    /// Have the BuildKit read this cache: type=registry,ref=…
    #[arg(long = "cache-from", value_name = "CACHE")]
    pub(crate) cache_from: Vec<String>,
    /// Have the BuildKit write this cache: type=registry,ref=…,mode=max
    #[arg(long = "cache-to", value_name = "CACHE")]
    pub(crate) cache_to: Vec<String>,
}
