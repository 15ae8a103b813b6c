# model.cmake: lib/ and the models of tests/model/, built for the explorer.
#
#   creel_explorer(<source>...)   the program that explores: build/.../tests/model/explore
#   creel_models(<name> [LIB] SOURCES <source>...)
#                                 a library that it explores: the models; with LIB, and lib/ as it is
#   creel_model_test(<model>...)  each model of creel_models as the CTest creel.model.<model>
#
# What makes lib/ a subject for the explorer: a folder with another <stdatomic.h> comes first in the
# search path; the linker turns calls of the C library round (--wrap); and the compiler, told to
# instrument for ThreadSanitizer, calls the explorer at plain accesses.

set(creel_model_wraps
	abort calloc clock_gettime free madvise malloc memcpy memmove memset mmap mprotect munmap
	pthread_atfork pthread_cond_broadcast pthread_cond_destroy pthread_cond_init
	pthread_cond_signal pthread_cond_timedwait pthread_cond_wait pthread_detach
	pthread_join pthread_key_create pthread_mutex_destroy pthread_mutex_init
	pthread_mutex_lock pthread_mutex_unlock pthread_once pthread_self pthread_setcancelstate
	pthread_setname_np pthread_setspecific pthread_sigmask realloc sched_yield sem_init sem_post
	sem_wait sigaction sigaltstack syscall
)

set(creel_model_flags -std=gnu11 -O2 -g -fPIC -fvisibility=hidden -ftls-model=initial-exec
	-fno-builtin -fno-optimize-sibling-calls -fsanitize=thread ${creel_tsan_without_calls}
	-Wall -Wextra
)
if(CREEL_WERROR)
	list(APPEND creel_model_flags -Werror)
endif()

# libgcc has a __wrap_pthread_create of its own, so this one goes by another way. What is rare because a
# number is large is made frequent.
set(creel_model_definitions _GNU_SOURCE CRL_TSAN_SCALE CRL_MEMBERS_DEEPEST=1
	CRL_DEQUE_SIZE=2 CRL_FAIR_CHOICE=3 CRL_BATCH_FIRST=2 CRL_STATS_STRETCH=1 CRL_SPINNING_PAYS=false
	pthread_create=model_pthread_create)
set(creel_model_includes
	"${creel_SOURCE_DIR}/tests/model/shadow"
	"${creel_SOURCE_DIR}/tests/model"
	"${creel_SOURCE_DIR}/lib"
	"${creel_SOURCE_DIR}/include"
)

function(creel_explorer)
	add_executable(creel_explore ${ARGN})
	creel_compile(creel_explore)
	target_compile_definitions(creel_explore PRIVATE _GNU_SOURCE)
	target_include_directories(creel_explore PRIVATE "${creel_SOURCE_DIR}/tests/model")
	target_compile_options(creel_explore PRIVATE -O3)
	target_link_libraries(creel_explore PRIVATE ${CMAKE_DL_LIBS})
	set_target_properties(creel_explore PROPERTIES
		OUTPUT_NAME explore
		ENABLE_EXPORTS ON
		RUNTIME_OUTPUT_DIRECTORY "${creel_BINARY_DIR}/tests/model"
	)
endfunction()

function(creel_models name)
	cmake_parse_arguments(PARSE_ARGV 1 arg "LIB" "" "SOURCES")
	creel_no_more_arguments(creel_models ${arg_UNPARSED_ARGUMENTS})
	string(REGEX REPLACE "s?_objects$" "_objects" objects ${name}_objects)
	if(arg_LIB)
		get_target_property(sources creel_objects SOURCES)
		list(FILTER sources INCLUDE REGEX "/lib/")
	endif()
	add_library(${objects} OBJECT ${sources} ${arg_SOURCES})
	target_compile_options(${objects} PRIVATE "$<$<COMPILE_LANGUAGE:C>:${creel_model_flags}>")
	target_compile_definitions(${objects} PRIVATE ${creel_model_definitions})
	target_include_directories(${objects} PRIVATE ${creel_model_includes})
	set_target_properties(${objects} PROPERTIES POSITION_INDEPENDENT_CODE ON)

	list(TRANSFORM creel_model_wraps PREPEND "-Wl,--wrap=" OUTPUT_VARIABLE wraps)
	add_library(${name} MODULE $<TARGET_OBJECTS:${objects}>)
	target_link_options(${name} PRIVATE ${wraps} LINKER:-z,now)
	set_target_properties(${name} PROPERTIES
		PREFIX ""
		LINKER_LANGUAGE C
		LIBRARY_OUTPUT_DIRECTORY "${creel_BINARY_DIR}/tests/model"
	)
	if(NOT arg_LIB)
		return()
	endif()

	# How to build it again with a changed file: for tests/model/mutants.py.
	list(TRANSFORM creel_model_definitions PREPEND "-D" OUTPUT_VARIABLE definitions)
	list(TRANSFORM creel_model_includes PREPEND "-I" OUTPUT_VARIABLE includes)
	string(CONCAT recipe
		"cc ${CMAKE_C_COMPILER}\n"
		"cflags ${creel_model_flags};${definitions};${includes}\n"
		"ldflags ${wraps};-Wl,-z,now\n"
		"objects $<JOIN:$<TARGET_OBJECTS:${objects}>,;>\n"
		"library $<TARGET_FILE:${name}>\n"
		"explore $<TARGET_FILE:creel_explore>\n"
	)
	file(GENERATE OUTPUT "${creel_BINARY_DIR}/tests/model/recipe.txt" CONTENT "${recipe}")
endfunction()

# The share of the ordinary tests, for each model and each memory model. ./dev test --all gives more.
set(CREEL_MODEL_SECONDS 1 CACHE STRING "How long the tests explore each model")
set(CREEL_MODEL_RUNS 5000 CACHE STRING "How often the tests run each model by chance")
option(CREEL_MODEL_MUTANTS "Have the tests put every mutant into lib/" ON)
option(CREEL_MODEL_ORDERS "Have the tests weaken every memory order of lib/: takes minutes" OFF)

function(creel_model_test)
	foreach(model IN LISTS ARGN)
		set(command COMMAND creel_explore $<TARGET_FILE:creel_models> ${model})
		add_test(NAME creel.model.${model} ${command} --seconds ${CREEL_MODEL_SECONDS})
		add_test(NAME creel.model.${model}.chance ${command} --pct ${CREEL_MODEL_RUNS})
		creel_test_properties(creel.model.${model} 600 model)
		creel_test_properties(creel.model.${model}.chance 600 model)
	endforeach()
endfunction()
