#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh: installs creel and uses it as others would.
#
#   run.sh SOURCE SCRATCH COMPILER [WAY...]
#
# SOURCE is creel's top folder, SCRATCH a folder that may be written to, COMPILER a C compiler. The
# ways, in this order if none is named ("install" has to come first):
#
#   install           build creel (Release, without tests and examples) and install it
#   find_package      CMake's find_package: shared and static
#   cxx               the same from a project in C++, and from the command line; 77 without C++
#   relocated         an installed tree that was moved: CMake and pkg-config
#   pkg_config        from the command line: shared and static
#   static_only       built with BUILD_SHARED_LIBS=OFF
#   add_subdirectory  creel's sources inside another project
#   fetch_content     the same by FetchContent
set -eu

if [ $# -lt 3 ]; then
	echo "usage: $0 SOURCE SCRATCH COMPILER [WAY...]" >&2
	exit 2
fi
source=$(cd "$1" && pwd)
mkdir -p "$2"
scratch=$(cd "$2" && pwd)
CC=$3
shift 3

cmake=${CMAKE:-cmake}
pkg_config=${PKG_CONFIG:-pkg-config}
consumer=$source/tests/consumer
strict="-Wall -Wextra -Wpedantic -Werror"
unset DESTDIR CFLAGS CXXFLAGS LDFLAGS LD_LIBRARY_PATH PKG_CONFIG_PATH

skipped=0

# Sets CXX to the C++ compiler that belongs to $CC, or else to any, or to nothing.
find_cxx() {
	case $CC in
	*clang*) set -- clang++ c++ g++ ;;
	*) set -- g++ c++ clang++ ;;
	esac
	for CXX in "$@"; do
		if command -v "$CXX" >/dev/null; then
			return 0
		fi
	done
	CXX=""
}

# build SOURCE BUILD [OPTION...]: configures from scratch and builds.
build() {
	from=$1 to=$2
	shift 2
	rm -rf "$to"
	"$cmake" -S "$from" -B "$to" -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_COMPILER="$CC" "$@"
	"$cmake" --build "$to"
}

# build_creel BUILD [OPTION...]
build_creel() {
	to=$1
	shift
	build "$source" "$to" -DCREEL_BUILD_TESTS=OFF -DCREEL_BUILD_EXAMPLES=OFF \
		-DCREEL_BUILD_BENCH=OFF -DCREEL_WERROR=ON "$@"
}

# install_creel BUILD PREFIX
install_creel() {
	rm -rf "$2"
	"$cmake" --install "$1" --prefix "$2"
}

# pc PREFIX ARGUMENT...: what pkg-config says of the creel in PREFIX.
pc() {
	found=$(find "$1" -name creel.pc)
	shift
	PKG_CONFIG_PATH=$(dirname "$found") "$pkg_config" "$@" creel
}

# pc_link PREFIX NAME COMPILER [OPTION...]: builds and runs main.c, with the shared library and
# with the static one.
pc_link() {
	prefix=$1 name=$2 compiler=$3
	shift 3
	# shellcheck disable=SC2046,SC2086 # several words each
	"$compiler" "$@" $strict $(pc "$prefix" --cflags) -o "$scratch/$name" "$consumer/main.c" \
		-x none $(pc "$prefix" --libs)
	LD_LIBRARY_PATH=$(pc "$prefix" --variable=libdir) "$scratch/$name"
	# shellcheck disable=SC2046,SC2086
	"$compiler" "$@" $strict $(pc "$prefix" --cflags) -o "$scratch/$name-static" "$consumer/main.c" \
		-x none -Wl,-Bstatic $(pc "$prefix" --static --libs) -Wl,-Bdynamic
	"$scratch/$name-static"
}

# run_both BUILD: the programs that a consumer project builds.
run_both() {
	"$1/with_creel"
	"$1/with_static"
}

way_install() {
	build_creel "$scratch/creel"
	install_creel "$scratch/creel" "$scratch/prefix"
	# All headers are there, the adapters too.
	diff -r "$source/include/creel" "$scratch/prefix/include/creel"
}

way_find_package() {
	build "$consumer/find_package" "$scratch/find_package" -DCMAKE_PREFIX_PATH="$scratch/prefix" \
		-DCONSUMER_VERSION="$(pc "$scratch/prefix" --modversion)" -DCMAKE_C_FLAGS="$strict"
	run_both "$scratch/find_package"
}

way_cxx() {
	find_cxx
	if [ -z "$CXX" ]; then
		echo "there is no C++ compiler"
		skipped=77
		return 0
	fi
	build "$consumer/find_package" "$scratch/cxx" -DCMAKE_PREFIX_PATH="$scratch/prefix" \
		-DCONSUMER_LANGUAGE=CXX -DCMAKE_CXX_COMPILER="$CXX" -DCMAKE_CXX_FLAGS="$strict"
	run_both "$scratch/cxx"
	pc_link "$scratch/prefix" cxx_main "$CXX" -std=c++11 -x c++
}

way_relocated() {
	install_creel "$scratch/creel" "$scratch/before"
	rm -rf "$scratch/moved to"
	mv "$scratch/before" "$scratch/moved to"
	if grep -rIF -e "$scratch" -e "$source" "$scratch/moved to"; then
		echo "these lines name a folder of the build" >&2
		return 1
	fi
	build "$consumer/find_package" "$scratch/relocated" -DCMAKE_PREFIX_PATH="$scratch/moved to"
	run_both "$scratch/relocated"
	# No blank in the folder here: shells split what pkg-config prints.
	rm -rf "$scratch/moved"
	mv "$scratch/moved to" "$scratch/moved"
	pc_link "$scratch/moved" relocated_main "$CC"
}

way_pkg_config() {
	pc_link "$scratch/prefix" pkg_config_main "$CC" -std=c11
}

way_static_only() {
	build_creel "$scratch/static_only_creel" -DBUILD_SHARED_LIBS=OFF
	install_creel "$scratch/static_only_creel" "$scratch/static_only_prefix"
	if [ -n "$(find "$scratch/static_only_prefix" -name '*.so*')" ]; then
		echo "BUILD_SHARED_LIBS is OFF, and yet there is a shared library" >&2
		return 1
	fi
	build "$consumer/find_package" "$scratch/static_only" \
		-DCMAKE_PREFIX_PATH="$scratch/static_only_prefix"
	run_both "$scratch/static_only"
	pc_link "$scratch/static_only_prefix" static_only_main "$CC"
}

way_add_subdirectory() {
	build "$consumer/add_subdirectory" "$scratch/add_subdirectory" -DCONSUMER_CREEL="$source"
	run_both "$scratch/add_subdirectory"
}

way_fetch_content() {
	build "$consumer/fetch_content" "$scratch/fetch_content" -DCONSUMER_CREEL="$source"
	run_both "$scratch/fetch_content"
}

if [ $# -eq 0 ]; then
	set -- install find_package cxx relocated pkg_config static_only add_subdirectory fetch_content
fi
for way in "$@"; do
	echo "== $way"
	case $way in
	install) way_install ;;
	find_package) way_find_package ;;
	cxx) way_cxx ;;
	relocated) way_relocated ;;
	pkg_config) way_pkg_config ;;
	static_only) way_static_only ;;
	add_subdirectory) way_add_subdirectory ;;
	fetch_content) way_fetch_content ;;
	*)
		echo "$0: no such way: $way" >&2
		exit 2
		;;
	esac
done
exit $skipped
