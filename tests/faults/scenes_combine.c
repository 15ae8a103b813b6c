/* SPDX-License-Identifier: MIT */
/* scenes_combine.c: futures of many, and continuations. */
#include "faults/scenes.h"

#include "support/pools.h"

enum { N = 3, WHOLES = 6 };

static creel_future *
make_whole(int kind, creel_future *f[])
{
	switch (kind) {
	case 0:
		return creel_gather(f, N, 0);
	case 1:
		return creel_gather(f, N, CREEL_RETURN_EXCEPTIONS | CREEL_CANCEL_ON_ERROR);
	case 2:
		return creel_first(f, N, 2, 0);
	case 3:
		return creel_any(f, N);
	case 4:
		return creel_shield(f[N - 1]);
	default:
		return creel_race(f, N); /* last, for it cancels the others */
	}
}

/* Each of them over promises, which then end: those that there was memory for do, too. */
static void
use_wholes(void)
{
	creel_future *f[N], *wholes[WHOLES];
	bool refused[WHOLES], all = true;

	for (int i = 0; i < N; i++) {
		f[i] = creel_future_create();
		all &= !scene_refused(f[i]);
	}
	for (int i = 0; i < WHOLES; i++) {
		wholes[i] = make_whole(i, f);
		refused[i] = creel_future_status(wholes[i]) == CREEL_EFAILED;
		child_expect(!refused[i] || sweep_stormy());
	}
	for (int i = 0; i < N; i++)
		creel_future_set_result(f[i], NULL);
	for (int i = 0; i < WHOLES; i++) {
		child_expect(creel_future_done(wholes[i]));
		if ((i == 3 || i == 5) && all && !refused[i]) /* by the first of them */
			child_expect(creel_future_status(wholes[i]) == CREEL_OK);
		creel_future_error(wholes[i]); /* looked at */
		creel_future_unref(wholes[i]);
	}
	creel_futures_unref(f, N);
}

void
scene_wholes(void)
{
	use_wholes();
	use_wholes();
	sweep_calm();
	use_wholes();
}

static atomic_int calls, drops;

static void *
count(const creel_outcome *outcome, void *arg)
{
	atomic_fetch_add(&calls, 1);
	return outcome->status == CREEL_OK ? arg : NULL;
}

static void
drop(void *arg)
{
	(void)arg;
	atomic_fetch_add(&drops, 1);
}

/* Three continuations, one behind another: the argument of each goes, and those that can do run. */
static void
go_on_with(creel_pool *pool)
{
	creel_then_options options = CREEL_THEN_OPTIONS_INIT;
	creel_future *f = creel_future_create(), *next[N];
	int refused = 0;

	options.flags = CREEL_THEN_ALWAYS;
	options.arg_drop = drop;
	atomic_store(&calls, 0);
	atomic_store(&drops, 0);
	for (int i = 0; i < N; i++) {
		next[i] = creel_then_with(pool, i > 0 ? next[i - 1] : f, &options, count, &options);
		if (creel_future_status(next[i]) == CREEL_EFAILED)
			refused += scene_refused(next[i]);
	}
	creel_future_set_result(f, NULL);
	scene_refused(f);
	while (!expect_served(creel_pool_wait_idle(pool, CREEL_FOREVER)))
		sweep_calm();
	child_expect(atomic_load(&calls) == N - refused && atomic_load(&drops) == N);
	for (int i = 0; i < N; i++)
		child_expect(creel_future_done(next[i]));
	creel_futures_unref(next, N);
	creel_future_unref(f);
}

void
scene_continuations(void)
{
	creel_pool *pool = scene_need_pool(1);

	go_on_with(pool);
	sweep_calm();
	go_on_with(pool);
	creel_pool_destroy(pool);
}
