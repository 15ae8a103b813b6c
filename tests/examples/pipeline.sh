#!/bin/sh
# SPDX-License-Identifier: MIT
#
# pipeline.sh: what the example pipeline promises: what comes out depends neither on the workers nor on time,
# and four times as much text takes no more memory: the windows of the stages, which are more or less full.
#
#   pipeline.sh <program> [<sanitizers>]
#
# With sanitizers memory is not measured.
set -u
export LC_ALL=C

program=$1
sanitizers=${2-}
[ -x "$program" ] || { echo "no $program: it was not built"; exit 77; }
out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT

fault() {
	echo "FAULT: $*"
	cat "$out"
	exit 1
}

# run <argument>...: leaves what it prints in $out.
run() {
	"$program" "$@" >"$out" || fault "pipeline $*: exit status $?"
	grep -q '^check     the same, in the same order$' "$out" || fault "pipeline $*: not the same"
}

# The lines that do not depend on time.
result() {
	grep -E '^(text|lines|packed|chain) ' "$out"
}

# The peak in KiB, from the line "memory    5.79 MiB at most".
peak() {
	awk '$1 == "memory" { print int($2 * ($3 == "GiB" ? 1048576 : $3 == "MiB" ? 1024 : 1)) }' "$out"
}

run 1 1
one=$(result)
for workers in 2 7; do
	run 1 "$workers"
	[ "$(result)" = "$one" ] || fault "another result with $workers workers: not $one"
done

if [ -z "$sanitizers" ]; then
	run 24 2
	small=$(peak)
	run 96 2
	large=$(peak)
	[ "$large" -le $((small * 2)) ] || fault "memory grows with the text: $small KiB, then $large KiB"
fi

for wrong in 0 -1 x 1000000000; do
	"$program" "$wrong" >"$out" 2>&1
	[ $? -eq 2 ] || fault "pipeline $wrong: wrong exit status"
done
echo "all as promised"
