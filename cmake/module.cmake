# module.cmake: libraries from outside, found by pkg-config.
#
#   creel_find_module(<module> <found>)   sets <found>: whether there is PkgConfig::CREEL_<MODULE>
#   creel_debian_package(<module> <out>)  the Debian package to install for it
find_package(PkgConfig QUIET)

# A macro, since the variables of pkg_check_modules belong to the caller.
macro(creel_find_module module found)
	set(${found} FALSE)
	if(PkgConfig_FOUND)
		string(MAKE_C_IDENTIFIER "${module}" creel_module_id)
		string(TOUPPER "CREEL_${creel_module_id}" creel_module_id)
		pkg_check_modules(${creel_module_id} QUIET IMPORTED_TARGET GLOBAL ${module})
		if(${creel_module_id}_FOUND)
			set(${found} TRUE)
		endif()
	endif()
endmacro()

function(creel_debian_package module out)
	set(package_of_check check)
	set(package_of_glib-2.0 libglib2.0-dev)
	set(package_of_jemalloc libjemalloc-dev)
	set(package_of_libcrypto libssl-dev)
	set(package_of_libcurl libcurl4-openssl-dev)
	set(package_of_libevent_core libevent-dev)
	set(package_of_libpng libpng-dev)
	set(package_of_libuv libuv1-dev)
	set(package_of_tbb libtbb-dev)
	set(package_of_zlib zlib1g-dev)
	if(NOT PkgConfig_FOUND)
		set(${out} "pkg-config" PARENT_SCOPE)
	elseif(DEFINED package_of_${module})
		set(${out} "${package_of_${module}}" PARENT_SCOPE)
	else()
		set(${out} "that has ${module}.pc" PARENT_SCOPE)
	endif()
endfunction()
