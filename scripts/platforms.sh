#!/usr/bin/env bash
# What the tests of RTMP need: Debian's nginx with its RTMP module as platforms, FFmpeg as an
# encoder, stunnel as the way to RTMPS. Installed by root where it is missing, else those tests
# are skipped.
set -u
packages="nginx-light libnginx-mod-rtmp ffmpeg stunnel4"
is_there() {
  command -v ffmpeg >/dev/null && [ -x /usr/sbin/nginx ] && command -v stunnel4 >/dev/null &&
    [ -e /usr/lib/nginx/modules/ngx_rtmp_module.so ]
}

is_there && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  printf 'Installing what the tests of RTMP need: %s\n' "$packages"
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages; } >/dev/null
  is_there && exit 0
fi
printf 'The tests of RTMP are skipped; to run them: apt-get install %s\n' "$packages"
