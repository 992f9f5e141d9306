#!/bin/sh
# Installs what building the image in the tests needs and a new machine lacks: buildah, which needs no engine and no daemon.
# Says nothing when nothing is to do. Where it cannot install it says in one sentence what is missing; that ends a run in CI
# (CI is set), elsewhere the tests of the image are skipped and say so.
set -eu

command -v buildah >/dev/null 2>&1 && exit 0

give_up() {
  echo "The tests of the image need buildah, $1: install it (Debian and Ubuntu: apt-get install buildah uidmap), or they are skipped" >&2
  [ -z "${CI:-}" ] || exit 1
  exit 0
}

command -v apt-get >/dev/null 2>&1 || give_up 'and this machine has no apt-get'
if [ "$(id -u)" -eq 0 ]; then
  root=
elif [ -n "${CI:-}" ] && sudo -n true 2>/dev/null; then
  # Nobody's own machine is changed by the way because sudo happens to ask nothing.
  root='sudo -n'
else
  give_up 'and only root may install it'
fi

echo 'Installing buildah' >&2
# Its recommendations are a container engine's, and none is needed.
install() {
  $root env DEBIAN_FRONTEND=noninteractive apt-get install -o DPkg::Lock::Timeout=120 --yes --quiet --no-install-recommends \
    buildah uidmap >&2
}
# A machine that was never updated has no lists, one that was long ago may have lists of what is gone.
install || { $root apt-get update --quiet >&2 && install; } || give_up 'and apt-get could not install it (its words are above)'
