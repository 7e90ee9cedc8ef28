#!/bin/sh
# install_conf.sh DIR FILE: put FILE into DESTDIR/DIR unless there is one.
set -e
dir=${DESTDIR:-}$1
file=$dir/$(basename "$2")
test -e "$file" || install -D -m 0644 "$2" "$file"
