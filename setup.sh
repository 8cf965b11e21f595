#!/usr/bin/env bash
# Set up formcheck in .venv next to this file: system libraries (Debian and Ubuntu), locked packages, formcheck itself.
# --dev adds what the tests and benchmarks need.
set -euo pipefail
cd "$(dirname "$0")"

# mediapipe loads OpenGL ES and EGL even when it computes on the CPU; OpenCV wants glib and OpenGL
system=(libegl1 libgles2 libgl1 libglib2.0-0 python3-venv)
lock=requirements.lock
if [[ "${1:-}" == "--dev" ]]; then
  system+=(libgl1-mesa-dri strace) # renders the virtual runner without a graphics card; traces requests to the network
  lock=requirements-dev.lock
  [[ ! -r /etc/os-release ]] || grep -q '^ID=ubuntu$' /etc/os-release || system+=(chromium) # opens pages; Ubuntu's is a snap
fi
if command -v apt-get >/dev/null; then
  missing=()
  for package in "${system[@]}"; do
    dpkg -s "$package" >/dev/null 2>&1 || dpkg -s "${package}t64" >/dev/null 2>&1 || missing+=("$package")
  done
  if ((${#missing[@]})); then
    sudo=$([[ $EUID -eq 0 ]] || echo sudo)
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  fi
fi

python=${PYTHON:-python3}
[[ -x .venv/bin/python ]] || "$python" -m venv .venv
# most of it is never imported: what is, is compiled then
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r "$lock"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
