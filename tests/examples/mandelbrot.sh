#!/bin/sh
# SPDX-License-Identifier: MIT
#
# mandelbrot.sh: what the example mandelbrot does when its picture cannot be written.
#
#   mandelbrot.sh <program>
set -u

program=$1
[ -x "$program" ] || { echo "no $program: it was not built"; exit 77; }
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

# fails <file>: the picture is lost, and the program says so.
fails() {
	"$program" "$1" 16 9 >/dev/null 2>"$folder/err"
	status=$?
	if [ "$status" -eq 1 ] && grep -q "^mandelbrot: $1: ." "$folder/err"; then
		return
	fi
	echo "FAULT: $1: exit status $status"
	cat "$folder/err"
	exit 1
}

fails "$folder/none/picture.png"

# A device that is full stays where it is; a link stands in for it.
ln -s /dev/full "$folder/full"
fails "$folder/full"
[ -L "$folder/full" ] || { echo "FAULT: what could not be written is gone"; exit 1; }
