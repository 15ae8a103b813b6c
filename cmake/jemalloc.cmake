# jemalloc.cmake: creel::jemalloc, which makes jemalloc the malloc of an executable. It is empty
# where jemalloc is missing, not wanted, or in the way of a tool that has its own malloc.
#
# For executables only: a library that brings another malloc along takes the choice from its user.
add_library(creel_jemalloc INTERFACE)
add_library(creel::jemalloc ALIAS creel_jemalloc)

if(NOT CREEL_WITH_JEMALLOC OR CREEL_SANITIZE OR CREEL_VALGRIND)
	return()
endif()
creel_find_module(jemalloc found)
if(NOT found)
	message(STATUS "creel: no jemalloc, so programs use the C library's malloc "
		"(Debian package libjemalloc-dev)")
	return()
endif()

# As an option and not as a library, so that it stands first in the command; and kept although no
# object refers to it by then.
list(JOIN CREEL_JEMALLOC_LINK_LIBRARIES " " jemalloc)
list(GET CREEL_JEMALLOC_LINK_LIBRARIES 0 first)
get_filename_component(folder "${first}" DIRECTORY)
target_link_options(creel_jemalloc INTERFACE
	"SHELL:-Wl,--push-state,--no-as-needed ${jemalloc} -Wl,--pop-state")
if(NOT folder IN_LIST CMAKE_C_IMPLICIT_LINK_DIRECTORIES)
	target_link_options(creel_jemalloc INTERFACE "LINKER:-rpath,${folder}")
endif()
