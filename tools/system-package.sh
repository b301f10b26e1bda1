#!/bin/sh
# Installs a Debian package where we may, and otherwise says what to run.
set -eu
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing $1 ..."
  apt-get update -qq >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$1" >/dev/null
else
  echo "$1 is missing. Please run:  sudo apt-get install $1" >&2
  exit 1
fi
