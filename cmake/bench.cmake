# bench.cmake: how benchmarks and their peers are built, and the list of them that bench/run.py reads.
#
#   creel_bench_util(<file>...)
#     bench/util/<file>..., linked into every benchmark of creel.
#
#   creel_bench(<name> [LIBS <module>...] [UNLISTED])
#     bench/<name>.c, creel's program of that workload. UNLISTED: not one of the driver's.
#
#   creel_bench_peer(<peer> [LIBS <module>...] [HEADER <header> PACKAGE <package>] [FLAGS <flag>...]
#                    PROGRAMS <name>...)
#     bench/peers/<peer>/<name>.c, .cpp or .py: what another library makes of the workload. LIBS are names
#     that pkg-config knows; HEADER is looked for where a library has no more than headers; FLAGS are for
#     compiling and linking. A peer that is not installed is left out; configuring, and the table, say so.
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

function(creel_bench name)
	cmake_parse_arguments(PARSE_ARGV 1 arg "UNLISTED" "" "LIBS")
	creel_no_more_arguments(creel_bench ${arg_UNPARSED_ARGUMENTS})
	creel_program(bench ${name} built ${arg_LIBS})
	if(built)
		target_compile_definitions(creel_bench_${name} PRIVATE _GNU_SOURCE)
		if(NOT arg_UNLISTED)
			creel_bench_row(${name} creel "" $<TARGET_FILE:creel_bench_${name}>)
		endif()
	endif()
endfunction()

# These two are parts of creel_bench_peer(), and see its arguments.
# Sets libraries to what a peer needs, and missing to the package of what is not there.
function(creel_bench_needs peer)
	creel_program_libraries(libraries lacking ${arg_LIBS})
	set(missing "")
	if(lacking)
		creel_debian_package(${lacking} missing)
	elseif(arg_HEADER)
		if(creel_bench_cxx)
			check_include_file_cxx("${arg_HEADER}" CREEL_HAS_${peer})
		endif()
		if(NOT CREEL_HAS_${peer})
			set(missing ${arg_PACKAGE})
		endif()
	endif()
	set(libraries "${libraries}" PARENT_SCOPE)
	set(missing "${missing}" PARENT_SCOPE)
endfunction()

# One compiled program of a peer.
function(creel_bench_peer_program peer name source package)
	set(target creel_bench_${peer}_${name})
	add_executable(${target} ${source})
	creel_program_compile(${target})
	set_target_properties(${target} PROPERTIES
		OUTPUT_NAME ${name}
		RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/peers/${peer}"
		CXX_STANDARD 17
		CXX_STANDARD_REQUIRED ON
		CXX_EXTENSIONS ON
	)
	target_compile_definitions(${target} PRIVATE _GNU_SOURCE)
	target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra>" ${arg_FLAGS})
	target_link_options(${target} PRIVATE ${arg_FLAGS})
	target_link_libraries(${target} PRIVATE creel_bench_malloc Threads::Threads ${ARGN})
	creel_bench_row(${name} ${peer} "${package}" $<TARGET_FILE:${target}>)
endfunction()

function(creel_bench_peer peer)
	cmake_parse_arguments(PARSE_ARGV 1 arg "" "HEADER;PACKAGE" "LIBS;FLAGS;PROGRAMS")
	creel_no_more_arguments(creel_bench_peer ${arg_UNPARSED_ARGUMENTS})
	if(NOT CREEL_BUILD_BENCH_PEERS)
		return()
	endif()
	if(arg_LIBS AND NOT arg_PACKAGE)
		list(GET arg_LIBS 0 module)
		creel_debian_package(${module} arg_PACKAGE)
	endif()
	creel_bench_needs(${peer})
	if(missing)
		creel_bench_left_out(${peer} ${missing})
		return()
	endif()
	foreach(name IN LISTS arg_PROGRAMS)
		set(base "${CMAKE_CURRENT_SOURCE_DIR}/peers/${peer}/${name}")
		if(EXISTS "${base}.py")
			creel_bench_row(${name} ${peer} "${arg_PACKAGE}" "${CREEL_PYTHON}" -B "${base}.py")
		elseif(EXISTS "${base}.c")
			creel_bench_peer_program(${peer} ${name} ${base}.c "${arg_PACKAGE}" ${libraries})
		elseif(creel_bench_cxx)
			creel_bench_peer_program(${peer} ${name} ${base}.cpp "${arg_PACKAGE}" ${libraries})
		else()
			set(missing g++)
		endif()
	endforeach()
	if(missing)
		creel_bench_left_out(${peer} ${missing})
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
