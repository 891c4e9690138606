//! Programs in somebody's image: what is said of a program there is the same whether the image lies unpacked in a folder, in
//! a layout, in an archive of either kind or in a registry.

use std::fs;
use std::path::{Path, PathBuf};

use coracle_oci::{Descriptor, Digest, Manifest, Store, media_type};
use coracle_testkit::registry::Registry;
use serde_json::{Value, json};

use crate::against::{cc, check, loader, world};
use crate::archive::World;

const NAME: &str = "acme/base:v1";

/// A root with this machine's C library and a libthing that lacks a function.
fn root(world: &World) -> PathBuf {
    let root = world.place.path().join("root");
    let (loader, libraries) = loader();
    for path in [loader.to_owned(), format!("{libraries}/libc.so.6")] {
        let to = root.join(&path);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(Path::new("/").join(&path), to).unwrap();
    }
    let named = ["-shared", "-fPIC", "-Wl,-soname,libthing.so.1"];
    let text = "int one(void) { return 1; }";
    let libraries = root.join(libraries);
    cc(&libraries, "libthing.so.1", text, &named);
    fs::remove_file(libraries.join("source.c")).unwrap();
    root
}

/// The root as a layer, and the configuration of an image that has it.
fn image(root: &Path) -> (Vec<u8>, Vec<u8>) {
    let mut tar = tar::Builder::new(Vec::new());
    tar.append_dir_all("", root).unwrap();
    let layer = tar.into_inner().unwrap();
    let architecture = match std::env::consts::ARCH {
        "aarch64" => "arm64",
        _ => "amd64",
    };
    let config = json!({
        "architecture": architecture,
        "os": "linux",
        "config": { "Cmd": ["/bin/sh"], "Env": ["PATH=/usr/bin:/bin"] },
        "rootfs": { "type": "layers", "diff_ids": [Digest::of(&layer).to_string()] },
    });
    (layer, serde_json::to_vec(&config).unwrap())
}

fn layout(folder: &Path, layer: &[u8], config: &[u8]) {
    let store = Store::open(folder).unwrap();
    let put = |media_type: &str, bytes: &[u8]| {
        let digest = store.put_bytes(bytes).unwrap();
        Descriptor::new(media_type, digest, bytes.len() as u64)
    };
    let layers = vec![put(media_type::LAYER, layer)];
    let manifest = Manifest::new(put(media_type::CONFIG, config), layers);
    let manifest = put(media_type::MANIFEST, &manifest.to_bytes().unwrap());
    store.name(NAME, &manifest).unwrap();
}

/// As `docker save` writes it.
fn docker_archive(path: &Path, layer: &[u8], config: &[u8]) {
    let list = json!([{ "Config": "config.json", "RepoTags": [NAME], "Layers": ["layer.tar"] }]);
    let list = serde_json::to_vec(&list).unwrap();
    let mut tar = tar::Builder::new(fs::File::create(path).unwrap());
    for (name, content) in [
        ("config.json", config),
        ("layer.tar", layer),
        ("manifest.json", &list),
    ] {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, content).unwrap();
    }
    tar.finish().unwrap();
}

#[test]
fn a_program_stands_in_an_image_as_in_its_root_wherever_the_image_is() {
    let (world, folder) = world();
    let root = root(&world);
    let place = |name: &str| world.place.path().join(name);
    let (layer, config) = image(&root);
    layout(&place("base"), &layer, &config);
    docker_archive(&place("base.tar"), &layer, &config);
    let mut archive = tar::Builder::new(fs::File::create(place("layout.tar")).unwrap());
    archive.append_dir_all("", place("base")).unwrap();
    archive.finish().unwrap();
    let registry = Registry::start().unwrap();
    registry
        .hold("acme/base", "v1", &place("base"), NAME)
        .unwrap();
    let shown = |kind: &str, name: &str| format!("{kind}:{}", place(name).display());
    let places = [
        shown("rootfs", "root"),
        shown("oci", "base"),
        format!("{}:{NAME}", shown("oci", "base")),
        shown("oci-archive", "layout.tar"),
        shown("docker-archive", "base.tar"),
        format!("{}/{NAME}", registry.host()),
    ];
    for (program, expected) in [
        ("plain", "starts"),
        ("static", "starts"),
        ("newer", "does-not-start"),
        ("lonely", "does-not-start"),
    ] {
        let all = places.join(",");
        let words = [program, "--against", &all, "--format", "json"];
        let ended = check(&world, &folder, &words);
        let is_well = expected == "starts";
        assert_eq!(ended.code, i32::from(!is_well), "{}", ended.stderr);
        let told: Value = serde_json::from_str(&ended.stdout).unwrap();
        let standings = told["programs"][0]["places"].as_array().unwrap();
        assert_eq!(standings.len(), places.len(), "{}", ended.stdout);
        for (standing, place) in standings.iter().zip(&places) {
            assert_eq!(standing["place"], place.as_str());
            assert_eq!(standing["verdict"], expected, "{program} in {place}");
            for what in ["reason", "basis", "findings"] {
                let (there, here) = (&standing[what], &standings[0][what]);
                assert!(!here.is_null(), "{what} is nothing that is said");
                assert_eq!(there, here, "{program} in {place}");
            }
        }
    }
    // The layer is fetched once, and known from then on.
    let requests = registry.requests();
    let layers = requests.iter().filter(|asked| {
        asked.method == "GET" && asked.path().ends_with(&Digest::of(&layer).to_string())
    });
    assert!(layers.count() <= 1);
}
