/* SPDX-License-Identifier: MIT */
/*
 * thieves.h: the games of thieves.c. Of each: its name and what is checked; the bound; the deque, the size
 * of its first buffer and its first index; the owner's script, the thieves, and how often each steals;
 * what else there is to the model. What is wrong is shown by about the smallest game that can, but
 * with two thieves: with one, who steals once, some of it is not wrong.
 */
#ifndef MODEL_MODELS_THIEVES_H
#define MODEL_MODELS_THIEVES_H

#include "models/deque.h"
#include "model.h"

#define ANY .spec = &model_deque_spec
#define EXACT .spec = &model_deque_strict_spec
#define WRONG ANY, .must_fail = true

#define THIEVES_GAMES(X) \
	X(right, "four pushed, three popped, and two steal twice", 3, DEQUE_RIGHT, 4, -1, \
		"++|+-+--", 2, 2, ANY) \
	X(grow, "the same, and the buffer grows up to twice", 3, DEQUE_RIGHT, 1, 0, "+|+-++-", 2, \
		2, ANY) \
	X(last, "one element at a time, in a buffer of two", 3, DEQUE_RIGHT, 2, INT64_MAX / 2, \
		"|+-+-+-", 2, 2, ANY) \
	X(strict, "who finds it empty can rely on that", 3, DEQUE_STRICT, 2, 0, "+|-++-", 2, 2, \
		EXACT) \
	X(late_push, "who finds it empty cannot rely on that", 2, DEQUE_RIGHT, 2, 0, "|+", 2, 1, \
		EXACT, .must_fail = true) \
	X(no_order_in_pop, "the owner reads the top too early", 2, DEQUE_NO_ORDER_IN_POP, 2, 0, \
		"++|-", 2, 1, WRONG) \
	X(no_order_in_steal, "a thief reads the bottom too early (but not in tso)", 2, \
		DEQUE_NO_ORDER_IN_STEAL, 2, 0, "++|-", 2, 1, WRONG) \
	X(no_order_in_cas, "the owner misses a top (but not in tso)", 2, DEQUE_NO_ORDER_IN_CAS, 2, \
		0, "++|-", 2, 1, WRONG) \
	X(relaxed_push, "an element is seen before what is behind it", 2, DEQUE_RELAXED_PUSH, 2, \
		0, "|+", 2, 1, WRONG) \
	X(no_cas_in_pop, "the last one is taken without a look at thieves", 2, \
		DEQUE_NO_CAS_IN_POP, 2, 0, "+|-", 2, 1, WRONG) \
	X(read_after_cas, "a slot is read when it is in use again", 2, DEQUE_READ_AFTER_CAS, 1, 0, \
		"+|+", 2, 1, WRONG) \
	X(buffer_stored_relaxed, "the new buffer is known before its content", 2, \
		DEQUE_BUFFER_STORED_RELAXED, 1, 0, "+|+", 2, 1, WRONG) \
	X(buffer_loaded_relaxed, "the same, by the thief's fault", 2, DEQUE_BUFFER_LOADED_RELAXED, \
		1, 0, "+|+", 2, 1, WRONG) \
	X(buffer_loaded_early, "a new element is looked for in an old buffer", 2, \
		DEQUE_BUFFER_LOADED_EARLY, 1, 0, "+|+", 2, 1, WRONG) \
	X(buffer_freed, "the old buffer is freed while a thief reads it", 2, DEQUE_BUFFER_FREED, \
		1, 0, "+|+", 2, 1, WRONG) \
	X(unsigned_pop, "without a sign -1 elements are many, to the owner", 2, \
		DEQUE_UNSIGNED_POP, 2, 0, "|-", 2, 1, WRONG) \
	X(unsigned_steal, "and to a thief", 2, DEQUE_UNSIGNED_STEAL, 2, 0, "|-", 2, 1, WRONG) \
	X(small_indexes, "the top looks as it did four elements ago", 2, DEQUE_SMALL_INDEXES, 2, \
		0, "+|-+-+-+-+", 2, 1, WRONG) \
	X(batch, "two are stolen at a time, one of which the owner pops", 2, DEQUE_BATCH, 2, 0, \
		"++|-", 2, 1, WRONG)

#define THIEVES_DECLARE(id, ...) void model_deque_##id(void);
THIEVES_GAMES(THIEVES_DECLARE)

extern const linear_spec model_deque_spec, model_deque_strict_spec;

#endif
