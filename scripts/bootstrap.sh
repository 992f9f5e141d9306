#!/bin/sh
# Installs the npm packages when node_modules is missing or was made from another package-lock.json. Says nothing when
# nothing is to do. Uses what every machine with npm has, because the project's own Node comes with the packages.
set -eu

cd "$(dirname "$0")/.."
stamp=node_modules/.made-from-package-lock.json
lock=.bootstrap-lock

is_current() {
  [ -x node_modules/.bin/node ] && cmp -s package-lock.json "$stamp"
}

is_current && exit 0

command -v npm >/dev/null 2>&1 || {
  echo 'npm is needed to install the packages, but it is not on the PATH. It comes with Node.js: https://nodejs.org' >&2
  exit 1
}

# One installation at a time: mkdir is the lock, and a lock whose owner is gone is taken over.
waits=0
until mkdir "$lock" 2>/dev/null; do
  owner=$(cat "$lock/pid" 2>/dev/null || true)
  if [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; then
    # Renaming is what only one of several waiters can do. One that comes late gives a new owner's lock back.
    if mv "$lock" "$lock.$$" 2>/dev/null; then
      if [ "$(cat "$lock.$$/pid" 2>/dev/null || true)" = "$owner" ]; then rm -rf "$lock.$$"; else mv "$lock.$$" "$lock"; fi
    fi
    continue
  fi
  if [ "$waits" -eq 0 ]; then echo "Waiting for another installation of the packages (process ${owner:-unknown})" >&2; fi
  waits=$((waits + 1))
  if [ "$waits" -gt 600 ]; then
    echo "Waited 10 minutes for $lock: remove it if no installation is running" >&2
    exit 1
  fi
  sleep 1
done
trap 'rm -rf "$lock"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
echo $$ >"$lock/pid"

# The one before us may have done it.
is_current && exit 0

echo 'Installing packages' >&2
# Not `npm ci`: it refuses a lock file that does not list every platform's optional packages, and a registry need not have
# them all. With --no-save the lock file decides the versions and hashes all the same, and is not written.
# Without a stamp nobody knows what is there: an interrupted installation, perhaps.
if [ -f "$stamp" ]; then rm "$stamp"; else rm -rf node_modules; fi
npm install --no-save --no-audit --no-fund --loglevel=error >&2
cp package-lock.json "$stamp"
