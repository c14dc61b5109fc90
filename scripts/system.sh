#!/usr/bin/env bash
# The system libraries that the drawing library's wheel needs: installed by root, named otherwise.
set -euo pipefail
packages="libgl1 libegl1 libexpat1 libfontconfig1"
loads() { .venv/bin/python -c 'import skia' 2>/dev/null; }

loads && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  printf 'Installing the system libraries that drawing needs: %s\n' "$packages"
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages; } >/dev/null \
    || { echo "Set-up stopped: they could not be installed (see above)." >&2; exit 1; }
  loads && exit 0
fi
printf '\nSet-up stopped: drawing needs system libraries. Install them once with:\n  sudo apt-get install %s\n' "$packages" >&2
exit 1
