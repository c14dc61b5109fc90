#!/usr/bin/env bash
# Proves `make demo` and `make test` on a bare Debian 12 in a folder, as root and as an ordinary
# user: nothing there but git, make, Python with venv, and what those need. Run as root; takes long.
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo "prove-fresh: run as root, it makes a system in a folder" >&2; exit 1; }
command -v debootstrap >/dev/null || apt-get install -y -qq debootstrap >/dev/null
place=${PROVE_FOLDER:-build/fresh}
mkdir -p "$place"
place=$(cd "$place" && pwd)
bare=$place/bare.tar
root=$place/debian
source=$(git rev-parse --show-toplevel)
began=$SECONDS

say() { printf '\n== %4d s: %s\n' "$((SECONDS - began))" "$*"; }
inside() { chroot "$root" env -i HOME="$1" USER="$2" PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin LANG=C.UTF-8 TERM=dumb su "$2" -s /bin/bash -c "$3"; }
# Processes whose root folder is the bare system, and the memory that is theirs alone or by share.
list_inside() {
  for one in /proc/[0-9]*; do
    [ "$(readlink "$one/root" 2>/dev/null)" = "$root" ] && echo "${one#/proc/}"
  done
  true
}
release() {
  for pid in $(list_inside); do kill -KILL "$pid" 2>/dev/null; done # what a failed proof left running
  for one in dev/shm dev/pts dev proc sys; do mountpoint -q "$root/$one" && umount -l "$root/$one"; done
  true
}
trap release EXIT

bare_system() {
  if [ ! -f "$bare" ]; then
    say "making a bare Debian 12"
    rm -rf "$root"
    debootstrap --variant=minbase --include=git,make,python3,python3-venv,ca-certificates bookworm "$root" >"$place/debootstrap.log"
    tar -C "$root" -cf "$bare" .
  fi
  release
  rm -rf "$root" && mkdir -p "$root" && tar -C "$root" -xf "$bare"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  # What Debian's installer writes and debootstrap does not.
  printf '127.0.0.1 localhost\n::1 localhost\n' >"$root/etc/hosts"
  # The way to the package registries is this machine's: its certificates and its pip and apt settings.
  cp -a /etc/ssl/certs/. "$root/etc/ssl/certs/"
  for one in /etc/pip.conf /etc/apt/apt.conf.d /usr/local/share/ca-certificates; do
    [ -e "$one" ] && { mkdir -p "$root$(dirname "$one")"; cp -a "$one" "$root$(dirname "$one")/"; }
  done
  cp -a /etc/apt/sources.list /etc/apt/sources.list.d "$root/etc/apt/" 2>/dev/null || true
  for one in proc sys dev dev/pts dev/shm; do mkdir -p "$root/$one"; mount --bind "/$one" "$root/$one"; done
}

prove() { # prove HOME USER
  local home=$1 user=$2 log=$place/$2
  say "$user: git clone"
  git -c safe.directory='*' clone -q "$source" "$root$home/chophien"
  chroot "$root" chown -R "$user:" "$home/chophien"
  say "$user: make demo"
  inside "$home" "$user" 'cd ~/chophien && exec make demo PORT=8765' >"$log.demo.log" 2>&1 &
  local demo=$!
  for _ in $(seq 600); do
    grep -q '^Ctrl-C closes' "$log.demo.log" && break
    kill -0 $demo 2>/dev/null || break
    sleep 1
  done
  grep -q '^Ctrl-C closes' "$log.demo.log" || { tail -n 20 "$log.demo.log"; echo "$user: make demo FAILED"; return 1; }
  say "$user: the fair is open"
  local room
  room=$(python3 - <<PY
import re, urllib.request
home = urllib.request.urlopen("http://127.0.0.1:8765/").read().decode()
page = urllib.request.urlopen("http://127.0.0.1:8765/live/%s/" % re.search(r"/live/(\d+)/", home).group(1)).read().decode()
playlist = urllib.request.urlopen("http://127.0.0.1:8765" + re.search(r"/playlists/\d+\.m3u8", page).group()).read().decode()
segment = [line for line in playlist.splitlines() if line.endswith(".m4s")][-1]
print(len(urllib.request.urlopen("http://127.0.0.1:8765" + segment).read()))
PY
)
  say "$user: a second of video has $room bytes; disk $(du -sm "$root$home/chophien" | cut -f1) MB; memory of all processes $(measure) MB"
  for pid in $(list_inside); do
    tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -q 'bin/chophien demo $' && kill -INT "$pid"
  done
  wait $demo || true
  sleep 1
  [ -z "$(list_inside)" ] || { echo "$user: processes are left over: $(list_inside)"; return 1; }
  say "$user: closed, nothing left over; make test"
  inside "$home" "$user" 'cd ~/chophien && exec make test' >"$log.test.log" 2>&1 || { tail -n 40 "$log.test.log"; echo "$user: make test FAILED"; return 1; }
  tail -n 1 "$log.test.log"
}
measure() { for pid in $(list_inside); do cat "/proc/$pid/smaps_rollup" 2>/dev/null; done | awk '/^Pss:/ {kb += $2} END {print int(kb / 1024)}'; }

for who in ${PROVE_AS:-user root}; do
  bare_system
  if [ "$who" = root ]; then prove /root root; else
    chroot "$root" useradd --create-home --shell /bin/bash visitor
    # What an ordinary user is told to install once, as set-up names it.
    chroot "$root" bash -c 'apt-get update -qq && apt-get install -y -qq --no-install-recommends libgl1 libegl1 libexpat1 libfontconfig1' >/dev/null
    prove /home/visitor visitor
  fi
done
say "proved"
