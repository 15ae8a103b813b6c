# bench_peer.cmake: how the peers of the benchmarks are built: what other libraries make of the same work.
#
#   creel_bench_peer(<peer> [NAME <name>] [LIBS <module>...] [HEADER <header>] [LINK <library>]
#                    [COMMAND <command>] [MODULE <module>] [PACKAGE <package>] [COMPILER <command>]
#                    [FLAGS <flag>...] [ARGS <argument>...] PROGRAMS <name>...)
#     bench/peers/<peer>/<name>.c, .cpp or .py. LIBS are names that pkg-config knows; HEADER is looked for
#     where a library has no .pc, and LINK is linked; COMMAND is one that the programs run; MODULE is one
#     of Debian's Python, which runs the programs then, with ARGS. PACKAGE is the Debian package that has it. FLAGS are for compiling and linking. COMPILER builds the programs, which
#     are in C, instead of the build's own; then NAME is what the tables call the peer.
#
#   creel_bench_go(PROGRAMS <name>...)
#     bench/peers/go/<name>.go
#
#   creel_bench_rust(<peer> <crates> <package> PROGRAMS <name>...)
#     bench/peers/<peer>/<name>.rs, where <peer> is a crate of Debian's <package>; <crates> are lines of
#     the dependencies in cargo's own words.
#
# A peer that is not installed is left out; configuring, and the table, say so.

# What a peer needs: sets libraries, and missing to the package of what is not there.
function(creel_bench_needs peer)
	creel_program_libraries(libraries lacking ${arg_LIBS})
	set(missing "")
	if(lacking)
		creel_debian_package(${lacking} missing)
	elseif(arg_HEADER)
		if(creel_bench_cxx)
			check_include_file_cxx("${arg_HEADER}" CREEL_HAS_${peer})
		endif()
		if(arg_LINK) # the header may come without the library
			find_library(CREEL_LIBRARY_${peer} ${arg_LINK})
		endif()
		if(NOT CREEL_HAS_${peer} OR (arg_LINK AND NOT CREEL_LIBRARY_${peer}))
			set(missing ${arg_PACKAGE})
		endif()
	elseif(arg_COMMAND)
		find_program(CREEL_COMMAND_${peer} ${arg_COMMAND})
		if(NOT CREEL_COMMAND_${peer})
			set(missing ${arg_PACKAGE})
		endif()
	endif()
	if(arg_MODULE)
		creel_bench_python(${peer})
	endif()
	set(libraries "${libraries};${arg_LINK}" PARENT_SCOPE)
	set(missing "${missing}" PARENT_SCOPE)
endfunction()

# Whether the command succeeds, which is remembered; else the caller's caller misses the package.
macro(creel_bench_try peer)
	if(NOT CREEL_HAS_${peer})
		execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET)
		if(status EQUAL 0)
			set(CREEL_HAS_${peer} TRUE CACHE INTERNAL "")
		else()
			set(missing ${arg_PACKAGE} PARENT_SCOPE)
		endif()
	endif()
endmacro()

# Debian's Python, if it has the module: another does not know where Debian keeps it.
function(creel_bench_python peer)
	find_program(CREEL_DEBIAN_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
	creel_bench_try(${peer} "${CREEL_DEBIAN_PYTHON}" -B -c "import ${arg_MODULE}")
endfunction()

# One program of a peer, compiled by the compilers of the build.
function(creel_bench_peer_program peer name source)
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
	creel_bench_row(${name} ${peer} "${arg_PACKAGE}" $<TARGET_FILE:${target}>)
endfunction()

# One program of a peer that brings its own compiler. The libraries are named as that compiler wants them.
function(creel_bench_foreign_program peer name source)
	set(program "${CMAKE_CURRENT_BINARY_DIR}/peers/${peer}/${name}")
	get_property(uses GLOBAL PROPERTY creel_bench_uses_${name})
	set(libraries -pthread -lm)
	foreach(module IN LISTS uses)
		creel_find_module(${module} found)
		list(APPEND libraries ${${creel_module_id}_LINK_LIBRARIES})
	endforeach()
	if(CREEL_BENCH_JEMALLOC)
		list(APPEND libraries -Wl,--no-as-needed ${CREEL_JEMALLOC_LINK_LIBRARIES})
	endif()
	string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
	separate_arguments(optimization UNIX_COMMAND "${CMAKE_C_FLAGS_${type}}")
	add_custom_command(OUTPUT "${program}"
		COMMAND "${CMAKE_COMMAND}" -E make_directory "${CMAKE_CURRENT_BINARY_DIR}/peers/${peer}"
		COMMAND "${CREEL_COMPILER_${peer}}" -std=gnu11 ${optimization} -D_GNU_SOURCE ${creel_warnings}
			${arg_FLAGS} -I "${CMAKE_CURRENT_SOURCE_DIR}" -MD -MF "${program}.d"
			-MT "${program}" -o "${program}" "${source}" ${libraries}
		DEPENDS "${source}"
		DEPFILE "${program}.d"
		COMMENT "Building bench/peers/${peer}/${name}"
		VERBATIM
	)
	add_custom_target(creel_bench_${peer}_${name} ALL DEPENDS "${program}")
	creel_bench_row(${name} ${peer} "${arg_PACKAGE}" "${program}")
endfunction()

# Those of the workload's own libraries that are there; missing is the package of one that is not.
function(creel_bench_peer_uses name)
	get_property(uses GLOBAL PROPERTY creel_bench_uses_${name})
	creel_program_libraries(used lacking ${uses})
	set(missing "")
	if(lacking)
		creel_debian_package(${lacking} missing)
	endif()
	set(used "${used}" PARENT_SCOPE)
	set(missing "${missing}" PARENT_SCOPE)
endfunction()

# Whichever kind of program it is.
function(creel_bench_peer_add peer shown name)
	set(base "${CMAKE_CURRENT_SOURCE_DIR}/peers/${peer}/${name}")
	creel_bench_peer_uses(${name})
	if(missing)
		return() # so is creel's own program, of which configuring speaks
	elseif(arg_MODULE)
		creel_bench_row(${name} ${shown} "${arg_PACKAGE}" "${CREEL_DEBIAN_PYTHON}" -B "${base}.py" ${arg_ARGS})
	elseif(EXISTS "${base}.py")
		creel_bench_row(${name} ${shown} "${arg_PACKAGE}" "${CREEL_PYTHON}" -B "${base}.py")
	elseif(arg_COMPILER)
		creel_bench_foreign_program(${shown} ${name} ${base}.c)
	elseif(EXISTS "${base}.c")
		creel_bench_peer_program(${shown} ${name} ${base}.c ${libraries} ${used})
	elseif(creel_bench_cxx)
		creel_bench_peer_program(${shown} ${name} ${base}.cpp ${libraries} ${used})
	else()
		creel_bench_left_out(${shown} g++)
	endif()
endfunction()

function(creel_bench_peer peer)
	cmake_parse_arguments(PARSE_ARGV 1 arg "" "NAME;HEADER;LINK;COMMAND;MODULE;PACKAGE;COMPILER"
		"LIBS;FLAGS;ARGS;PROGRAMS")
	creel_no_more_arguments(creel_bench_peer ${arg_UNPARSED_ARGUMENTS})
	if(NOT CREEL_BUILD_BENCH_PEERS)
		return()
	endif()
	creel_default(arg_NAME ${peer})
	if(arg_LIBS AND NOT arg_PACKAGE)
		list(GET arg_LIBS 0 module)
		creel_debian_package(${module} arg_PACKAGE)
	endif()
	creel_bench_needs(${arg_NAME})
	if(arg_COMPILER AND NOT missing)
		creel_bench_compiler(${arg_NAME})
	endif()
	if(missing)
		creel_bench_left_out(${arg_NAME} ${missing})
		return()
	endif()
	foreach(name IN LISTS arg_PROGRAMS)
		creel_bench_peer_add(${peer} ${arg_NAME} ${name})
	endforeach()
endfunction()

# Whether that compiler is there, and can link with the FLAGS.
function(creel_bench_compiler peer)
	find_program(CREEL_COMPILER_${peer} ${arg_COMPILER})
	set(source "${CMAKE_CURRENT_BINARY_DIR}/try_${peer}.c")
	file(WRITE "${source}" "#include <omp.h>\nint main(void) { return omp_get_max_threads() < 1; }\n")
	creel_bench_try(${peer} "${CREEL_COMPILER_${peer}}" ${arg_FLAGS} "${source}"
		-o "${CMAKE_CURRENT_BINARY_DIR}/try_${peer}")
endfunction()

# Rust: Debian's compiler and its registry of crates' sources, so that nothing comes from elsewhere. The
# package of cargo's is made in the build folder.
function(creel_bench_rust peer crates package)
	cmake_parse_arguments(PARSE_ARGV 3 arg "" "" "PROGRAMS")
	creel_no_more_arguments(creel_bench_rust ${arg_UNPARSED_ARGUMENTS})
	if(NOT CREEL_BUILD_BENCH_PEERS)
		return()
	endif()
	set(registry /usr/share/cargo/registry)
	find_program(CREEL_CARGO cargo PATHS /usr/bin NO_DEFAULT_PATH)
	find_program(CREEL_RUSTC rustc PATHS /usr/bin NO_DEFAULT_PATH)
	file(GLOB crate "${registry}/${peer}-[0-9]*")
	if(NOT CREEL_CARGO OR NOT CREEL_RUSTC OR NOT crate)
		creel_bench_left_out(${peer} "${package} and cargo")
		return()
	endif()
	set(folder "${CMAKE_CURRENT_BINARY_DIR}/peers/${peer}")
	set(manifest "[package]\nname = \"creel-bench-${peer}\"\nversion = \"0.0.0\"\nedition = \"2021\"\n"
		"[dependencies]\n${crates}\n[profile.release]\ncodegen-units = 1\n")
	set(sources "${CMAKE_CURRENT_SOURCE_DIR}/util/bench.rs")
	set(programs "")
	set(before "")
	if(CREEL_BENCH_JEMALLOC) # its linker would put jemalloc behind the C library
		set(before env "LD_PRELOAD=${CREEL_JEMALLOC_LINK_LIBRARIES}")
	endif()
	foreach(name IN LISTS arg_PROGRAMS)
		set(source "${CMAKE_CURRENT_SOURCE_DIR}/peers/${peer}/${name}.rs")
		list(APPEND manifest "[[bin]]\nname = \"${name}\"\npath = \"${source}\"\n")
		list(APPEND sources "${source}")
		list(APPEND programs "${folder}/target/release/${name}")
		creel_bench_row(${name} ${peer} "${package}" ${before} "${folder}/target/release/${name}")
	endforeach()
	list(JOIN manifest "" manifest)
	file(CONFIGURE OUTPUT "${folder}/Cargo.toml" CONTENT "${manifest}")
	file(CONFIGURE OUTPUT "${folder}/.cargo/config.toml" CONTENT
"[source.crates-io]
replace-with = \"debian\"
[source.debian]
directory = \"${registry}\"
[build]
rustc = \"${CREEL_RUSTC}\"
rustflags = [\"-Dwarnings\"]
")
	add_custom_command(OUTPUT ${programs}
		COMMAND "${CMAKE_COMMAND}" -E env --unset=RUSTFLAGS "CARGO_HOME=${folder}/home"
			"CARGO_TARGET_DIR=${folder}/target"
			"${CREEL_CARGO}" build --quiet --release --offline --jobs 2
		COMMAND "${CMAKE_COMMAND}" -E touch ${programs}
		DEPENDS ${sources} "${folder}/Cargo.toml" "${folder}/.cargo/config.toml"
		WORKING_DIRECTORY "${folder}"
		COMMENT "Building bench/peers/${peer}"
		VERBATIM
	)
	add_custom_target(creel_bench_${peer} ALL DEPENDS ${programs})
endfunction()

# Go: its compiler wants all files of a program in one folder, so they are copied into the build folder.
function(creel_bench_go)
	cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "PROGRAMS")
	creel_no_more_arguments(creel_bench_go ${arg_UNPARSED_ARGUMENTS})
	if(NOT CREEL_BUILD_BENCH_PEERS)
		return()
	endif()
	find_program(CREEL_GO go PATHS /usr/bin NO_DEFAULT_PATH)
	if(NOT CREEL_GO)
		creel_bench_left_out(go golang-go)
		return()
	endif()
	set(folder "${CMAKE_CURRENT_BINARY_DIR}/peers/go")
	set(programs "")
	foreach(name IN LISTS arg_PROGRAMS)
		set(sources "${CMAKE_CURRENT_SOURCE_DIR}/util/bench.go"
			"${CMAKE_CURRENT_SOURCE_DIR}/peers/go/${name}.go")
		add_custom_command(OUTPUT "${folder}/${name}"
			COMMAND "${CMAKE_COMMAND}" -E make_directory "${folder}/source/${name}"
			COMMAND "${CMAKE_COMMAND}" -E copy ${sources} "${folder}/source/${name}"
			COMMAND "${CMAKE_COMMAND}" -E env GO111MODULE=off GOTOOLCHAIN=local CGO_ENABLED=0
				"GOCACHE=${folder}/cache" "GOPATH=${folder}/path"
				"${CREEL_GO}" build -o "${folder}/${name}" "${folder}/source/${name}/bench.go"
				"${folder}/source/${name}/${name}.go"
			DEPENDS ${sources}
			WORKING_DIRECTORY "${folder}/source"
			COMMENT "Building bench/peers/go/${name}"
			VERBATIM
		)
		list(APPEND programs "${folder}/${name}")
		creel_bench_row(${name} go golang-go "${folder}/${name}")
	endforeach()
	file(MAKE_DIRECTORY "${folder}/source")
	add_custom_target(creel_bench_go ALL DEPENDS ${programs})
endfunction()
