#!/usr/bin/env bash
# Debian's Chromium for the browser tests: installed by root where it is missing, else left out.
set -u
command -v chromium >/dev/null || command -v chromium-browser >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo 'Installing Chromium for the browser tests'
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } >/dev/null && exit 0
fi
echo 'Chromium is not installed: the browser tests are skipped (apt-get install chromium).'
