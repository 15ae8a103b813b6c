# program.cmake: how example programs and creel's benchmarks (bench.cmake) are built. They see only what
# a user of creel sees: the public headers and the library.
#
#   creel_example_util(<file>...)
#     examples/util/<file>..., linked into every example.
#
#   creel_example(<name> [LIBS <module>...] [ARGS <argument>...] [TIMEOUT <seconds>] [SERIAL])
#     examples/<name>.c, and the CTest creel.example.<name>, which runs it with ARGS and wants
#     it to exit with 0.
#
#   creel_tutorial(<name>)
#     the same, run with its delays a tenth as long, with sanitizers four tenths; the CTest wants the output that the comment at
#     the top of the file shows.
#
# LIBS are names that pkg-config knows (libcrypto, libcurl, libpng ...), or m for the mathematical
# library. A program whose library is missing is left out, and configuring says so.
include(CheckCCompilerFlag)
check_c_compiler_flag(-fstack-clash-protection CREEL_HAS_STACK_CLASH_PROTECTION)

# Sets out to what can be linked, and missing to the first module that is not installed.
function(creel_program_libraries out missing)
	set(libraries "")
	set(${missing} "" PARENT_SCOPE)
	foreach(module IN LISTS ARGN)
		if(module STREQUAL "m")
			list(APPEND libraries m)
			continue()
		endif()
		creel_find_module(${module} found)
		if(NOT found)
			set(${missing} ${module} PARENT_SCOPE)
			return()
		endif()
		list(APPEND libraries PkgConfig::${creel_module_id})
	endforeach()
	set(${out} "${libraries}" PARENT_SCOPE)
endfunction()

# How all sources in examples/ and bench/ are compiled: in the compiler's own dialect, as a user
# would. A frame that is larger than a guard page must not step over it.
function(creel_program_compile target)
	creel_compile(${target})
	set_target_properties(${target} PROPERTIES C_EXTENSIONS ON)
	target_include_directories(${target} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}")
	if(CREEL_HAS_STACK_CLASH_PROTECTION)
		target_compile_options(${target} PRIVATE -fstack-clash-protection)
	endif()
endfunction()

function(creel_program_util target)
	if(NOT ARGN)
		add_library(${target} INTERFACE)
		return()
	endif()
	list(TRANSFORM ARGN PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/util/")
	add_library(${target} STATIC ${ARGN})
	creel_program_compile(${target})
	target_link_libraries(${target} PUBLIC creel::creel)
endfunction()

# Makes <kind>_<name> of <name>.c, or sets built to FALSE and says what is missing.
function(creel_program kind name built)
	creel_program_libraries(libraries missing ${ARGN})
	if(missing)
		creel_debian_package(${missing} package)
		message(STATUS "creel: ${kind} ${name} is left out, since ${missing} was not found "
			"(Debian package ${package})")
		set(${built} FALSE PARENT_SCOPE)
		return()
	endif()
	set(target creel_${kind}_${name})
	add_executable(${target} ${name}.c)
	creel_program_compile(${target})
	set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name})
	target_link_libraries(${target} PRIVATE
		creel_${kind}_malloc creel_${kind}_util creel::creel Threads::Threads ${libraries})
	set(${built} TRUE PARENT_SCOPE)
endfunction()

add_library(creel_example_malloc INTERFACE)
target_link_libraries(creel_example_malloc INTERFACE creel::jemalloc)

function(creel_example_util)
	creel_program_util(creel_example_util ${ARGN})
endfunction()

function(creel_example name)
	cmake_parse_arguments(PARSE_ARGV 1 arg "SERIAL" "TIMEOUT" "LIBS;ARGS")
	creel_no_more_arguments(creel_example ${arg_UNPARSED_ARGUMENTS})
	creel_default(arg_TIMEOUT 300)
	creel_program(example ${name} built ${arg_LIBS})
	if(built AND CREEL_BUILD_TESTS)
		set(test creel.example.${name})
		add_test(NAME ${test} COMMAND $<TARGET_FILE:creel_example_${name}> ${arg_ARGS})
		creel_test_properties(${test} ${arg_TIMEOUT} example)
		set_tests_properties(${test} PROPERTIES RUN_SERIAL ${arg_SERIAL})
	endif()
endfunction()

# On a machine that is busy with other things a delay takes longer, and what is printed rounds to seconds.
set(creel_tutorial_scale 0.1)
if(CREEL_SANITIZE)
	set(creel_tutorial_scale 0.4)
endif()

function(creel_tutorial name)
	creel_program(example ${name} built)
	if(built AND CREEL_BUILD_TESTS)
		creel_script_test(example.${name}
			LABELS example
			COMMAND sh "${creel_SOURCE_DIR}/tests/examples/output.sh"
				$<TARGET_FILE:creel_example_${name}>
				"${CMAKE_CURRENT_SOURCE_DIR}/${name}.c" ${creel_tutorial_scale}
		)
	endif()
endfunction()
