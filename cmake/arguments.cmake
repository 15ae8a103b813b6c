# arguments.cmake: small help for functions that take keyword arguments.
#
#   creel_default(<variable> <value>...)          gives an argument that was left out its value
#   creel_no_more_arguments(<function> <rest>...) stops at arguments that the function does not know

macro(creel_default variable)
	if(NOT DEFINED ${variable})
		set(${variable} ${ARGN})
	endif()
endmacro()

function(creel_no_more_arguments function)
	if(ARGN)
		message(FATAL_ERROR "${function} does not know what to do with: ${ARGN}")
	endif()
endfunction()
