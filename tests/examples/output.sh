#!/bin/sh
# SPDX-License-Identifier: MIT
#
# output.sh: does an example print what the comment at the top of its source shows?
#
#   output.sh <program> <source> [<argument>...]
#
# What it shows are the lines of the first comment that are indented by five spaces after the star.
set -eu

program=$1 source=$2
shift 2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

sed -n '/^\/\*$/,/^ \*\/$/ s/^ \*     //p' "$source" >"$folder/wanted"
[ -s "$folder/wanted" ] || { echo "$source does not show what it prints"; exit 1; }
"$program" "$@" >"$folder/printed"
diff -u "$folder/wanted" "$folder/printed"
