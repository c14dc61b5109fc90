#!/usr/bin/env bash
# Makes .venv and installs one set of locked dependencies: setup.sh PYTHON run|dev
set -euo pipefail
python=$1 set=$2
fail() { printf '\nSet-up stopped: %s\n' "$1" >&2; exit 1; }

command -v "$python" >/dev/null || fail "Python is missing. Install it with: apt-get install python3 python3-venv"
"$python" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' \
  || fail "Python 3.11 or newer is needed; this is $("$python" -V 2>&1)."
free_kb=$(df -Pk . | awk 'NR==2 {print $4}')
[ "$free_kb" -gt 1500000 ] || fail "the disk is nearly full: 1.5 GB are needed here, $((free_kb / 1024)) MB are free."

if [ ! -x .venv/bin/python ]; then
  printf '[1/3] Making the virtual environment .venv\n'
  "$python" -m venv .venv 2>/dev/null \
    || { rm -rf .venv; fail "Python's venv module is missing. Install it with: apt-get install python3-venv"; }
fi
printf '[2/3] Installing the locked dependencies (%s)\n' "$set"
count=$(grep -c '^[a-z].*==' "locks/$set.txt")
.venv/bin/python -m pip install --no-input --progress-bar off --require-hashes -r "locks/$set.txt" 2>.venv/pip.err \
  | awk -v n="$count" -v tty="$([ -t 1 ] && echo 1)" '/^(Collecting|Requirement already)/ {i++}
      tty {printf "\r      %d of about %d packages", i, n; fflush()}
      END {printf "%s      %d packages\n", (tty ? "\r\033[K" : ""), i}' \
  || { tail -n 5 .venv/pip.err >&2; fail "the dependencies could not be installed (see above); run the command again to go on."; }
printf '[3/3] Installing Chợ Phiên itself\n'
.venv/bin/python -m pip install --quiet --no-input --no-deps --no-build-isolation -e . 2>.venv/pip.err \
  || { tail -n 5 .venv/pip.err >&2; fail "Chợ Phiên could not be installed into .venv."; }
touch ".venv/$set.stamp"
