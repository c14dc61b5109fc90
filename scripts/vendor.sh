#!/usr/bin/env bash
# Fetches the front-end files that the pages load: exact npm packages, checked by hash, no build.
#   vendor.sh          fetch anew into src/chophien/web/static/vendor, then check
#   vendor.sh --check  only compare what is there with vendor/SHA256SUMS
set -euo pipefail
cd "$(dirname "$0")/../src/chophien/web/static/vendor"

check() { sha256sum --quiet --check SHA256SUMS && echo "The vendored files are as vendor/SHA256SUMS lists them."; }
if [ "${1:-}" = --check ]; then check; exit; fi

command -v npm >/dev/null || { echo "npm is missing. Install it with: apt-get install npm" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Downloads one package, compares its hash with the table in README.md and unpacks it.
fetch() { # package@version folder
  local tarball wanted
  tarball=$(cd "$work" && npm pack --silent "$1")
  wanted=$(grep -F "| \`$1\` |" README.md | grep -oE '[0-9a-f]{64}')
  echo "$wanted  $work/$tarball" | sha256sum --quiet --check
  mkdir -p "$work/$2" && tar -xzf "$work/$tarball" -C "$work/$2" --strip-components=1
  rm -rf "$2" && mkdir "$2"
}

fetch hls.js@1.7.4 hls
cp "$work/hls/dist/hls.light.min.mjs" hls/hls.light.min.js
cp "$work/hls/LICENSE" hls/

fetch centrifuge@5.8.0 centrifuge
cp "$work/centrifuge/dist/centrifuge.js" "$work/centrifuge/LICENSE" centrifuge/

fetch echarts@6.1.0 echarts
cp "$work/echarts/dist/echarts.simple.min.js" "$work/echarts/LICENSE" "$work/echarts/NOTICE" echarts/

fetch @svg-maps/vietnam@2.0.0 vietnam-map
cp "$work/vietnam-map/index.js" vietnam-map/vietnam.js
cp "$work/vietnam-map/LICENSE.md" vietnam-map/

fetch altcha@3.2.2 altcha
cp "$work/altcha/dist/workers/pbkdf2.js" altcha/
cp "$work/altcha/LICENSE.txt" altcha/LICENSE

# Fonts: woff2 only, and one style sheet whose addresses are relative to it.
fetch @fontsource/be-vietnam-pro@5.3.0 be-vietnam-pro
cp "$work/be-vietnam-pro/LICENSE" be-vietnam-pro/
for weight in 400 600 700 800; do
  cp "$work/be-vietnam-pro/files/"be-vietnam-pro-{latin,latin-ext,vietnamese}-$weight-normal.woff2 be-vietnam-pro/
  cat "$work/be-vietnam-pro/$weight.css"
done | sed -E 's#url\(\./files/([^)]*woff2)\) format\(.woff2.\), url[^;]*#url(\1) format("woff2")#' > be-vietnam-pro/font.css

fetch @fontsource/noto-sans-sc@5.3.0 noto-sans-sc
cp "$work/noto-sans-sc/LICENSE" noto-sans-sc/
cp "$work/noto-sans-sc/files/"noto-sans-sc-*-400-normal.woff2 noto-sans-sc/
rm -f noto-sans-sc/noto-sans-sc-chinese-simplified-400-normal.woff2  # all of them in one file
sed -E 's#url\(\./files/([^)]*woff2)\) format\(.woff2.\), url[^;]*#url(\1) format("woff2")#' \
  "$work/noto-sans-sc/400.css" > noto-sans-sc/font.css

if [ ! -e SHA256SUMS ]; then
  find . -type f ! -name SHA256SUMS ! -name README.md | sort | xargs sha256sum > SHA256SUMS
fi
check
