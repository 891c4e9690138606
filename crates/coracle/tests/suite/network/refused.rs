//! What the proof refuses does fail, and what fails is refused: each broken image is judged and started for real.

use std::fs;
use std::path::Path;

use coracle_build::prove;
use coracle_build::settings::Suite;
use coracle_oci::layer::{Compression, Content, Entry, EntryKind, write_layer};
use coracle_oci::{Descriptor, Digest, ImageConfig, Manifest, Store, media_type};
use coracle_testkit::command::tool;
use coracle_testkit::container::Bundle;
use coracle_testkit::http::free_port;
use tempfile::TempDir;

use super::parts::{library_folder, linked_to_trixie, packed};
use crate::support::{Place, Shared};

/// An image that was built and proven, in a store, and what tests make of it.
struct Specimen {
    place: Place,
    store: Store,
    manifest: Descriptor,
    suite: &'static Suite,
}

impl Specimen {
    fn build(example: &str, distro: &str) -> Specimen {
        let place = Place::new();
        let example = Shared::example(example);
        let folder = example.folder.to_str().unwrap();
        let arguments = ["-C", folder, "build", "worker", "--distro", distro];
        place.coracle().args(arguments).succeed().unwrap();
        let store = Store::open(place.path().join("store")).unwrap();
        let names = store.names().unwrap();
        let (_, manifest) = names
            .into_iter()
            .find(|(name, _)| name == "worker:latest")
            .unwrap();
        let suite = Suite::parse(distro).unwrap();
        Specimen {
            place,
            store,
            manifest,
            suite,
        }
    }

    /// The image with one more layer on top.
    fn with(&self, entries: &[Entry]) -> Descriptor {
        let (manifest, config) = self.records();
        self.image(manifest.layers.clone(), &config, entries)
    }

    /// An image of these entries alone, run as this one is.
    fn only(&self, entries: &[Entry]) -> Descriptor {
        let (_, mut config) = self.records();
        config.rootfs.diff_ids.clear();
        config.history.clear();
        self.image(Vec::new(), &config, entries)
    }

    fn image(
        &self,
        layers: Vec<Descriptor>,
        config: &ImageConfig,
        entries: &[Entry],
    ) -> Descriptor {
        let layer =
            write_layer(entries, 0, Compression::Gzip { level: 1 }, 1, &self.store).unwrap();
        self.on_top(layers, config, layer.descriptor, layer.diff_id)
    }

    /// The image without one file: a layer with a whiteout, which coracle itself never writes.
    fn without(&self, path: &str) -> Descriptor {
        let (folder, name) = path.rsplit_once('/').unwrap();
        let mut header = tar::Header::new_ustar();
        header.set_size(0);
        header.set_mode(0o644);
        let mut layer = tar::Builder::new(Vec::new());
        let whiteout = format!("{folder}/.wh.{name}");
        layer
            .append_data(&mut header, whiteout, std::io::empty())
            .unwrap();
        let bytes = layer.into_inner().unwrap();
        let digest = self.store.put_bytes(&bytes).unwrap();
        let descriptor = Descriptor::new(media_type::LAYER, digest, bytes.len() as u64);
        let (manifest, config) = self.records();
        self.on_top(manifest.layers, &config, descriptor, digest)
    }

    fn on_top(
        &self,
        mut layers: Vec<Descriptor>,
        config: &ImageConfig,
        layer: Descriptor,
        diff_id: Digest,
    ) -> Descriptor {
        let mut config = config.clone();
        layers.push(layer);
        config.rootfs.diff_ids.push(diff_id);
        config.history.clear();
        let put = |media_type, bytes: Vec<u8>| {
            let digest = self.store.put_bytes(&bytes).unwrap();
            Descriptor::new(media_type, digest, bytes.len() as u64)
        };
        let config = put(media_type::CONFIG, config.to_bytes().unwrap());
        let manifest = Manifest::new(config, layers);
        put(media_type::MANIFEST, manifest.to_bytes().unwrap())
    }

    fn records(&self) -> (Manifest, ImageConfig) {
        let read = |descriptor: &Descriptor| self.store.read(descriptor, 1 << 20).unwrap();
        let manifest = Manifest::from_bytes(&read(&self.manifest)).unwrap();
        let config = ImageConfig::from_bytes(&read(&manifest.config)).unwrap();
        (manifest, config)
    }

    /// The proof's findings, empty when it is proven.
    fn findings(&self, image: &Descriptor) -> Vec<String> {
        match prove::prove(
            &prove::Question::new("worker", Some(self.suite)),
            image,
            &self.store,
        ) {
            Ok(_) => Vec::new(),
            Err(prove::Error::NotProven { findings, .. }) => findings
                .iter()
                .map(|finding| {
                    format!(
                        "{}: {} ({})",
                        finding.code,
                        finding.explanation,
                        finding.ways_out.join("; ")
                    )
                })
                .collect(),
            Err(error) => panic!("{error}"),
        }
    }

    /// Starts it for real: nothing when it answers, else all that was said.
    fn failure(&self, image: &Descriptor) -> Option<String> {
        self.store.name("mutant:latest", image).unwrap();
        let folder = TempDir::new_in(self.place.path()).unwrap();
        let bundle = Bundle::unpack(
            self.store.root(),
            "mutant:latest",
            &folder.path().join("bundle"),
        )
        .unwrap();
        let port = free_port().unwrap();
        bundle.set_env("PORT", &port.to_string()).unwrap();
        let mut container = bundle.start().unwrap();
        container
            .wait_for(port, "/health")
            .err()
            .map(|error| error.to_string())
    }

    /// The file in the unpacked image.
    fn file(&self, path: &str) -> Vec<u8> {
        self.store.name("whole:latest", &self.manifest).unwrap();
        let folder = TempDir::new_in(self.place.path()).unwrap();
        let bundle = Bundle::unpack(
            self.store.root(),
            "whole:latest",
            &folder.path().join("bundle"),
        )
        .unwrap();
        fs::read(bundle.root().join(path)).unwrap()
    }

    /// Judges and starts a broken image: both must say no, the proof with this code, reality with one of these words.
    fn refuses(&self, image: &Descriptor, code: &str, words: &[&str]) {
        let findings = self.findings(image);
        assert!(
            findings
                .iter()
                .any(|finding| finding.starts_with(&format!("{code}: "))),
            "expected {code}, got {findings:#?}"
        );
        assert!(
            findings.iter().all(|finding| !finding.ends_with("()")),
            "a finding without a way out: {findings:#?}"
        );
        let failure = self.failure(image).expect("it was refused and starts");
        assert!(
            words.iter().any(|word| failure.contains(word)),
            "expected one of {words:?}, got {failure}"
        );
    }
}

fn file(path: &str, bytes: Vec<u8>) -> Entry {
    Entry::file(path, Content::bytes(bytes), 0o755, 0)
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn broken_images_of_a_glibc_program_are_refused_and_do_not_start() {
    let specimen = Specimen::build("shop", "debian/trixie");
    assert_eq!(
        specimen.findings(&specimen.manifest),
        [""; 0],
        "the whole image is proven"
    );
    assert_eq!(specimen.failure(&specimen.manifest), None, "and starts");
    let folder = library_folder();

    let library = format!("{folder}/libgcc_s.so.1");
    specimen.refuses(
        &specimen.without(&library),
        "library-missing",
        &["libgcc_s.so.1: cannot open shared object file"],
    );

    let libc = format!("{folder}/libc.so.6");
    let mut half = specimen.file(&libc);
    half.truncate(half.len() / 2);
    specimen.refuses(
        &specimen.with(&[file(&libc, half)]),
        "truncated",
        &["libc.so.6", "ended with exit status: 1"],
    );

    let mut program = specimen.file("app/worker");
    program.truncate(program.len() / 2);
    specimen.refuses(
        &specimen.with(&[file("app/worker", program)]),
        "truncated",
        &["ended with exit status: 1"],
    );

    let musl = musl_root(&specimen);
    specimen.refuses(&musl, "interpreter-missing", &["no such file or directory"]);
}

/// Debian's musl and the glibc program, nothing else.
fn musl_root(specimen: &Specimen) -> Descriptor {
    let mut entries = vec![file("app/worker", specimen.file("app/worker"))];
    let listed = tool("dpkg", &["-L", "musl"]).unwrap().stdout;
    for path in listed.lines() {
        let metadata = fs::symlink_metadata(path).unwrap();
        let inside = path.trim_start_matches('/');
        // The host's own /lib is a link to a folder: in the image it is a folder.
        if Path::new(path).is_dir() {
            continue;
        }
        if metadata.is_symlink() {
            let target = fs::read_link(path).unwrap().display().to_string();
            entries.push(Entry::symlink(inside, &target, 0));
        } else if metadata.is_file() && !inside.starts_with("usr/share/") {
            entries.push(file(inside, fs::read(path).unwrap()));
        }
    }
    assert!(
        entries.iter().any(|entry| entry.path.contains("ld-musl")),
        "Debian's musl is installed"
    );
    assert!(
        entries
            .iter()
            .any(|entry| matches!(entry.kind, EntryKind::File(_)) && entry.path != "app/worker")
    );
    specimen.only(&entries)
}

/// Says something and stays, as a service does.
const WAITS: &str = "fn main() { println!(\"{:?}\", std::process::Command::new(\"/none\").status().is_err()); loop { std::thread::park(); } }\n";

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_program_that_needs_a_newer_glibc_than_the_suite_s_is_refused_and_does_not_start() {
    let specimen = Specimen::build("shop", "debian/bookworm");
    let newer = linked_to_trixie(specimen.place.path(), WAITS);
    let image = specimen.with(&[file("app/worker", newer)]);
    specimen.refuses(
        &image,
        "version-missing",
        &["version `GLIBC_2.39' not found"],
    );
    let findings = specimen.findings(&image).join("\n");
    assert!(
        findings.contains("ship on debian/trixie, whose glibc is 2.41"),
        "{findings}"
    );
    assert!(findings.contains("GLIBC_2.39"), "{findings}");
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_program_of_another_architecture_and_a_packed_one_are_refused_and_do_not_start() {
    let specimen = Specimen::build("photos", "debian/trixie");
    assert_eq!(
        specimen.failure(&specimen.manifest),
        None,
        "the whole image starts"
    );

    let foreign = for_another_architecture(&specimen);
    let image = specimen.with(&[file("app/worker", foreign)]);
    specimen.refuses(
        &image,
        "wrong-machine",
        &["exec format error", "Exec format error"],
    );

    // A dynamic program packed looks static; without its loader it dies.
    let dynamic = Specimen::build("shop", "debian/trixie");
    let packed = packed(dynamic.place.path(), &dynamic.file("app/worker"));
    let image = specimen.with(&[file("app/worker", packed)]);
    specimen.refuses(
        &image,
        "packed",
        &["ended with exit status: 1", "no such file or directory"],
    );
}

fn for_another_architecture(specimen: &Specimen) -> Vec<u8> {
    let other = if std::env::consts::ARCH == "x86_64" {
        "arm64"
    } else {
        "amd64"
    };
    let module = crate::support::repository().join("examples/photos");
    let output = specimen.place.path().join("foreign");
    let go = specimen
        .place
        .coracle_through("go")
        .env("CGO_ENABLED", "0")
        .env("GOARCH", other);
    go.args(["build", "-o", output.to_str().unwrap(), "./cmd/worker"])
        .directory(&module)
        .succeed()
        .unwrap();
    fs::read(output).unwrap()
}
