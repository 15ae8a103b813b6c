# install.cmake: what is installed, so that other projects find creel with find_package(creel) or
# with pkg-config. Everything in it is relative to the prefix, which may be moved afterwards.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

get_property(headers GLOBAL PROPERTY creel_headers)
install(FILES ${headers} DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/creel")
get_property(adapters GLOBAL PROPERTY creel_adapters)
install(FILES ${adapters} DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/creel/adapters")

set(libraries creel_static)
if(creel_shared)
	list(APPEND libraries creel)
endif()
install(TARGETS ${libraries} EXPORT creelTargets
	LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
	ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
	INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
)

# gdb finds it by the name of the shared library; others read it with "source".
install(FILES lib/gdb/creel-gdb.py DESTINATION "${CMAKE_INSTALL_DATADIR}/creel")
if(creel_shared)
	install(FILES lib/gdb/creel-gdb.py
		DESTINATION "${CMAKE_INSTALL_DATADIR}/gdb/auto-load${CMAKE_INSTALL_FULL_LIBDIR}"
		RENAME "libcreel.so.${PROJECT_VERSION}-gdb.py"
	)
endif()

# For find_package.
set(folder "${CMAKE_INSTALL_LIBDIR}/cmake/creel")
install(EXPORT creelTargets NAMESPACE creel:: DESTINATION "${folder}")
configure_package_config_file(
	cmake/creelConfig.cmake.in "${creel_BINARY_DIR}/creelConfig.cmake"
	INSTALL_DESTINATION "${folder}"
)
write_basic_package_version_file(
	"${creel_BINARY_DIR}/creelConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES
	"${creel_BINARY_DIR}/creelConfig.cmake"
	"${creel_BINARY_DIR}/creelConfigVersion.cmake"
	DESTINATION "${folder}"
)

# For pkg-config: paths from the prefix, unless the packager gave absolute ones.
set(pc_prefix "${CMAKE_INSTALL_PREFIX}")
if(NOT IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
	file(RELATIVE_PATH up "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
	string(REGEX REPLACE "/$" "" pc_prefix "\${pcfiledir}/${up}")
endif()
foreach(kind LIBDIR INCLUDEDIR)
	string(TOLOWER "pc_${kind}" variable)
	set(${variable} "${CMAKE_INSTALL_${kind}}")
	if(NOT IS_ABSOLUTE "${${variable}}")
		set(${variable} "\${prefix}/${${variable}}")
	endif()
endforeach()
set(pc_libs "")
if(NOT creel_shared)
	set(pc_libs " -pthread")
endif()
configure_file(cmake/creel.pc.in "${creel_BINARY_DIR}/creel.pc" @ONLY)
install(FILES "${creel_BINARY_DIR}/creel.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
