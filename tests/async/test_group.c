/* SPDX-License-Identifier: MIT */
/* test_group.c: groups: completions, the limit, deadlines, letting children go. */
#include "async/combined.h"
#include "support/fake_clock.h"
#include "support/gate.h"
#include "support/suite.h"
#include "task/turns.h"

static creel_group *
group_on(creel_pool *pool, uint32_t flags)
{
	creel_group_options options = CREEL_GROUP_OPTIONS_INIT;
	creel_group *group;

	options.pool = pool;
	options.flags = flags;
	group = creel_group_create(&options);
	ck_assert_ptr_nonnull(group);
	return group;
}

static void
spawn(creel_group *group, creel_fn *fn, void *arg, void *tag)
{
	creel_future_unref(creel_group_submit_with(group, NULL, fn, arg, tag));
}

static void *
await_or_fail(void *arg)
{
	return creel_await(arg, NULL) == CREEL_OK ? arg : creel_fail(CREEL_ECANCELLED, "cancelled");
}

static void *
fail_now(void *arg)
{
	return creel_fail((int)(intptr_t)arg, "failed");
}

/* The next completion: its index; its tag is checked. */
static size_t
expect_next(creel_group *group, void *tag, creel_status ended)
{
	creel_completion out;

	ck_assert_int_eq(creel_group_next(group, CREEL_FOREVER, &out), CREEL_OK);
	ck_assert_ptr_eq(out.tag, tag);
	ck_assert_int_eq(creel_take(out.future, NULL), ended);
	return out.index;
}

/* In the order in which they end, with tags, also while others are submitted
   1.11 "comparison": next, with tags; pending; more may be submitted when it was empty */
START_TEST(next_in_order)
{
	creel_pool *pool = pool_of(2);
	creel_group *group = group_on(pool, CREEL_GROUP_COMPLETIONS);
	creel_completion out = untouched();
	creel_future *cue[3];
	int tag[4];

	promises_make(cue, 3);
	ck_assert_int_eq(creel_group_next(group, 0, &out), CREEL_EEMPTY);
	for (int i = 0; i < 3; i++)
		spawn(group, await_or_fail, cue[i], &tag[i]);
	ck_assert_int_eq(creel_group_next(group, 0, &out), CREEL_ETIMEDOUT);
	ck_assert_int_eq(creel_group_next(group, CREEL_MILLISECONDS(1), &out), CREEL_ETIMEDOUT);
	ck_assert(is_untouched(&out));
	succeed(cue[1], 0);
	ck_assert_uint_eq(expect_next(group, &tag[1], CREEL_OK), 1);
	ck_assert_uint_eq(creel_group_pending(group), 2);
	spawn(group, same, NULL, &tag[3]);
	ck_assert_uint_eq(expect_next(group, &tag[3], CREEL_OK), 3);
	succeed(cue[0], 0);
	ck_assert_uint_eq(expect_next(group, &tag[0], CREEL_OK), 0);
	succeed(cue[2], 0);
	ck_assert_uint_eq(expect_next(group, &tag[2], CREEL_OK), 2);
	ck_assert_int_eq(creel_group_next(group, CREEL_FOREVER, &out), CREEL_EEMPTY);
	ck_assert_int_eq(creel_group_join(group, 0), CREEL_OK);
	creel_group_destroy(group);
	creel_futures_unref(cue, 3);
	creel_pool_destroy(pool);
}
END_TEST

/* A failure is handed out like others, and is an error of the group besides. */
START_TEST(next_of_failures)
{
	creel_pool *pool = pool_of(1);
	creel_group *group = group_on(pool, CREEL_GROUP_COMPLETIONS);
	creel_future *cue = creel_future_create();
	creel_group_error error[2];
	int tag[2];

	count_reports();
	spawn(group, fail_now, number(7), &tag[0]);
	ck_assert_uint_eq(expect_next(group, &tag[0], CREEL_EFAILED), 0);
	ck_assert_int_eq(creel_group_join(group, CREEL_FOREVER), CREEL_EFAILED);
	ck_assert_int_eq(creel_last_error()->code, 7);
	ck_assert_uint_eq(creel_group_errors(group, error, 2), 1);
	ck_assert_int_eq(error[0].error->code, 7);
	ck_assert_ptr_eq(error[0].tag, &tag[0]);
	ck_assert_ptr_null(error[0].name);
	creel_group_destroy(group);

	group = group_on(pool, CREEL_GROUP_COMPLETIONS);
	spawn(group, await_or_fail, cue, &tag[0]);
	spawn(group, fail_now, number(8), &tag[1]);
	ck_assert_uint_eq(expect_next(group, &tag[1], CREEL_EFAILED), 1);
	ck_assert_uint_eq(expect_next(group, &tag[0], CREEL_ECANCELLED), 0);
	creel_group_destroy(group); /* that was looked at, by taking it */
	ck_assert_int_eq(atomic_load(&reported), 0);
	creel_future_unref(cue);
	creel_pool_destroy(pool);
}
END_TEST

/* Without the flag a child that has ended is forgotten: there is nothing to ask for. */
START_TEST(next_needs_the_flag)
{
	creel_pool *pool = pool_of(1);
	creel_group *group = group_on(pool, 0);
	creel_completion out;

	ck_assert_int_eq(creel_group_next(group, 0, &out), CREEL_ESTATE);
	creel_group_destroy(group);
	creel_pool_destroy(pool);
}
END_TEST

typedef struct taker {
	creel_group *group;
	atomic_int *taken;
	creel_status status;
} taker;

static void *
take_until_empty(void *arg)
{
	taker *t = arg;
	creel_completion out;

	while ((t->status = creel_group_next(t->group, CREEL_FOREVER, &out)) == CREEL_OK) {
		creel_future_unref(out.future);
		atomic_fetch_add(t->taken, 1);
	}
	return NULL;
}

/* Several take, threads and tasks; each child goes to one, and all come to an end. */
START_TEST(next_by_several)
{
	creel_pool *pool = pool_of(2), *other = pool_of(1);
	creel_group *group = group_on(pool, CREEL_GROUP_COMPLETIONS);
	creel_future *cue = creel_future_create(), *task;
	atomic_int taken = 0;
	taker t[2] = {{.group = group, .taken = &taken}, {.group = group, .taken = &taken}};
	pthread_t thread;

	for (int i = 0; i < 100; i++)
		spawn(group, await_or_fail, cue, NULL);
	pthread_create(&thread, NULL, take_until_empty, &t[0]);
	task = creel_submit(other, take_until_empty, &t[1]);
	succeed(cue, 0);
	pthread_join(thread, NULL);
	creel_take(task, NULL);
	ck_assert_int_eq(atomic_load(&taken), 100);
	ck_assert_int_eq(t[0].status, CREEL_EEMPTY);
	ck_assert_int_eq(t[1].status, CREEL_EEMPTY);
	creel_group_destroy(group);
	creel_future_unref(cue);
	creel_pool_destroy(pool);
	creel_pool_destroy(other);
}
END_TEST

/* With CREEL_GROUP_GO_ON nobody is cancelled, and all errors are there in the end. */
START_TEST(goes_on)
{
	creel_pool *pool = pool_of(1);
	creel_group *group = group_on(pool, CREEL_GROUP_GO_ON);
	creel_future *cue = creel_future_create();
	creel_group_error error[3];

	spawn(group, fail_now, number(1), NULL);
	creel_future_unref(creel_group_submit(group, await_or_fail, cue));
	settle(pool);
	ck_assert_int_eq(creel_group_fail(group, 2, "the %s", "body"), CREEL_OK);
	spawn(group, fail_now, number(3), NULL);
	settle(pool);
	ck_assert_uint_eq(creel_group_pending(group), 1);
	succeed(cue, 0);
	ck_assert_int_eq(creel_group_join(group, CREEL_FOREVER), CREEL_EFAILED);
	ck_assert_uint_eq(creel_group_errors(group, error, 3), 3);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(error[i].error->code, i + 1);
	ck_assert_str_eq(error[1].error->message, "the body");
	ck_assert_int_eq(creel_group_fail(group, 4, "too late"), CREEL_ECLOSED);
	ck_assert_uint_eq(creel_group_errors(group, NULL, 0), 3);
	creel_group_destroy(group);
	creel_future_unref(cue);
	creel_pool_destroy(pool);
}
END_TEST

/* Errors that nobody looked at are reported, once each. */
START_TEST(errors_are_reported)
{
	creel_pool *pool = pool_of(1);
	creel_group *group = group_on(pool, CREEL_GROUP_GO_ON);
	creel_group_error error;

	count_reports();
	for (int i = 1; i <= 3; i++)
		spawn(group, fail_now, number(i), NULL);
	settle(pool);
	ck_assert_uint_eq(creel_group_errors(group, &error, 1), 3); /* one was looked at */
	creel_group_destroy(group);
	ck_assert_int_eq(atomic_load(&reported), 2);
	creel_pool_destroy(pool);
}
END_TEST

static int
code_of(creel_future *refused)
{
	const creel_error *error = creel_future_error(refused);
	const int code = error == NULL ? 0 : error->code;

	creel_future_unref(refused);
	return code;
}

/* The limit: try_submit is refused, a thread waits for its turn; a higher limit lets it in
   1.11 "limit on concurrency": submit waits, try_submit answers CREEL_EFULL */
static void *
submit_one(void *arg)
{
	creel_group *group = arg;

	return creel_group_submit(group, same, number(5));
}

START_TEST(limit)
{
	creel_pool *pool = pool_of(1);
	creel_group *group = group_on(pool, 0);
	creel_future *cue = creel_future_create(), *child, *submitting;
	creel_pool *other = pool_of(1);
	void *value = NULL;

	ck_assert_int_eq(creel_group_set_limit(group, 2), CREEL_OK);
	for (int i = 0; i < 2; i++)
		creel_future_unref(creel_group_try_submit(group, await_or_fail, cue));
	ck_assert_int_eq(code_of(creel_group_try_submit(group, same, NULL)), CREEL_EFULL);
	submitting = creel_submit(other, submit_one, group);
	settle(other);
	ck_assert(!creel_future_done(submitting));
	ck_assert_int_eq(creel_group_set_limit(group, 3), CREEL_OK);
	ck_assert_int_eq(creel_take(submitting, &value), CREEL_OK);
	child = value;
	ck_assert_int_eq(take_number(child), 5);

	ck_assert_int_eq(creel_group_set_limit(group, 1), CREEL_OK);
	ck_assert_int_eq(code_of(creel_group_try_submit(group, same, NULL)), CREEL_EFULL);
	submitting = creel_submit(other, submit_one, group);
	settle(other);
	ck_assert(!creel_future_done(submitting));
	succeed(cue, 0);
	ck_assert_int_eq(creel_take(submitting, &value), CREEL_OK);
	ck_assert_int_eq(take_number(value), 5);
	ck_assert_int_eq(creel_group_join(group, CREEL_FOREVER), CREEL_OK);
	creel_group_destroy(group);
	creel_future_unref(cue);
	creel_pool_destroy(pool);
	creel_pool_destroy(other);
}
END_TEST

typedef struct crowd {
	creel_group *group;
	atomic_int running, most;
} crowd;

static void *
count_running(void *arg)
{
	crowd *c = arg;
	const int n = atomic_fetch_add(&c->running, 1) + 1;
	int most = atomic_load(&c->most);

	while (n > most && !atomic_compare_exchange_weak(&c->most, &most, n))
		continue;
	creel_sleep(0);
	atomic_fetch_sub(&c->running, 1);
	return NULL;
}

/* A child adds one: it does not wait, for it has a place itself. */
static void *
submit_as_child(void *arg)
{
	crowd *c = arg;

	return number(code_of(creel_group_submit(c->group, same, NULL)));
}

/* Never more at a time than the limit says; but a child goes beyond it. */
START_TEST(limit_holds)
{
	creel_pool *pool = pool_of(2);
	crowd c = {.group = group_on(pool, 0)};
	creel_future *child;

	creel_group_set_limit(c.group, 3);
	for (int i = 0; i < 1000; i++)
		creel_future_unref(creel_group_submit(c.group, count_running, &c));
	creel_group_set_limit(c.group, 1);
	child = creel_group_submit(c.group, submit_as_child, &c);
	ck_assert_int_eq(take_number(child), 0);
	ck_assert_int_eq(creel_group_join(c.group, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_le(atomic_load(&c.most), 3);
	creel_group_destroy(c.group);
	creel_pool_destroy(pool);
}
END_TEST

typedef struct refusing {
	creel_group *group;
	int code;
	creel_status after;
} refusing;

static void *
submit_and_sleep(void *arg)
{
	refusing *r = arg;

	r->code = code_of(creel_group_submit(r->group, same, NULL));
	r->after = creel_sleep(0);
	return NULL;
}

/* Who waits for a place and is asked to end is refused, and its next wait tells it; the place is not lost. When the group
   is cancelled it is refused, too. Where nobody may wait it is refused at once. */
START_TEST(limit_waits_end)
{
	creel_pool *pool = pool_of(1), *other = pool_of(1);
	creel_group *group = group_on(pool, 0);
	creel_future *cue = creel_future_create(), *task;
	refusing r = {.group = group};

	creel_group_set_limit(group, 1);
	creel_future_unref(creel_group_submit(group, await_or_fail, cue));
	task = creel_submit(other, submit_and_sleep, &r);
	settle(other);
	creel_future_cancel(task);
	creel_take(task, NULL);
	ck_assert_int_eq(r.code, CREEL_ECANCELLED);
	ck_assert_int_eq(r.after, CREEL_ECANCELLED);

	creel_no_suspend_enter();
	ck_assert_int_eq(code_of(creel_group_submit(group, same, NULL)), CREEL_EDEADLK);
	creel_no_suspend_leave();

	task = creel_submit(other, submit_and_sleep, &r);
	settle(other);
	creel_group_cancel(group);
	creel_take(task, NULL);
	ck_assert_int_eq(r.code, CREEL_ECLOSED);
	ck_assert_int_eq(r.after, CREEL_OK);
	ck_assert_int_eq(creel_group_join(group, CREEL_FOREVER), CREEL_OK);
	creel_group_destroy(group);
	creel_future_unref(cue);
	creel_pool_destroy(pool);
	creel_pool_destroy(other);
}
END_TEST

/* join with a time of its own: the group goes on. */
START_TEST(join_for_a_while)
{
	creel_pool *pool = pool_of(1);
	creel_group *group = group_on(pool, 0);
	creel_future *cue = creel_future_create();

	creel_future_unref(creel_group_submit(group, await_or_fail, cue));
	ck_assert_int_eq(creel_group_join(group, 0), CREEL_ETIMEDOUT);
	ck_assert_int_eq(creel_group_join(group, CREEL_MILLISECONDS(1)), CREEL_ETIMEDOUT);
	creel_no_suspend_enter();
	ck_assert_int_eq(creel_group_join(group, CREEL_FOREVER), CREEL_EDEADLK);
	creel_no_suspend_leave();
	ck_assert_uint_eq(creel_group_pending(group), 1);
	creel_future_unref(creel_group_submit(group, same, NULL));
	succeed(cue, 0);
	ck_assert_int_eq(creel_group_join(group, CREEL_FOREVER), CREEL_OK);
	creel_group_destroy(group);
	creel_future_unref(cue);
	creel_pool_destroy(pool);
}
END_TEST

/* The deadline: children are cancelled, join says so, nothing more is taken in. */
START_TEST(deadline)
{
	creel_group_options options = CREEL_GROUP_OPTIONS_INIT;
	creel_pool *pool;
	creel_group *group;
	creel_future *cue = creel_future_create(), *child;

	fake_clock_start();
	pool = pool_of(1);
	options.pool = pool;
	options.timeout = CREEL_SECONDS(5);
	options.deadline = creel_now() + CREEL_SECONDS(9);
	group = creel_group_create(&options);
	child = creel_group_submit(group, await_or_fail, cue);
	settle(pool);
	fake_clock_await_sleepers(1);
	fake_clock_step(CREEL_SECONDS(4));
	settle(pool);
	ck_assert(!creel_future_done(child));
	fake_clock_await_sleepers(1);
	fake_clock_step(CREEL_SECONDS(1));
	ck_assert_int_eq(creel_take(child, NULL), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_group_join(group, CREEL_FOREVER), CREEL_ETIMEDOUT);
	ck_assert_int_eq(creel_group_join(group, CREEL_FOREVER), CREEL_ETIMEDOUT);
	ck_assert_int_eq(code_of(creel_group_submit(group, same, NULL)), CREEL_ECLOSED);
	creel_group_destroy(group);

	/* One that has come already; and one whose group ends before. */
	options.timeout = 0;
	options.deadline = 1;
	group = creel_group_create(&options);
	ck_assert_int_eq(code_of(creel_group_submit(group, same, NULL)), CREEL_ECLOSED);
	ck_assert_int_eq(creel_group_join(group, CREEL_FOREVER), CREEL_ETIMEDOUT);
	creel_group_destroy(group);
	options.deadline = 0;
	options.timeout = CREEL_SECONDS(5);
	group = creel_group_create(&options);
	creel_future_unref(creel_group_submit(group, same, NULL));
	ck_assert_int_eq(creel_group_join(group, CREEL_FOREVER), CREEL_OK);
	creel_group_destroy(group);
	creel_pool_destroy(pool); /* nobody sleeps there any more */
	creel_future_unref(cue);
}
END_TEST

/* An error beats the deadline. */
START_TEST(deadline_and_error)
{
	creel_group_options options = CREEL_GROUP_OPTIONS_INIT;
	creel_pool *pool = pool_of(1);
	creel_group *group;

	options.pool = pool;
	options.deadline = 1;
	group = creel_group_create(&options);
	creel_group_fail(group, 4, "failed");
	ck_assert_int_eq(creel_group_join(group, CREEL_FOREVER), CREEL_EFAILED);
	creel_group_destroy(group);
	creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER);
	ck_assert_ptr_null(creel_group_create(&options));
	ck_assert_int_eq(creel_last_error()->code, CREEL_ECLOSED);
	creel_pool_destroy(pool);
}
END_TEST

/* Those that are let go run on; the group is empty, and goes on as well. */
START_TEST(detach)
{
	creel_pool *pool = pool_of(1);
	creel_group *group = group_on(pool, CREEL_GROUP_COMPLETIONS);
	creel_future *cue = creel_future_create(), *child[2];
	creel_completion out;

	count_reports();
	child[0] = creel_group_submit(group, await_or_fail, cue);
	child[1] = creel_group_submit(group, await_or_fail, cue);
	settle(pool);
	ck_assert_int_eq(creel_group_detach(group), CREEL_OK);
	ck_assert_uint_eq(creel_group_pending(group), 0);
	ck_assert_int_eq(creel_group_next(group, 0, &out), CREEL_EEMPTY);
	creel_future_unref(creel_group_submit(group, same, NULL));
	ck_assert_uint_eq(expect_next(group, NULL, CREEL_OK), 2);
	creel_group_cancel(group);
	ck_assert_int_eq(creel_group_join(group, CREEL_FOREVER), CREEL_OK);
	ck_assert(!creel_future_done(child[0]));
	creel_group_destroy(group);
	succeed(cue, 0);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(creel_take(child[i], NULL), CREEL_OK);
	creel_future_unref(cue);
	creel_pool_destroy(pool);
}
END_TEST

/* What the pool does not take is a child that has failed: no submission is lost without a word. */
START_TEST(refused_by_the_pool)
{
	creel_pool *pool = pool_of(1);
	creel_group *group = group_on(pool, 0);

	creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER);
	ck_assert_int_eq(code_of(creel_group_submit(group, same, NULL)), CREEL_ECLOSED);
	ck_assert_int_eq(creel_group_join(group, CREEL_FOREVER), CREEL_EFAILED);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ECLOSED);
	creel_group_destroy(group);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.async.group", next_in_order, next_of_failures, next_needs_the_flag,
	next_by_several, goes_on, errors_are_reported, limit, limit_holds, limit_waits_end,
	join_for_a_while, deadline, deadline_and_error, detach, refused_by_the_pool)
