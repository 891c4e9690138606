#!/bin/sh
# Makes the four ELF files of the small root that the start targets prove: as little as a linker leaves, so that a
# fuzzer's changes hit something. Run by hand after a change (needs gcc and binutils, x86-64); the results are committed.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

# What glibc's loader and library say of themselves: the strings and versions that the proof reads, no code.
cat >"$work/loader.c" <<'END'
const char banner[] = "ld.so (Debian GLIBC 2.36-9) stable release version 2.36.\n";
const char directories[] = "/lib/x86_64-linux-gnu/\0/usr/lib/x86_64-linux-gnu/\0/lib/\0/usr/lib/\0";
const char cache[] = "/etc/ld.so.cache";
const char preload[] = "/etc/ld.so.preload";
const char lib[] = "\0lib/x86_64-linux-gnu";
void _start(void) {}
void __tls_get_addr(void) {}
int _rtld_global = 1;
END
echo 'GLIBC_2.3 { global: __tls_get_addr; local: *; }; GLIBC_PRIVATE { global: _rtld_global; };' >"$work/loader.map"
cat >"$work/libc.c" <<'END'
const char banner[] = "GNU C Library (Debian GLIBC 2.36-9) stable release version 2.36.\n";
extern int _rtld_global;
int puts(const char *text) { return *text + _rtld_global; }
void __libc_start_main(void) {}
void __libc_early_init(void) {}
int environ = 1;
END
echo 'GLIBC_2.2.5 { global: puts; environ; local: *; }; GLIBC_2.34 { global: __libc_start_main; } GLIBC_2.2.5;
GLIBC_PRIVATE { global: __libc_early_init; };' >"$work/libc.map"
cat >"$work/library.c" <<'END'
int puts(const char *);
__attribute__((weak)) void unknown(void);
__thread int mine = 3;
int foo_value = 2;
int foo_open(const char *name) { if (unknown) unknown(); return puts(name) + mine; }
END
echo 'FOO_1 { global: foo_open; foo_value; local: *; };' >"$work/library.map"
cat >"$work/program.c" <<'END'
void __libc_start_main(void);
int foo_open(const char *);
extern int foo_value, environ;
int *pointer = &environ;
void _start(void) { __libc_start_main(); foo_open("x"); *pointer = foo_value; }
END

link() {
	style=$1
	shift
	gcc -Os -nostdlib -fno-asynchronous-unwind-tables -fno-stack-protector -fcf-protection=none \
		-Wl,--build-id=none,-z,noseparate-code,-z,max-page-size=4096,-z,norelro,--hash-style="$style",--no-as-needed \
		-Wno-builtin-declaration-mismatch "$@"
}
link gnu -shared -fPIC -Wl,-soname,ld-linux-x86-64.so.2,--version-script="$work/loader.map" \
	-o loader.elf "$work/loader.c"
link gnu -shared -fPIC -Wl,-soname,libc.so.6,--version-script="$work/libc.map" -o libc.elf "$work/libc.c" loader.elf
link both -shared -fPIC -Wl,-soname,libfoo.so.1,--version-script="$work/library.map" \
	-o library.elf "$work/library.c" libc.elf
# By the names that their NEEDED have: the linker looks for libraries of libraries.
cp loader.elf "$work/ld-linux-x86-64.so.2"
cp libc.elf "$work/libc.so.6"
link sysv -pie -fPIE -Wl,-rpath-link,"$work",-rpath,'$ORIGIN/../lib',--dynamic-linker=/lib64/ld-linux-x86-64.so.2 \
	-o program.elf "$work/program.c" library.elf libc.elf
strip --strip-section-headers ./*.elf 2>/dev/null || strip ./*.elf
