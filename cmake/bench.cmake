# bench.cmake: how benchmarks are built, and the list of them that bench/run.py reads. Their peers are in
# bench_peer.cmake.
#
#   creel_bench_util(<file>...)
#     bench/util/<file>..., linked into every benchmark of creel.
#
#   creel_bench_uses(<name> <module>...)
#     what all programs of that workload are linked with, creel's and those of its peers: names that
#     pkg-config knows.
#
#   creel_bench(<name> [UNLISTED] [ARGS <argument>...] [EXAMPLES <file>...])
#     bench/<name>.c, creel's program of that workload, with examples/util/<file>...; it is run with ARGS.
#     UNLISTED: not one of the driver's.
#
#   creel_bench_row(<name> <peer> <package> <command>...)
#     any other program as a row of that workload's tables.
#
#   creel_bench_list()
#     writes bench/programs.json into the build folder: all of these.
#
# All programs in C and C++ are built with the same optimization and get the same malloc: the C library's,
# or, with CREEL_BENCH_JEMALLOC, jemalloc.
set(creel_bench_cxx FALSE)
if(CREEL_BUILD_BENCH_PEERS)
	include(CheckLanguage)
	check_language(CXX)
	if(CMAKE_CXX_COMPILER)
		enable_language(CXX)
		include(CheckIncludeFileCXX)
		set(creel_bench_cxx TRUE)
	endif()
endif()

set(creel_bench_malloc "libc")
add_library(creel_bench_malloc INTERFACE)
if(CREEL_BENCH_JEMALLOC)
	get_target_property(options creel_jemalloc INTERFACE_LINK_OPTIONS)
	if(NOT options)
		message(FATAL_ERROR "CREEL_BENCH_JEMALLOC needs jemalloc, and CREEL_WITH_JEMALLOC")
	endif()
	target_link_libraries(creel_bench_malloc INTERFACE creel::jemalloc)
	set(creel_bench_malloc "jemalloc")
endif()

set_property(GLOBAL PROPERTY creel_bench_rows "")
set_property(GLOBAL PROPERTY creel_bench_missing "")

# Appends an object to a list that becomes JSON; the values are pairs of key and value, and the command.
function(creel_bench_row name peer package)
	set(command "")
	foreach(part IN LISTS ARGN)
		list(APPEND command "\"${part}\"")
	endforeach()
	list(JOIN command ", " command)
	set_property(GLOBAL APPEND_STRING PROPERTY creel_bench_rows
		",\n    {\"workload\": \"${name}\", \"peer\": \"${peer}\", \"package\": \"${package}\", \"command\": [${command}]}")
endfunction()

function(creel_bench_left_out peer package)
	message(STATUS "creel: the peer ${peer} is left out of the benchmarks, since it was not found "
		"(Debian package ${package})")
	set_property(GLOBAL APPEND_STRING PROPERTY creel_bench_missing
		",\n    {\"peer\": \"${peer}\", \"package\": \"${package}\"}")
endfunction()

function(creel_bench_util)
	creel_program_util(creel_bench_util ${ARGN})
endfunction()

function(creel_bench_uses name)
	set_property(GLOBAL PROPERTY creel_bench_uses_${name} ${ARGN})
endfunction()

function(creel_bench name)
	cmake_parse_arguments(PARSE_ARGV 1 arg "UNLISTED" "" "ARGS;EXAMPLES")
	creel_no_more_arguments(creel_bench ${arg_UNPARSED_ARGUMENTS})
	get_property(uses GLOBAL PROPERTY creel_bench_uses_${name})
	creel_program(bench ${name} built ${uses})
	if(built)
		target_compile_definitions(creel_bench_${name} PRIVATE _GNU_SOURCE)
		if(arg_EXAMPLES)
			list(TRANSFORM arg_EXAMPLES PREPEND "${creel_SOURCE_DIR}/examples/util/")
			target_sources(creel_bench_${name} PRIVATE ${arg_EXAMPLES})
			set_source_files_properties(${arg_EXAMPLES} PROPERTIES COMPILE_OPTIONS -U_GNU_SOURCE)
			target_include_directories(creel_bench_${name} PRIVATE "${creel_SOURCE_DIR}/examples")
		endif()
		if(NOT arg_UNLISTED)
			creel_bench_row(${name} creel "" $<TARGET_FILE:creel_bench_${name}> ${arg_ARGS})
		endif()
	endif()
endfunction()

function(creel_bench_list)
	get_property(rows GLOBAL PROPERTY creel_bench_rows)
	get_property(missing GLOBAL PROPERTY creel_bench_missing)
	string(REGEX REPLACE "^," "" rows "${rows}")
	string(REGEX REPLACE "^," "" missing "${missing}")
	file(GENERATE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/programs.json" CONTENT
"{
  \"build\": \"${CMAKE_BUILD_TYPE}\",
  \"compilers\": \"${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION}, C++: ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}\",
  \"malloc\": \"${creel_bench_malloc}\",
  \"programs\": [${rows}
  ],
  \"missing\": [${missing}
  ]
}
")
endfunction()
