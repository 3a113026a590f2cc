#!/bin/bash
# Stands in for programs that need what is not here: a container registry, nodes, Spin. It looks at what each is told, and
# refuses what it does not know. kubectl is the real one, with a real API server, but for what a kubelet would do.
set -eu
program=$(basename "$0")

# The files of an image are there, and it is kept in mind.
build() {
  local tag=$1 folder=$2 file
  for file in $(sed -n 's/^COPY \([^-][^ ]*\) .*/\1/p' "$folder/Containerfile"); do
    [ -f "$folder/$file" ] || { echo "$folder has no $file" >&2; exit 1; }
  done
  echo "$tag" >>"$STATE/built"
}

# What a reader looks at is there.
look_at() {
  local namespace=default what=()
  while [ $# -gt 0 ]; do
    case $1 in
    --namespace) namespace=$2; shift ;;
    --all-pods | *:*) ;;
    -*) echo "what is $1?" >&2; exit 64 ;;
    *) what+=("$1") ;;
    esac
    shift
  done
  [ "${#what[@]}" = 1 ]
  local kind=pod name=${what[0]}
  case $name in */*) kind=${name%%/*} name=${name#*/} ;; esac
  "$KUBECTL" get --namespace "$namespace" "$kind/$name" >/dev/null && return
  # SpinKube makes the Service of it.
  [ "$kind" = service ] && "$KUBECTL" get --namespace "$namespace" "spinapp/$name" >/dev/null
}

# It starts what its manifest names.
spin() {
  [ -f "$1" ]
  local file
  for file in $(sed -n 's/^source = "\(.*\.wasm\)"$/\1/p; s/.*path = "\([^"]*\.wasm\)".*/\1/p' spin.toml); do
    [ -f "$file" ] || { echo "there is no $file" >&2; exit 1; }
  done
}

case "$program $*" in
'cargo xtask build') ;;
'cargo build --release --package http-handler --target wasm32-wasip2')
  mkdir -p target/wasm32-wasip2/release
  cp target/component/http-handler.wasm target/wasm32-wasip2/release/http_handler.wasm
  ;;
'podman build --tag '*) [ $# = 4 ] && build "$3" "$4" ;;
'podman push '*) grep -qxF "$2" "$STATE/built" && echo "$2" >>"$STATE/pushed" ;;
'wash oci push '*) [ -f "$4" ] && echo "$3" >>"$STATE/pushed" ;;
'helm upgrade --install wasmcloud oci://'*' --values values.yaml') [ -f values.yaml ] ;;
'spin up --direct-mounts --runtime-config-file '*' --listen '*) [ $# = 6 ] && spin "$4" ;;
'kubectl apply --filename '*)
  # A reader types more slowly than the API server learns of what it was told before.
  for _ in {1..100}; do
    if said=$("$KUBECTL" "$@" 2>&1); then echo "$said" && exit; fi
    sleep 0.2
  done
  echo "$said" >&2
  exit 1
  ;;
'kubectl logs '*) shift && look_at "$@" ;;
'kubectl --namespace '*' logs '*) shift 3 && look_at --namespace website-system "$@" ;;
'kubectl port-forward '*) shift && look_at "$@" ;;
'kubectl get '* | 'kubectl events '* | 'kubectl --namespace '*' get '*) exec "$KUBECTL" "$@" ;;
*)
  echo "what is $program $*?" >&2
  exit 64
  ;;
esac
