#!/bin/bash
# Makes a Rust toolchain with WebAssembly targets out of Debian's packages, for
# machines where rustup cannot download a target.
#
#   debian-toolchain.sh DIR LINKERS MINIMUM TARGET...
#
#   DIR      the toolchain's folder, made or brought up to date
#   LINKERS  folder with rust-lld and wasm-component-ld: LIBDIR/rustlib/HOST/bin
#            of a toolchain that rustup installed
#   MINIMUM  oldest Rust version that will do
#   TARGET   wasm32-wasip2 or wasm32-unknown-unknown
#
# Debian's compiler comes in packages that stand beside rustup's toolchains
# (/usr/bin is behind ~/.cargo/bin in the PATH) and carry the source of the
# standard library. That is compiled once per target, into DIR, so that cargo
# then builds for the target as it does with rustup's: no unstable flag.
# When nothing has changed this takes a few milliseconds.
set -euo pipefail

[ $# -ge 4 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
dir=$(realpath -m "$1")
linkers=$2
minimum=$3
shift 3

say() { echo "      $*" >&2; }
fail() { echo "error: $*" >&2; exit 1; }

# --- Debian's packages ------------------------------------------------------

packages=(rustc-web cargo-web rust-web-src rust-web-clippy wasi-libc)

# Whether they are all there, and recent enough. Sets the version and the host.
usable() {
  local status verbose
  status=$(dpkg-query -W -f '${Status}\n' "${packages[@]}" 2>/dev/null) || return 1
  [ "$(grep -c '^install ok installed$' <<<"$status")" = ${#packages[@]} ] || return 1
  verbose=$(env -u LD_LIBRARY_PATH /usr/bin/rustc -vV)
  version=$(sed -n 's/^release: //p' <<<"$verbose")
  host=$(sed -n 's/^host: //p' <<<"$verbose")
  [ "$(printf '%s\n' "$minimum" "$version" | sort -V | head -n 1)" = "$minimum" ]
}

install_packages() {
  command -v apt-get >/dev/null ||
    fail "this system has no apt-get, so the toolchain cannot be made from Debian's packages"
  local root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null ||
      fail "installing packages takes root, and there is no sudo: run as root: apt-get install --no-install-recommends ${packages[*]}"
    root=(sudo)
  fi
  # --no-remove: never take a Rust of the user's own (package rustc) away.
  local apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive
    apt-get -q -y -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0)
  local install=("${apt[@]}" install --no-install-recommends --no-remove "${packages[@]}")
  say "apt-get install ${packages[*]} (about 30 s)"
  "${install[@]}" >"$log" 2>&1 && usable && return
  # The package lists are missing, or so old that they give an older compiler.
  say "apt-get update, and again (about 40 s)"
  { "${apt[@]}" update && "${install[@]}"; } >"$log" 2>&1 ||
    { cat "$log" >&2; fail "apt-get could not install ${packages[*]}: its output is above"; }
  usable ||
    fail "Debian's package rustc-web is Rust $version here, and Rust $minimum or later is needed: use a newer release of Debian"
}

# --- The toolchain's frame: Debian's compiler, rustup's linkers -------------

make_frame() {
  for linker in rust-lld wasm-component-ld; do
    [ -x "$linkers/$linker" ] ||
      fail "$linkers has no $linker: install Rust with rustup, or choose its toolchain with \`rustup default stable\`"
  done
  mkdir -p "$dir/bin" "$lib/$host"
  local program wrapper
  for program in rustc rustdoc; do
    printf -v wrapper '#!/bin/sh\nexec /usr/bin/%s --sysroot %q "$@"' "$program" "$dir"
    if [ "$(cat "$dir/bin/$program" 2>/dev/null)" != "$wrapper" ]; then
      echo "$wrapper" >"$dir/bin/$program"
      chmod +x "$dir/bin/$program"
    fi
  done
  ln -sfn /usr/bin/cargo "$dir/bin/cargo"
  ln -sfn "/usr/lib/rustlib/$host/lib" "$lib/$host/lib"
  ln -sfn "$linkers" "$lib/$host/bin"
}

# --- The standard library ---------------------------------------------------

compile_std() { # TARGET...
  local target new options=()
  for target; do options+=(--target "$target"); done
  say "compiling the standard library of Rust $version for $* (about 40 s)"

  mkdir -p "$work/src"
  : >"$work/src/lib.rs"
  printf '[package]\nname = "stub"\nedition = "2024"\n[workspace]\n' >"$work/Cargo.toml"
  # RUSTC_BOOTSTRAP is for -Zbuild-std, here and nowhere else. Bitcode is what
  # the guests' link-time optimization reads. The caller's flags stay out.
  (cd "$work" && env -u RUSTUP_TOOLCHAIN -u RUSTC_WRAPPER -u CARGO_ENCODED_RUSTFLAGS -u LD_LIBRARY_PATH \
    RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Cembed-bitcode=yes \
    /usr/bin/cargo build --release "${options[@]}" --target-dir "$work/target" \
    -Zbuild-std=std,panic_abort) >"$log" 2>&1 ||
    { cat "$log" >&2; fail "the standard library could not be compiled: cargo's output is above"; }

  for target; do
    new=$lib/$target.new
    rm -rf "$new"
    mkdir -p "$new/lib"
    cp "$work/target/$target/release/deps/"*.rlib "$new/lib/"
    rm -f "$new/lib/"libstub-*.rlib
    # The old one, and what was built with it.
    rm -rf "${lib:?}/$target" "${dir:?}/target/$target"
    mv "$new" "$lib/$target"
    if [ "$target" = wasm32-wasip2 ]; then
      mkdir "$lib/$target/lib/self-contained"
      cp /usr/lib/wasm32-wasi/*.a /usr/lib/wasm32-wasi/crt1*.o "$lib/$target/lib/self-contained/"
      compile_start "$lib/$target/lib/self-contained/crt1-command.o"
    fi
    echo "$stamp" >"$lib/$target/stamp" # last: what has a stamp is whole
  done
}

# The C library's own start code is of 2022 and leaves the constructors to the
# linker, which then runs them again at every export that the host calls, so
# that a component's cabi_realloc traps. This one calls them itself, once. Nor
# has that library the functions by which std begins a thread, which programs
# refer to that never do: here they say that there can be no more of them.
compile_start() { # OBJECT
  "$dir/bin/rustc" --edition 2024 --target wasm32-wasip2 --crate-type lib --crate-name crt1_command \
    --emit obj -Copt-level=s -Cpanic=abort -o "$1" - <<'RS'
#![no_std]
unsafe extern "C" {
    fn __wasm_call_ctors();
    fn __main_void() -> i32;
    fn __wasm_call_dtors();
    fn __wasi_proc_exit(code: i32) -> !;
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _start() {
    unsafe {
        __wasm_call_ctors();
        let code = __main_void();
        __wasm_call_dtors();
        if code != 0 {
            __wasi_proc_exit(code)
        }
    }
}
type Pointer = *mut u8;
const EAGAIN: i32 = 6;
#[unsafe(no_mangle)]
pub extern "C" fn pthread_create(_: Pointer, _: Pointer, _: Pointer, _: Pointer) -> i32 {
    EAGAIN
}
#[unsafe(no_mangle)]
pub extern "C" fn pthread_join(_: Pointer, _: Pointer) -> i32 {
    0
}
#[unsafe(no_mangle)]
pub extern "C" fn pthread_detach(_: Pointer) -> i32 {
    0
}
#[unsafe(no_mangle)]
pub extern "C" fn pthread_attr_init(_: Pointer) -> i32 {
    0
}
#[unsafe(no_mangle)]
pub extern "C" fn pthread_attr_setstacksize(_: Pointer, _: usize) -> i32 {
    0
}
#[unsafe(no_mangle)]
pub extern "C" fn pthread_attr_destroy(_: Pointer) -> i32 {
    0
}
RS
}

# ----------------------------------------------------------------------------

lib=$dir/lib/rustlib
version= host=
mkdir -p "$lib"
log=$dir/log
work=$dir/build
trap 'rm -rf "$work"' EXIT

usable || install_packages
make_frame

# Another compiler, or another edition of this script, makes std anew.
stamp="$version $(cksum <"${BASH_SOURCE[0]}")"
missing=()
for target; do
  case $target in
    wasm32-wasip2 | wasm32-unknown-unknown) ;;
    *) fail "no way to make $target from Debian's packages" ;;
  esac
  [ "$(cat "$lib/$target/stamp" 2>/dev/null)" = "$stamp" ] || missing+=("$target")
done
[ ${#missing[@]} = 0 ] || compile_std "${missing[@]}"
