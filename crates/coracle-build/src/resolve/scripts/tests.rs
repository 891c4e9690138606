//! Scripts as Debian's packages have them, or shortened from such.

use super::*;

fn read(name: &str, text: &str) -> Result<Vec<Alternative>, Option<String>> {
    follow(&Script {
        name: name.to_owned(),
        text: format!("#!/bin/sh\nset -e\n{text}"),
    })
}

/// Nothing that an image needs.
fn idle(name: &str, text: &str) {
    assert_eq!(read(name, text), Ok(Vec::new()), "{text}");
}

/// Stops at this command.
fn stops(name: &str, text: &str, command: &str) {
    assert_eq!(read(name, text), Err(Some(command.to_owned())), "{text}");
}

const CONFIGURED: &str = r#"[ "$1" = "configure" ] || [ "$1" = "abort-upgrade" ]"#;

#[test]
fn what_debhelper_adds_for_services_comes_to_nothing() {
    idle(
        "postinst",
        &format!(
            r#"
# Automatically added by dh_installsystemd/13.24.2
if {CONFIGURED} ; then
	if [ -d /run/systemd/system ]; then
		systemctl --system daemon-reload >/dev/null || true
		if [ -n "$2" ]; then
			_dh_action=restart
		else
			_dh_action=start
		fi
		deb-systemd-invoke $_dh_action 'boat.service' >/dev/null || true
	fi
	if deb-systemd-helper --quiet was-enabled 'boat.service'; then
		deb-systemd-helper enable 'boat.service' >/dev/null || true
	fi
	if [ -x "/etc/init.d/boat" ]; then
		update-rc.d boat defaults >/dev/null || exit 1
	fi
	if [ -x "$(command -v systemd-tmpfiles)" ]; then
		systemd-tmpfiles ${{DPKG_ROOT:+--root="$DPKG_ROOT"}} --create boat.conf || true
	fi
fi
# End automatically added section
if [ "$1" = "configure" ] && [ -x "`command -v update-menus`" ]; then
	update-menus
fi
ldconfig
"#
        ),
    );
}

#[test]
fn what_only_an_upgrade_does_is_not_followed() {
    idle(
        "preinst",
        r#"
dpkg-maintscript-helper rm_conffile /etc/boat 1:1.8\~ -- "$@"
if test "$1" = upgrade &&
   dpkg --compare-versions "$2" lt-nl '1:1.8.4~rc0-1'; then
	mkdir -m 755 -p /var/lib/boat
	( cd /var/lib/boat; for target in ../../cache/*; do ln -s "$target" .; done )
fi
case "$1" in
  upgrade) mv /a /b ;;
  install|abort-upgrade)
    rm -f /etc/logrotate.d/old
    ;;
esac
exit 0
mkdir /never
"#,
    );
    idle(
        "postinst",
        "clean () {\n\t/usr/share/clean-up \"$@\"\n}\nif [ -n \"$2\" ] && ! clean; then clean -v; fi\n",
    );
    idle(
        "postinst",
        "if dpkg --compare-versions \"$2\" lt-nl 2; then\n cp -a /a /b\nfi\n",
    );
}

#[test]
fn what_would_change_the_image_stops_also_where_nobody_knows_whether_it_happens() {
    stops(
        "postinst",
        "mkdir -p /var/lib/boat\n",
        "mkdir -p /var/lib/boat",
    );
    stops(
        "postinst",
        "if [ -f /etc/x ]; then adduser --system boat; fi\n",
        "adduser --system boat",
    );
    stops("postinst", "test -e /a || ln -s /b /a\n", "ln -s /b /a");
    stops(
        "postinst",
        "case \"$X\" in a) ;; *) chown boat /x ;; esac\n",
        "chown boat /x",
    );
    stops(
        "postinst",
        "sail() {\n touch /sea\n}\nsail fast\n",
        "touch /sea",
    );
    stops("postinst", "echo x > /etc/boat\n", "echo x");
    stops("postinst", "cat <<EOF > /etc/boat\nif (\nEOF\n", "cat");
    stops(
        "postinst",
        "for x in a b; do touch \"$x\"; done\n",
        "touch \"$x\"",
    );
    stops(
        "postinst",
        ". /usr/share/boat/functions\n",
        ". /usr/share/boat/functions",
    );
    stops(
        "postinst",
        "\"/usr/lib/glib-compile-schemas\" /usr/share || true\n",
        "\"/usr/lib/glib-compile-schemas\" /usr/share",
    );
    stops("postinst", "find / -delete\n", "find / -delete");
    stops("postinst", "exit 1\n", "exit 1");
    stops(
        "preinst",
        "dpkg-divert --package boat --add /bin/sh\n",
        "dpkg-divert --package boat --add /bin/sh",
    );
}

#[test]
fn a_diversion_of_files_of_an_unmerged_usr_diverts_nothing() {
    idle(
        "preinst",
        "for lib in liba.so.8 liba.so.8.2; do\n dpkg-divert --package a --no-rename --divert \
         \"/lib/x/$lib.usr-is-merged\" --add \"/lib/x/$lib\"\ndone\n",
    );
}

#[test]
fn alternatives_are_read_with_what_goes_along() {
    let blas = "update-alternatives --install /usr/lib/x/libblas.so.3 \\\n  libblas.so.3-x \
        /usr/lib/x/blas/libblas.so.3 10\n";
    let mawk = "if [ \"$1\" = configure ]; then\n update-alternatives --quiet --install /bin/awk awk /usr/bin/mawk 5 \\\n \
         --slave /usr/bin/nawk nawk /usr/bin/mawk\nfi\n";
    let link = |link: &str, target: &str| (link.to_owned(), target.to_owned());
    let expected = [
        Alternative {
            priority: 10,
            links: vec![link(
                "usr/lib/x/libblas.so.3",
                "/usr/lib/x/blas/libblas.so.3",
            )],
        },
        Alternative {
            priority: 5,
            links: vec![
                link("usr/bin/awk", "/usr/bin/mawk"),
                link("usr/bin/nawk", "/usr/bin/mawk"),
            ],
        },
    ];
    assert_eq!(
        read("postinst", &format!("{blas}{mawk}")),
        Ok(expected.into())
    );
    let unsure = "if ! update-alternatives --query a | grep -q b; then\n\
        update-alternatives --install /a a /b 500 || true\nfi\n";
    stops(
        "postinst",
        unsure,
        "update-alternatives --install /a a /b 500",
    );
}

#[test]
fn what_is_no_shell_script_or_does_not_end_is_not_understood() {
    let script = |text: &str| Script {
        name: "postinst".to_owned(),
        text: text.to_owned(),
    };
    assert_eq!(follow(&script("#!/usr/bin/perl\nexit 0;\n")), Err(None));
    assert_eq!(follow(&script("#!/bin/sh\nif true; then\n")), Err(None));
    stops("postinst", "a() { a; }\na\n", "a");
}
