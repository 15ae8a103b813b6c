# options.cmake: everything about the build that can be chosen with -D. What only creel's own
# developers need is off when creel is a part of another project.
option(CREEL_BUILD_TESTS "Build the tests (needs Check)" ${PROJECT_IS_TOP_LEVEL})
option(CREEL_BUILD_EXAMPLES "Build the example programs" ${PROJECT_IS_TOP_LEVEL})
option(CREEL_BUILD_BENCH "Build the benchmarks" ${PROJECT_IS_TOP_LEVEL})
option(CREEL_BUILD_BENCH_PEERS "Build the benchmarks' peers, those of them that are installed" OFF)
option(CREEL_BENCH_JEMALLOC "Link jemalloc into the benchmarks: creel's and all peers' in C and C++" OFF)
option(CREEL_INSTALL "Have rules for installing creel" ${PROJECT_IS_TOP_LEVEL})
option(CREEL_WITH_JEMALLOC "Link jemalloc into the examples" ${PROJECT_IS_TOP_LEVEL})
option(CREEL_WERROR "Treat compiler warnings as errors" OFF)
option(CREEL_VALGRIND "Run the tests under valgrind" OFF)
option(CREEL_COUNT "Count contended operations, and print them when a process ends" OFF)
set(CREEL_SANITIZE "" CACHE STRING "Sanitizers for everything that is built")
set_property(CACHE CREEL_SANITIZE PROPERTY STRINGS "" "address,undefined" thread)
option(CREEL_TSAN_SCALE "With CREEL_SANITIZE=thread: announce no fibers, so that there can be very many" OFF)

# BUILD_SHARED_LIBS belongs to the whole build: only when somebody turned it off is there no
# shared library.
if(DEFINED BUILD_SHARED_LIBS AND NOT BUILD_SHARED_LIBS)
	set(creel_shared OFF)
else()
	set(creel_shared ON)
endif()

# Without a build type a library would be built unoptimized, which nobody wants by default.
get_property(multi_config GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
if(PROJECT_IS_TOP_LEVEL AND NOT multi_config AND NOT CMAKE_BUILD_TYPE)
	set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Debug, Release, RelWithDebInfo" FORCE)
endif()

# Whether this is what a user would build: tests/CMakeLists.txt leaves out of the other builds the
# tests that they could tell nothing new.
if(CREEL_SANITIZE OR CREEL_VALGRIND OR CMAKE_C_FLAGS MATCHES "--coverage")
	set(creel_plain OFF)
else()
	set(creel_plain ON)
endif()

# By how much tests may be slower than they are in a plain build: creel_slow_test for a whole
# program, creel_slow_case for one of Check's cases.
if(CREEL_VALGRIND)
	set(creel_slow_test 10)
	set(creel_slow_case 20)
elseif(CREEL_SANITIZE)
	set(creel_slow_test 4)
	set(creel_slow_case 5)
else()
	set(creel_slow_test 1)
	set(creel_slow_case 3)
endif()
