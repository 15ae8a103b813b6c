# library.cmake: the targets that are made of lib/.
#
#   creel_headers(<file>...)          installed headers, in include/creel/
#   creel_adapters(<file>...)         the same, in include/creel/adapters/
#   creel_sources(<floor> <file>...)  sources of one floor, in lib/<floor>/
#   creel_switch_source()             the context switch of this machine, in lib/fiber/
#   creel_libraries()                 the libraries, once all of these were called
#
# The sources are compiled once, as creel_objects, and everything is made of these objects:
#
#   creel          shared; not if BUILD_SHARED_LIBS is OFF      creel::creel
#   creel_static   static, position-independent                 creel::static
#   creel_testing  static, lends lib/ to the tests, which may call the hidden crl_ functions
#
# Without a shared library creel::creel is the static one.

# Adds them to the list of that name, which install.cmake reads.
function(creel_list_headers list folder)
	foreach(file IN LISTS ARGN)
		if(NOT EXISTS "${creel_SOURCE_DIR}/${folder}/${file}")
			message(FATAL_ERROR "lib/CMakeLists.txt lists ${folder}/${file}: no such file")
		endif()
		set_property(GLOBAL APPEND PROPERTY ${list} "${creel_SOURCE_DIR}/${folder}/${file}")
	endforeach()
endfunction()

function(creel_headers)
	creel_list_headers(creel_headers include/creel ${ARGN})
endfunction()

function(creel_adapters)
	creel_list_headers(creel_adapters include/creel/adapters ${ARGN})
endfunction()

function(creel_sources floor)
	foreach(file IN LISTS ARGN)
		target_sources(creel_objects PRIVATE "${creel_SOURCE_DIR}/lib/${floor}/${file}")
	endforeach()
endfunction()

function(creel_switch_source)
	if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$" AND CMAKE_SIZEOF_VOID_P EQUAL 8)
		set(file switch_x86_64.S)
	else()
		message(FATAL_ERROR "creel has no context switch for this machine yet: "
			"${CMAKE_SYSTEM_PROCESSOR}, ${CMAKE_SIZEOF_VOID_P} bytes to a pointer")
	endif()
	creel_sources(fiber ${file})
endfunction()

function(creel_library_common target)
	creel_sanitize(${target})
	target_link_libraries(${target} PRIVATE Threads::Threads)
	target_include_directories(${target} INTERFACE
		"$<BUILD_INTERFACE:${creel_SOURCE_DIR}/include>") # install.cmake says where they go
endfunction()

function(creel_libraries)
	creel_compile(creel_objects)
	set_target_properties(creel_objects PROPERTIES
		C_VISIBILITY_PRESET hidden
		POSITION_INDEPENDENT_CODE ON
	)
	target_compile_definitions(creel_objects PRIVATE _GNU_SOURCE
		$<$<BOOL:${CREEL_COUNT}>:CREEL_COUNT>)
	target_include_directories(creel_objects PRIVATE
		"${creel_SOURCE_DIR}/include"
		"${creel_SOURCE_DIR}/lib"
	)
	target_link_libraries(creel_objects PRIVATE Threads::Threads)

	add_library(creel_static STATIC $<TARGET_OBJECTS:creel_objects>)
	set_target_properties(creel_static PROPERTIES OUTPUT_NAME creel EXPORT_NAME static)
	creel_library_common(creel_static)
	add_library(creel::static ALIAS creel_static)

	add_library(creel_testing STATIC EXCLUDE_FROM_ALL $<TARGET_OBJECTS:creel_objects>)
	target_include_directories(creel_testing INTERFACE "${creel_SOURCE_DIR}/lib")
	creel_library_common(creel_testing)

	if(NOT creel_shared)
		add_library(creel::creel ALIAS creel_static)
		return()
	endif()

	# Before 1.0 a new minor version may change the interface, so each has a soname of its own.
	set(soversion ${PROJECT_VERSION_MAJOR})
	if(PROJECT_VERSION_MAJOR EQUAL 0)
		set(soversion 0.${PROJECT_VERSION_MINOR})
	endif()
	add_library(creel SHARED $<TARGET_OBJECTS:creel_objects>)
	set_target_properties(creel PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${soversion})
	# Its threads may still be running when a plugin that was linked with it is closed.
	target_link_options(creel PRIVATE LINKER:-z,nodelete)
	if(NOT CREEL_SANITIZE) # else the sanitizer's symbols are left to the executable
		target_link_options(creel PRIVATE LINKER:-z,defs)
	endif()
	creel_library_common(creel)
	add_library(creel::creel ALIAS creel)
endfunction()
