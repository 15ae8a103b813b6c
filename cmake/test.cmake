# test.cmake: how tests are built and registered.
#
#   creel_test_support(<file>...)
#     tests/support/<file>..., linked into every test.
#
#   creel_test(<floor> <file> [WRAP <symbol>...] [LABELS <label>...] [TIMEOUT <seconds>]
#              [SOURCES <file>...] [LIBS <module>...] [SERIAL] [SCALE])
#     tests/<floor>/test_<file>.c, a program that uses Check, as the CTest creel.<floor>.<file>.
#     WRAP    calls of the symbol go to the test's __wrap_<symbol>
#     LABELS  instead of "unit"
#     TIMEOUT in a plain build, default 300, for busy machines; sanitizers and valgrind get a multiple of it
#     SOURCES more files, relative to tests/
#     LIBS    libraries that pkg-config knows: without one of them the test is left out, and
#             configuring says so
#     SERIAL  runs alone, because it measures time
#     SCALE   suspends very many tasks: it is built with CREEL_TSAN_SCALE too, and others are not
#
#   creel_stress(<floor> <file> [SOURCES <file>...] [SCALE])
#     tests/<floor>/stress_<file>.c, a program without Check that takes how much it does as an argument
#     and has a default, as the CTest creel.<floor>.stress_<file>.
#
#   creel_script_test(<name> [LABELS <label>...] [TIMEOUT <seconds>] COMMAND <command>...)
#     any command as the CTest creel.<name>, run in the top folder of the sources; exit code 77
#     means skipped.
#
#   creel_meta_test(<name> [<argument>...])
#     tests/meta/<name>.py, which reads the tree itself, as the CTest creel.meta.<name>.

creel_find_module(check found)
if(NOT found)
	creel_debian_package(check package)
	message(FATAL_ERROR "creel's tests need Check, which was not found: install the Debian package "
		"${package}, or configure with -DCREEL_BUILD_TESTS=OFF")
endif()

set(creel_test_environment
	"ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=0:allocator_may_return_null=1"
	"TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:die_after_fork=0:allocator_may_return_null=1"
	"UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1"
	"CK_TIMEOUT_MULTIPLIER=${creel_slow_case}"
)
set(creel_test_launcher "")
if(CREEL_VALGRIND)
	find_program(CREEL_VALGRIND_PROGRAM valgrind)
	if(NOT CREEL_VALGRIND_PROGRAM)
		message(FATAL_ERROR "CREEL_VALGRIND is ON, but there is no valgrind (Debian package valgrind)")
	endif()
	set(creel_test_launcher "${CREEL_VALGRIND_PROGRAM}" --quiet --error-exitcode=99
		--leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite)
endif()

function(creel_test_support)
	if(NOT ARGN)
		add_library(creel_test_support INTERFACE)
		target_link_libraries(creel_test_support INTERFACE creel_testing PkgConfig::CREEL_CHECK)
		return()
	endif()
	list(TRANSFORM ARGN PREPEND "${creel_SOURCE_DIR}/tests/support/")
	add_library(creel_test_support STATIC ${ARGN})
	creel_compile(creel_test_support)
	target_compile_definitions(creel_test_support PRIVATE _GNU_SOURCE)
	target_include_directories(creel_test_support PRIVATE "${creel_SOURCE_DIR}/tests")
	target_link_libraries(creel_test_support PUBLIC creel_testing PkgConfig::CREEL_CHECK)
endfunction()

# What all tests have in common, whatever they run.
function(creel_test_properties name timeout labels)
	math(EXPR timeout "${timeout} * ${creel_slow_test}")
	set_tests_properties(${name} PROPERTIES
		TIMEOUT ${timeout}
		LABELS "${labels}"
		ENVIRONMENT "${creel_test_environment}"
	)
endfunction()

# Sets out to what a test of these modules links, or missing to the first that is not installed.
function(creel_test_libraries out missing)
	set(libraries "")
	set(${missing} "" PARENT_SCOPE)
	foreach(module IN LISTS ARGN)
		creel_find_module(${module} found)
		if(NOT found)
			set(${missing} ${module} PARENT_SCOPE)
		endif()
		list(APPEND libraries PkgConfig::${creel_module_id})
	endforeach()
	set(${out} "${libraries}" PARENT_SCOPE)
endfunction()

function(creel_test floor file)
	cmake_parse_arguments(PARSE_ARGV 2 arg "SERIAL;SCALE" "TIMEOUT" "WRAP;LABELS;SOURCES;LIBS")
	creel_no_more_arguments(creel_test ${arg_UNPARSED_ARGUMENTS})
	if(CREEL_TSAN_SCALE AND NOT arg_SCALE)
		return()
	endif()
	creel_test_libraries(libraries missing ${arg_LIBS})
	if(missing)
		creel_debian_package(${missing} package)
		message(STATUS "creel: test ${floor}.${file} is left out, since ${missing} was not found "
			"(Debian package ${package})")
		return()
	endif()
	creel_default(arg_TIMEOUT 300)
	creel_default(arg_LABELS unit)
	list(TRANSFORM arg_SOURCES PREPEND "${creel_SOURCE_DIR}/tests/")
	list(TRANSFORM arg_WRAP PREPEND "LINKER:--wrap=")

	set(target creel_test_${floor}_${file})
	set(name creel.${floor}.${file})
	creel_test_program(${target} ${name} ${floor} test_${file} ${arg_SOURCES})
	target_link_options(${target} PRIVATE ${arg_WRAP})
	target_link_libraries(${target} PRIVATE ${libraries})
	creel_test_properties(${name} ${arg_TIMEOUT} "${arg_LABELS}")
	set_tests_properties(${name} PROPERTIES RUN_SERIAL ${arg_SERIAL})
endfunction()

function(creel_stress floor file)
	cmake_parse_arguments(PARSE_ARGV 2 arg "SCALE" "" "SOURCES")
	creel_no_more_arguments(creel_stress ${arg_UNPARSED_ARGUMENTS})
	if(CREEL_TSAN_SCALE AND NOT arg_SCALE)
		return()
	endif()
	list(TRANSFORM arg_SOURCES PREPEND "${creel_SOURCE_DIR}/tests/")
	set(name creel.${floor}.stress_${file})
	creel_test_program(
		creel_stress_${floor}_${file} ${name} ${floor} stress_${file} ${arg_SOURCES})
	creel_test_properties(${name} 300 unit)
endfunction()

# Builds tests/<floor>/<program>.c and more sources, and registers it.
function(creel_test_program target name floor program)
	add_executable(${target} "${creel_SOURCE_DIR}/tests/${floor}/${program}.c" ${ARGN})
	creel_compile(${target})
	set_target_properties(${target} PROPERTIES
		OUTPUT_NAME ${program}
		RUNTIME_OUTPUT_DIRECTORY "${creel_BINARY_DIR}/tests/${floor}"
	)
	target_compile_definitions(${target} PRIVATE _GNU_SOURCE)
	target_include_directories(${target} PRIVATE "${creel_SOURCE_DIR}/tests")
	target_link_libraries(${target} PRIVATE creel_test_support)
	add_test(NAME ${name} COMMAND ${creel_test_launcher} $<TARGET_FILE:${target}>)
endfunction()

function(creel_script_test name)
	cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "LABELS;COMMAND")
	creel_no_more_arguments(creel_script_test ${arg_UNPARSED_ARGUMENTS})
	creel_default(arg_TIMEOUT 300)
	creel_default(arg_LABELS meta)
	add_test(NAME creel.${name} COMMAND ${arg_COMMAND} WORKING_DIRECTORY "${creel_SOURCE_DIR}")
	creel_test_properties(creel.${name} ${arg_TIMEOUT} "${arg_LABELS}")
	set_tests_properties(creel.${name} PROPERTIES SKIP_RETURN_CODE 77)
endfunction()

function(creel_meta_test name)
	creel_script_test(meta.${name} COMMAND
		"${CREEL_PYTHON}" -B "${creel_SOURCE_DIR}/tests/meta/${name}.py" ${ARGN})
endfunction()
