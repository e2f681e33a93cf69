#!/usr/bin/env bash
# What the tests need from the system: compilers for C and C++ (simulated drivers and GPU), and Chromium with a font.
set -euo pipefail
missing=()
command -v gcc >/dev/null || missing+=(gcc libc6-dev)
command -v g++ >/dev/null || missing+=(g++)
command -v "${CHROMIUM:-chromium}" >/dev/null || [ -x /usr/bin/chromium ] || missing+=(chromium)
# The pictures in ui-tests/pictures are of Debian's Chromium with this font.
[ ! -f /etc/debian_version ] || [ -f /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ] || missing+=(fonts-dejavu-core)
[ ${#missing[@]} -eq 0 ] && exit 0
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
  echo "Missing for the tests: ${missing[*]}. Install them with your package manager (for Chromium, CHROMIUM=/path/to/chromium also works)." >&2
  exit 1
fi
