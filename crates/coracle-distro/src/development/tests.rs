//! Looking files up in a small Contents.

use super::*;
use crate::suite::Architecture;

const CONTENTS: &str = "\
bin/sh                                              shells/dash
lib/x86_64-linux-gnu/libold.a                       libdevel/libold-dev
usr/include/GL/gl.h                                 libs/libgl-dev
usr/include/android/zlib.h                          libdevel/android-zlib-dev
usr/include/boost/version.hpp                       libdevel/libboost1.83-dev,libdevel/libboost1.88-dev
usr/include/c++/13/vector                           libdevel/libstdc++-13-dev
usr/include/c++/14/vector                           libdevel/libstdc++-14-dev
usr/include/diet/linux/types.h                      libdevel/dietlibc-dev
usr/include/Poco/zlib.h                             libdevel/libpoco-dev
usr/include/glib-2.0/glib.h                         libdevel/libglib2.0-dev
usr/include/gtk-2.0/gtk/gtk.h                       oldlibs/libgtk2.0-dev
usr/include/gtk-3.0/gtk/gtk.h                       libdevel/libgtk-3-dev
usr/include/gtk-4.0/gtk/gtk.h                       libdevel/libgtk-4-dev
usr/include/hiredis/adapters/glib.h                 libdevel/libhiredis-dev
usr/include/sys/socket.h                            libdevel/libc6-dev-i386
usr/include/x86_64-linux-gnu/curl/curl.h            libdevel/libcurl4-gnutls-dev,libdevel/libcurl4-openssl-dev
usr/include/x86_64-linux-gnu/sys/socket.h           libdevel/libc6-dev
usr/include/zlib.h\tlibdevel/zlib1g-dev
usr/lib/gcc/x86_64-linux-gnu/13/libgomp.so          libdevel/libgcc-13-dev
usr/lib/gcc/x86_64-linux-gnu/14/include/stddef.h    libdevel/libgcc-14-dev
usr/lib/gcc/x86_64-linux-gnu/14/libgomp.so          libdevel/libgcc-14-dev
usr/lib/x86_64-linux-gnu/blas/libblas.so            libdevel/libblas-dev
usr/lib/x86_64-linux-gnu/libx.a                     libdevel/libx-static-dev
usr/lib/x86_64-linux-gnu/libx.so                    devel/libx-dev
usr/lib/x86_64-linux-gnu/libz.so                    libdevel/zlib1g-dev
usr/lib/x86_64-linux-gnu/openmpi/pkgconfig/krb5.pc  libdevel/wrong-dev
usr/lib/x86_64-linux-gnu/pkgconfig/krb5.pc          devel/heimdal-dev,libdevel/libkrb5-dev
usr/lib/x86_64-linux-gnu/libread.so                 libdevel/libeditreadline-dev,libdevel/libreadline-dev
usr/lib/x86_64-linux-gnu/libread.a                  libdevel/libeditreadline-dev,libdevel/libreadline-dev
usr/share/pkgconfig/a b.pc                          libdevel/spaced-dev
usr/share/pkgconfig/xproto.pc                       x11/x11proto-dev";

fn note(chunk: usize) -> Vec<u8> {
    let mut collector = Collector::new(Architecture::Amd64).unwrap();
    for bytes in CONTENTS.as_bytes().chunks(chunk) {
        collector.feed(bytes);
    }
    collector.finish().unwrap()
}

/// `packages | others`, with `~` before what is not exact.
fn look_up(file: &DevelopmentFile) -> String {
    let places = Places::new(Architecture::Amd64, Some(14));
    let found = find(&note(7), std::slice::from_ref(file), &places).unwrap();
    let Owners {
        packages,
        exact,
        others,
        ..
    } = owners(file, found.into_iter().next().unwrap(), |_| None);
    let mark = if exact || packages.is_empty() {
        ""
    } else {
        "~"
    };
    format!("{mark}{} | {}", packages.join(" "), others.join(" "))
        .trim_end_matches([' ', '|'])
        .to_owned()
}

#[test]
fn headers_are_found_where_compilers_look_and_then_deeper() {
    let cases = [
        ("zlib.h", "zlib1g-dev | libpoco-dev"),
        ("sys/socket.h", "libc6-dev"),
        ("GL/gl.h", "libgl-dev"),
        ("vector", "libstdc++-14-dev"),
        ("stddef.h", "libgcc-14-dev"),
        ("glib.h", "~libglib2.0-dev | libhiredis-dev"),
        ("gtk/gtk.h", "~libgtk-3-dev libgtk-4-dev | libgtk2.0-dev"),
        ("curl/curl.h", "libcurl4-openssl-dev | libcurl4-gnutls-dev"),
        ("boost/version.hpp", "libboost1.83-dev libboost1.88-dev"),
        ("linux/types.h", ""),
        ("lib.h", ""),
        ("../include/zlib.h", ""),
        ("", ""),
    ];
    for (header, expected) in cases {
        let file = DevelopmentFile::Header(header.to_owned());
        assert_eq!(look_up(&file), expected, "{header}");
    }
}

#[test]
fn libraries_are_found_where_the_linker_looks_the_shared_before_the_static() {
    let cases = [
        ("z", "zlib1g-dev"),
        ("x", "libx-dev | libx-static-dev"),
        ("old", "libold-dev"),
        ("read", "libreadline-dev | libeditreadline-dev"),
        ("gomp", "libgcc-14-dev"),
        ("blas", ""),
    ];
    for (library, expected) in cases {
        let file = DevelopmentFile::Library(library.to_owned());
        assert_eq!(look_up(&file), expected, "{library}");
    }
}

#[test]
fn pkg_config_files_are_found_in_its_three_folders() {
    let cases = [
        ("krb5", "libkrb5-dev | heimdal-dev"),
        ("xproto", "x11proto-dev"),
        ("a b", ""),
    ];
    for (module, expected) in cases {
        let file = DevelopmentFile::PkgConfig(module.to_owned());
        assert_eq!(look_up(&file), expected, "{module}");
    }
}

#[test]
fn the_note_is_the_same_however_the_bytes_come() {
    assert_eq!(note(1), note(CONTENTS.len()));
}

#[test]
fn what_others_read_passes_the_tee_unchanged() {
    let mut collector = Collector::new(Architecture::Amd64).unwrap();
    let mut passed = String::new();
    let small = std::io::BufReader::with_capacity(5, CONTENTS.as_bytes());
    std::io::Read::read_to_string(&mut Tee::new(small, &mut collector), &mut passed).unwrap();
    assert_eq!(passed, CONTENTS);
    assert_eq!(collector.finish().unwrap(), note(1));
}

proptest::proptest! {
    #[test]
    fn no_contents_makes_the_reader_panic(
        text in "(usr/include/|usr/lib/|lib/|gcc/x86_64-linux-gnu/|a\\.h|liba\\.so|/|,| |\n|é|libdevel/a-dev){0,60}",
    ) {
        let mut collector = Collector::new(Architecture::Amd64).unwrap();
        collector.feed(text.as_bytes());
        let note = collector.finish().unwrap();
        let files = [DevelopmentFile::Header("a.h".to_owned()), DevelopmentFile::Library("a".to_owned())];
        find(&note, &files, &Places::new(Architecture::Amd64, Some(14))).unwrap();
    }
}
