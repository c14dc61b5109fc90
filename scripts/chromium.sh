#!/usr/bin/env bash
# What the browser tests need: Debian's Chromium, and a library of the program that drives it.
# Installed by root where it is missing, else those tests are skipped.
set -u
packages="chromium libatomic1"
is_there() {
  { command -v chromium || command -v chromium-browser; } >/dev/null && .venv/bin/playwright --version >/dev/null 2>&1
}

is_there && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  printf 'Installing what the browser tests need: %s\n' "$packages"
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages; } >/dev/null
  is_there && exit 0
fi
printf 'The browser tests are skipped; to run them: apt-get install %s\n' "$packages"
