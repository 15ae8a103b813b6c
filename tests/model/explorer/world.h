/* SPDX-License-Identifier: MIT */
/*
 * world.h: the state of one run of a model, and who does what to it.
 *
 * The threads of a model are stacks that one thread of the system switches between. Before each
 * operation that others could notice, a thread publishes what it is about to do and asks the schedule
 * who goes on. What happens between two such points cannot be noticed by others, or is reported as
 * a data race. A run is decided by its choices alone, so it can be repeated.
 *
 *   schedule.c   who goes on; what is enabled; deadlock
 *   dfs.c chance.c replay.c   the strategies that make the choices
 *   atomic.c tso.c views.c    what an access to an atomic does, in each memory model
 *   sync.c thread.c clock.c   mutexes, condition variables, threads, time
 *   race.c heap.c             plain memory: races, use after free, leaks
 *   image.c                   the checked library: its data and thread-locals, put back for each run
 *   report.c                  findings, traces, replay strings
 */
#ifndef MODEL_WORLD_H
#define MODEL_WORLD_H

#include "explorer/hooks.h"
#include "explorer/linear.h"
#include "model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define THREADS 8            /* the most that a model may have, the first one included */
#define ACTORS (2 * THREADS) /* threads, then the store buffer of each */
#define LOCATIONS 128        /* the most atomics, mutexes and so on that one run may touch */
#define BUFFER 16            /* entries of a store buffer */
#define SITES 1024
#define CAP_MAX 30000 /* steps of a run: a clock is an int16_t */

/* What somebody has seen: how far each thread had come, and, for the views, how new each location was. */
typedef struct view {
	int16_t at[THREADS + LOCATIONS];
} view;

typedef enum op_kind {
	OP_NONE, /* nothing that others could notice */
	OP_LOAD,
	OP_STORE,
	OP_BUFFER, /* a store that waits in its thread's buffer */
	OP_RMW,
	OP_FLUSH, /* the oldest entry of a store buffer reaches memory */
	OP_LOCK,
	OP_WAIT,   /* go to sleep on a condition variable */
	OP_ASLEEP, /* asleep: to be chosen is a timeout, or a spurious wake-up */
	OP_SIGNAL,
	OP_JOIN,
	OP_SPIN,
	OP_BARRIER /* of all threads at once */
} op_kind;

typedef struct location {
	uintptr_t address;
	unsigned run;
	int index;        /* in a view */
	unsigned version; /* counts changes */
	view released;    /* what an acquire of the newest value learns */
	int owner;        /* of a mutex: -1 nobody */
	bool done;        /* pthread_once() */
	uint8_t sleepers; /* threads that sleep on a condition variable */
	int latest;       /* views: the newest message */
	int16_t floor, sc_floor;
} location;

typedef struct operation {
	op_kind kind;
	location *at;
	const model_site *site;
	const char *what; /* where there is no site */
} operation;

typedef struct buffered_store {
	location *at;
	uintptr_t address;
	unsigned size;
	uint64_t value;
	view released;
	const model_site *site;
} buffered_store;

typedef struct seen {
	const location *at;
	unsigned version;
} seen;

typedef enum thread_phase { THREAD_NONE, THREAD_LIVE, THREAD_ENDED } thread_phase;

typedef struct model_thread {
	int id;
	thread_phase phase;
	void *sp;
	operation pending;
	view view;
	void *(*fn)(void *);
	void *arg, *result;
	const struct model_thread *joined;

	bool timed, woken; /* asleep: has a deadline; was signalled */
	location *relock;  /* asleep: the mutex to take afterwards */
	int64_t deadline;

	seen seen[8]; /* what it looked at since it last spun */
	unsigned seen_count;
	bool stale; /* the value that it has just loaded was not the newest */
	bool fresh; /* it spins: stale values have been seen often enough */

	buffered_store buffer[BUFFER];
	unsigned first, count;

	void *keys[4];
	int saved_errno;
	char *tls; /* its thread-locals, while another runs */
} model_thread;

typedef enum memory_model { MEMORY_SC, MEMORY_TSO, MEMORY_VIEWS } memory_model;

/* How choices are made. */
typedef struct strategy {
	const char *name;
	bool (*next)(void);                          /* prepare a run; false: there is none left */
	int (*actor)(unsigned options, int current); /* one of the set; -1: this run is redundant */
	unsigned (*value)(unsigned n);
	void (*executed)(int actor, const operation *op);
} strategy;

typedef enum run_end { RUN_DONE, RUN_REDUNDANT, RUN_FAILED } run_end;

typedef struct world {
	/* What the run is to be. */
	const model *model;
	const strategy *strategy;
	memory_model memory;
	int bound, surprises; /* INT_MAX: no limit */
	unsigned cap;         /* steps that end a run as a livelock */
	bool all_visible;     /* every atomic access is a point of choice, needed or not */
	bool no_sleep;        /* leave nothing out: to hold the reduction against */
	bool tracing;
	int width; /* of a view that is in use */

	/* The run. */
	unsigned run;
	unsigned step; /* numbers the operations, by which choices are named */
	model_thread threads[THREADS];
	int made;
	model_thread *self; /* who runs */
	int last;           /* the actor that did the last step */
	int preemptions, surprised;
	int64_t now;
	linear_history history;
	bool changed_visible; /* a site has turned out to matter */
	uint64_t outcomes;    /* of all runs so far */
	run_end end;
} world_state;

extern world_state world;

/* world.c: do one run. */
run_end world_run(void);
void world_leave(run_end end) __attribute__((noreturn));

/* schedule.c */
void schedule(const operation *pending);           /* the calling thread is about to do this */
void schedule_end(void) __attribute__((noreturn)); /* the calling thread has ended */
void schedule_executed(const operation *op);       /* it has done it */
void schedule_flushed(const operation *op, int thread_id); /* a store of it has reached memory */
unsigned schedule_value(unsigned n, bool surprise);
bool op_dependent(const operation *a, const operation *b);
bool op_enabled(const model_thread *thread);

/* thread.c */
void thread_start_first(void);
void thread_switch(model_thread *to);
model_thread *thread_make(void *(*fn)(void *), void *arg);

/* atomic.c */
location *location_of(const volatile void *p);
void locations_reset(void);
uint64_t memory_read(uintptr_t address, unsigned size);
void memory_write(uintptr_t address, unsigned size, uint64_t value);
bool site_visible(const model_site *site);
void sites_forget(void); /* none is visible, for a new model */
void site_show(const model_site *site);
void acquire_from(const view *released);
void view_join(view *to, const view *from);
void view_copy(view *to, const view *from);
bool order_acquires(int order);
bool order_releases(int order);

/* tso.c */
bool tso_forward(const location *at, uint64_t *value);
bool tso_buffers(uintptr_t address, const model_site *site);
void tso_store(
	location *at, uintptr_t address, unsigned size, uint64_t value, const model_site *site);
bool tso_visible(const model_thread *thread);    /* does it matter when its stores reach memory? */
void tso_settle(uintptr_t address, size_t size); /* a plain access sees what it has stored there */
void tso_flush(int thread_id);
void tso_drain(void);     /* the calling thread waits until its stores have reached memory */
void tso_drain_all(void); /* at once, all threads' */

/* views.c */
void views_reset(void);
void views_join_all(void); /* what is new to one thread is to all */
uint64_t views_load(location *at, uintptr_t address, unsigned size, int order, bool visible);
void views_store(
	location *at, uintptr_t address, unsigned size, uint64_t value, int order, bool rmw);

/* race.c */
typedef enum access_kind {
	ACCESS_READ,
	ACCESS_WRITE,
	ACCESS_ATOMIC_READ,
	ACCESS_ATOMIC_WRITE
} access_kind;
void race_access(
	uintptr_t address, size_t size, access_kind kind, const model_site *site, void *pc);
void race_init(void);
void race_reset(void);
void race_allocated(uintptr_t address, size_t size);
void race_freed(uintptr_t address, size_t size, void *pc);
void race_unmapped(uintptr_t address, size_t size, void *pc);

/* heap.c: one stretch of memory for the heaps, stacks and mappings of all threads. */
#define HEAP_BYTES ((size_t)512 << 10)
#define STACK_BYTES ((size_t)128 << 10)
#define MAPS_BYTES ((size_t)32 << 20)
#define MAP_GRAIN ((size_t)4 << 10)
typedef struct arena {
	uintptr_t heaps, stacks, maps, end;
} arena;
extern arena arena_at;
void heap_init(void);
void heap_reset(void);
void heap_check_leaks(void);
uintptr_t heap_block_of(uintptr_t address); /* 0: none */
bool heap_map_is_dead(uintptr_t address);
char *thread_stack_top(int id);

/* image.c */
typedef struct image_info {
	uintptr_t base, data, data_end;
	uintptr_t roots[2][2]; /* the data of lib/, without that of the models */
	const model_site *sites;
	size_t site_count;
	size_t tls_size;
} image_info;
extern image_info image;
const model *image_load(const char *path);
void image_weaken(const char *where);
void image_reset(void);
void image_reset_tls(model_thread *thread);
void image_swap_tls(model_thread *from, model_thread *to);

/* sync.c and clock.c */
void sync_reset(void);
void sync_keys_end(model_thread *thread);

/* report.c */
void finding(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
void report_choice(char what, unsigned value);
void report_reset(void);
const char *report_replay_string(void);
const char *report_finding(void);
void trace_operation(const operation *op, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
#define trace(...) (world.tracing ? trace_operation(__VA_ARGS__) : (void)0)
const char *place_of(const void *pc);
const char *name_of(uintptr_t address);

#endif
