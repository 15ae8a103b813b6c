# compile.cmake: how creel's own C is compiled.
#
#   creel_compile(<target>)   C11, warnings, sanitizers: for all targets with sources
#   creel_sanitize(<target>)  the sanitizers alone: for libraries made of objects
include(CheckCSourceCompiles)

set(creel_warnings
	-Wall
	-Wextra
	-Wshadow
	-Wstrict-prototypes
	-Wmissing-prototypes
	-Wpointer-arith
	-Wcast-qual
	-Wwrite-strings
	-Wundef
	-Wvla
	-Wconversion
)
if(CREEL_WERROR)
	list(APPEND creel_warnings -Werror)
endif()

# For ThreadSanitizer: functions are not seen to be entered and left.
if(CMAKE_C_COMPILER_ID MATCHES "Clang")
	set(creel_tsan_without_calls -mllvm -tsan-instrument-func-entry-exit=0)
else()
	set(creel_tsan_without_calls --param=tsan-instrument-func-entry-exit=0)
endif()

set(creel_sanitize_flags "")
if(CREEL_SANITIZE)
	if(NOT CREEL_SANITIZE MATCHES "^(address|undefined|address,undefined|thread)$")
		message(FATAL_ERROR "CREEL_SANITIZE is \"${CREEL_SANITIZE}\": it can be empty, address, "
			"undefined, \"address,undefined\" or thread")
	endif()
	set(creel_sanitize_flags -fsanitize=${CREEL_SANITIZE} -fno-omit-frame-pointer)
	if(CREEL_SANITIZE MATCHES "undefined")
		list(APPEND creel_sanitize_flags -fno-sanitize-recover=undefined)
	endif()

	# The compiler may know the option and yet lack the library.
	string(MAKE_C_IDENTIFIER "CREEL_HAS_SANITIZE_${CREEL_SANITIZE}" has)
	list(JOIN creel_sanitize_flags " " CMAKE_REQUIRED_FLAGS)
	check_c_source_compiles("int main(void) { return 0; }" ${has})
	unset(CMAKE_REQUIRED_FLAGS)
	if(NOT ${has})
		message(FATAL_ERROR "${CMAKE_C_COMPILER} cannot build with -fsanitize=${CREEL_SANITIZE}. "
			"On Debian the run-time libraries come with gcc, and with libclang-rt-dev for clang.")
	endif()
endif()

# ThreadSanitizer is not told of fibers (lib/fiber/annotate.h) and keeps no call stacks, which it would
# otherwise mix up. As fibers are pinned, what one does comes before what the next one of its thread does.
set(creel_sanitize_compile_flags ${creel_sanitize_flags})
if(CREEL_TSAN_SCALE)
	if(NOT CREEL_SANITIZE STREQUAL "thread")
		message(FATAL_ERROR "CREEL_TSAN_SCALE needs CREEL_SANITIZE=thread")
	endif()
	list(APPEND creel_sanitize_compile_flags -DCRL_TSAN_SCALE ${creel_tsan_without_calls})
endif()

function(creel_sanitize target)
	target_compile_options(${target} PRIVATE
		"$<$<COMPILE_LANGUAGE:C>:${creel_sanitize_compile_flags}>")
	# Public: what is linked with a sanitized library needs the sanitizer's run-time library.
	target_link_options(${target} PUBLIC ${creel_sanitize_flags})
endfunction()

function(creel_compile target)
	set_target_properties(${target} PROPERTIES
		C_STANDARD 11
		C_STANDARD_REQUIRED ON
		C_EXTENSIONS OFF
	)
	target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:C>:${creel_warnings}>")
	creel_sanitize(${target})
endfunction()
