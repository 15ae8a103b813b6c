# version.cmake: sets creel_version from the header that programs compile against, so that the
# version is written down in one place only.
set(creel_version "")
foreach(part MAJOR MINOR PATCH)
	file(STRINGS include/creel/version.h line REGEX "^#define CREEL_VERSION_${part} [0-9]+$")
	if(NOT line MATCHES "([0-9]+)$")
		message(FATAL_ERROR "include/creel/version.h does not define CREEL_VERSION_${part}")
	endif()
	list(APPEND creel_version ${CMAKE_MATCH_1})
endforeach()
list(JOIN creel_version . creel_version)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS include/creel/version.h)
