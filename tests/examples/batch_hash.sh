#!/bin/sh
# SPDX-License-Identifier: MIT
#
# batch_hash.sh: what the example batch_hash promises, against sha256sum(1).
#
#   batch_hash.sh <program> [<sanitizers>]
#
# Nothing here depends on time: where the program has to be met in the middle of a pass, it says so
# on a FIFO, and the file that it reads then is large enough. With sanitizers memory is not measured.
set -u
export LC_ALL=C

program=$1
sanitizers=${2-}
[ -x "$program" ] || { echo "no $program: it was not built"; exit 77; }
case $program in /*) ;; *) program=$(pwd)/$program ;; esac

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
chmod 755 "$work"
cd "$work" || exit 1

faults=0
fault() {
	echo "FAULT: $*"
	faults=$((faults + 1))
}

# run <exit status> <argument>...: leaves stdout in out and stderr in err.
run() {
	wanted=$1
	shift
	"$program" "$@" >out 2>err
	status=$?
	[ "$status" -eq "$wanted" ] && return
	fault "batch_hash $*: exit status $status, not $wanted"
	sed 's/^/    /' out err
}

# has <file> <basic regular expression>: a line of out or err matches.
has() {
	grep -q -e "$2" "$1" && return
	fault "no line of $1 matches '$2':"
	sed 's/^/    /' "$1"
}

empty() {
	[ -s "$1" ] || return
	fault "$1 should be empty:"
	sed 's/^/    /' "$1"
}

# ---- a tree with everything that can go wrong in a name ----

mkdir -p tree/sub/deeper "tree/a folder" tree/nothing
newline=$(printf 'new\nline')
return=$(printf 'return\r.')
odd=$(printf 'odd\377\001bytes')
(
	cd tree || exit 1
	for name in plain "two  blanks" " first" "last " "$newline" 'back\slash' 'both\n
of them' "$return" "$odd" -dash --help - .hidden "quote'\"" '*' 'sub/x' 'sub/deeper/y' \
		'a folder/z'; do
		printf 'content of %s' "$name" >"./$name"
	done
	: >empty
	head -c 131072 /dev/zero >block
	head -c 131073 /dev/zero >block-and-one
	head -c 5242880 /dev/urandom >big
	ln plain hard-link
	ln -s plain link
	ln -s nowhere dangling
	ln -s .. loop
	mkfifo fifo
)
(cd tree && find . -type f -exec sha256sum {} +) | sort >expected
files=$(tr -dc '\n' <expected | wc -c)

for workers in 1 2 8; do
	(cd tree && "$program" --workers "$workers" --output ../sums . >../out 2>../err) ||
		fault "a sound tree: exit status $? with $workers workers"
	sort sums | cmp -s - expected || {
		fault "other sums than sha256sum's with $workers workers:"
		sort sums | diff - expected
	}
	(cd tree && sha256sum --check --quiet --strict ../sums) ||
		fault "sha256sum -c with $workers workers"
	has out "^files     $files\$"
	has out "^workers   $workers\$"
	has out "^check     the same $files digests\$"
	has out '^errors    0$'
	has out '^speed-up  '
	has out '^memory    '
done

# By default one worker for each CPU; short options; two trees, one of them a single file.
run 0 -w2 -o sums tree/sub tree/plain
has out '^tree      tree/sub: 2 files, '
has out '^tree      tree/plain: 1 files, '
has out '^files     3$'
sha256sum --check --quiet --strict sums || fault "sha256sum -c of two trees"
run 0 tree/
has out "^workers   $(nproc)\$"

# A slash at the end is not doubled; names that look like options; a file called -.
run 0 --output sums tree/sub/
has sums '  tree/sub/x$'
(cd tree && "$program" --output ../sums -- -dash --help - >../out 2>../err) || fault "-- -dash"
(cd tree && sha256sum --check --quiet --strict ../sums) || fault "sha256sum -c of -dash"
has sums '  \./-$'

# The output is not hashed itself, wherever it is; an old one is replaced.
mkdir self
echo content >self/file
for attempt in 1 2; do
	run 0 --output self/sums self
	has out '^files     1$'
	[ "$(wc -l <self/sums)" -eq 1 ] || fault "output in its own tree, attempt $attempt"
done

# Nothing at all.
run 0 --output sums tree/nothing
has out '^files     0$'
has out '^check     the same 0 digests$'
empty sums

# ---- the command line ----

run 0 --help
has out '^Usage: batch_hash '
empty err
run 0 -h
for wrong in --nonsense -x --workers --workers= --workers=0 --workers=-1 --workers=two \
	--workers=2x --workers=4097 --workers=99999999999999999999 --output; do
	run 2 "$wrong"
	empty out
	has err '^Usage: batch_hash '
done
run 2 --output nowhere/sums tree
has err 'nowhere/sums: No such file or directory'

# ---- errors: one for each file, and the run goes on ----

run 1 --output sums nowhere tree/sub also-nowhere
has out '^files     2$'
has out '^errors    2$'
has out '^  nowhere: No such file or directory$'
has out '^  also-nowhere: No such file or directory$'
sha256sum --check --quiet --strict sums || fault "sha256sum -c after errors"

# Links are followed to a folder that was asked for, and nowhere else; no file, no folder.
ln -s tree/sub to-folder
ln -s tree/plain to-file
run 0 to-folder
has out '^files     2$'
run 1 to-file
has out '^  to-file: Too many levels of symbolic links$'
run 1 tree/fifo
has out '^  tree/fifo: Invalid argument$'

# A file that can be opened and not be read; control characters are not shown.
if [ -r /proc/self/mem ]; then
	run 1 /proc/self/mem tree/sub
	has out '^  /proc/self/mem: Input/output error$'
	has out '^files     2$'
fi
run 1 "$(printf 'no\nsuch\033file')"
has out '^  no?such?file: No such file or directory$'

# Without permission. Root may read everything, so it runs the program as nobody, if it can.
mkdir -p closed/folder
echo secret >closed/file
echo secret >closed/folder/file
echo open >closed/open
chmod 000 closed/file closed/folder
if [ "$(id -u)" -eq 0 ]; then
	nobody="setpriv --reuid=65534 --regid=65534 --clear-groups --"
else
	nobody=
fi
if $nobody "$program" --help >/dev/null 2>&1; then
	$nobody "$program" closed >out 2>err
	[ $? -eq 1 ] || fault "without permission: wrong exit status"
	has out '^  closed/file: Permission denied$'
	has out '^  closed/folder: Permission denied$'
	has out '^errors    2$'
	has out '^files     1$'
else
	echo "not tried: files without permission"
fi
chmod 700 closed/folder

# What cannot be written.
if [ -w /dev/full ]; then
	run 1 --output /dev/full tree
	has err '^batch_hash: /dev/full: No space left on device$'
	"$program" tree >/dev/full 2>err
	[ $? -eq 1 ] || fault "a full standard output: wrong exit status"
fi

# ---- many files ----

# many <folder> <n>
many() {
	mkdir "$1"
	(cd "$1" && seq "$2" | split -l 1 -a 5)
}

# The peak in KiB, from the line "memory    5.79 MiB at most".
peak() {
	awk '$1 == "memory" { print int($2 * ($3 == "GiB" ? 1048576 : $3 == "MiB" ? 1024 : 1)) }' out
}

many few 500
many lots 20000
run 0 --workers 2 few
small=$(peak)
run 0 --workers 2 --output sums lots
large=$(peak)
has out '^check     the same 20,000 digests$'
[ "$(wc -l <sums)" -eq 20000 ] || fault "20,000 files: not as many lines"
sha256sum --check --quiet --strict sums || fault "sha256sum -c of 20,000 files"
if [ -z "$sanitizers" ] && [ $((large)) -gt $((small * 3 / 2)) ]; then
	fault "memory grows with the number of files: $small KiB, then $large KiB"
fi

# ---- Ctrl-C ----

# Waits for the beginning of a pass, then interrupts it. A shell lets its background programs ignore
# SIGINT, and batch_hash respects that.
# interrupt <pass> <argument>...
interrupt() {
	pass=$1
	shift
	rm -f says
	mkfifo says
	env --default-signal=INT "$program" "$@" >out 2>says &
	pid=$!
	{
		while read -r line; do
			case $line in "$pass"*) kill -INT "$pid" ;; esac
		done
	} <says
	wait "$pid"
	status=$?
	[ "$status" -eq 130 ] || fault "interrupted in $pass: exit status $status, not 130"
	has out '^interrupted'
}

mkdir sparse
truncate -s 1T sparse/huge 2>/dev/null || truncate -s 15G sparse/huge
mkdir slow
truncate -s 512M slow/large
if env --default-signal=INT true 2>/dev/null; then
	interrupt warm-up --workers 2 sparse lots
	has out '^files     0$'
	interrupt serial --workers 2 slow lots
	has out '^files     0$'
	interrupt pooled --workers 1 --output sums slow lots
	has out "^files     $(wc -l <sums)\$"
	[ ! -s sums ] || sha256sum --check --quiet --strict sums ||
		fault "sha256sum -c after an interruption"
else
	echo "not tried: Ctrl-C, since env(1) cannot set it to its default"
fi

# ---- the bar ----

# On a terminal of 30 columns no line is wider than 29, and it is gone in the end.
if script -qec true /dev/null >/dev/null 2>&1; then
	script -qec "stty columns 30; '$program' --workers 1 slow 2>&1 >out" /dev/null >bar </dev/null
	tr '\r' '\n' <bar >drawn
	has drawn '^serial .*%'
	[ "$(awk 'length > 29' drawn | wc -l)" -eq 0 ] || fault "the bar is wider than the terminal"
	[ -z "$(tail -n 1 drawn | tr -d ' ')" ] || fault "the bar is left on the terminal"
else
	echo "not tried: the bar, since there is no script(1)"
fi

[ "$faults" -eq 0 ] && echo "all as promised"
exit "$((faults > 0))"
