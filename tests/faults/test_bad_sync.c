/* SPDX-License-Identifier: MIT */
/* test_bad_sync.c: every function of sync.h and queue.h, given NULL, a negative duration, a wrong number. */
#include "faults/table.h"
#include "support/suite.h"

static bool
say_no(void *arg)
{
	(void)arg;
	return false;
}

START_TEST(null)
{
	creel_queue *queue = creel_queue_create(NULL);
	creel_lock *lock = creel_lock_create();
	creel_condition *condition = creel_condition_create(lock);
	void *item = NULL;
	size_t index = 9;

	const row rows[] = {
		/* sync.h */
		ROW(creel_lock_acquire(NULL, 0), CREEL_EINVAL),
		ROW(creel_lock_release(NULL), CREEL_EINVAL),
		ROW(creel_lock_locked(NULL), false),
		ROW(creel_event_wait(NULL, CREEL_FOREVER), CREEL_EINVAL),
		ROW(creel_event_set(NULL), CREEL_EINVAL),
		ROW(creel_event_clear(NULL), CREEL_EINVAL),
		ROW(creel_event_is_set(NULL), false),
		ROW(LAST_CODE(creel_condition_destroy(creel_condition_create(NULL))), CREEL_EINVAL),
		ROW(creel_condition_wait(NULL, 0), CREEL_EINVAL),
		ROW(creel_condition_wait(NULL, CREEL_FOREVER), CREEL_EINVAL),
		ROW(creel_condition_wait_for(NULL, say_no, NULL, 0), CREEL_EINVAL),
		ROW(creel_condition_wait_for(condition, NULL, NULL, 0), CREEL_EINVAL),
		ROW(creel_condition_notify(NULL, 1), CREEL_EINVAL),
		ROW(creel_condition_notify_all(NULL), CREEL_EINVAL),
		ROW(creel_semaphore_acquire(NULL, 0), CREEL_EINVAL),
		ROW(creel_semaphore_release(NULL), CREEL_EINVAL),
		ROW(creel_semaphore_value(NULL), 0),
		ROW(creel_barrier_wait(NULL, 0, &index), CREEL_EINVAL),
		ROW(creel_barrier_reset(NULL), CREEL_EINVAL),
		ROW(creel_barrier_abort(NULL), CREEL_EINVAL),
		ROW(creel_barrier_parties(NULL), 0),
		ROW(creel_barrier_waiting(NULL), 0),
		ROW(creel_barrier_broken(NULL), false),
		/* queue.h */
		ROW(creel_queue_put(NULL, NULL, 0), CREEL_EINVAL),
		ROW(creel_queue_put_priority(NULL, NULL, 1, 0), CREEL_EINVAL),
		ROW(creel_queue_try_put(NULL, NULL), CREEL_EINVAL),
		ROW(creel_queue_try_put_priority(NULL, NULL, 1), CREEL_EINVAL),
		ROW(creel_queue_get(NULL, 0, &item), CREEL_EINVAL),
		ROW(creel_queue_get(queue, 0, NULL), CREEL_EINVAL),
		ROW(creel_queue_try_get(NULL, &item), CREEL_EINVAL),
		ROW(creel_queue_try_get(queue, NULL), CREEL_EINVAL),
		ROW(creel_queue_task_done(NULL), CREEL_EINVAL),
		ROW(creel_queue_join(NULL, CREEL_FOREVER), CREEL_EINVAL),
		ROW(creel_queue_shutdown(NULL, CREEL_QUEUE_GRACEFUL), CREEL_EINVAL),
		ROW(creel_queue_size(NULL), 0),
		ROW(creel_queue_maxsize(NULL), 0),
		ROW(creel_last_error()->code, CREEL_EINVAL),
	};

	creel_lock_destroy(NULL);
	creel_event_destroy(NULL);
	creel_condition_destroy(NULL);
	creel_semaphore_destroy(NULL);
	creel_barrier_destroy(NULL);
	creel_queue_destroy(NULL);
	ck_assert_str_eq(table_wrong(rows, sizeof rows), "");
	ck_assert_ptr_null(item);
	ck_assert_uint_eq(index, 9);
	ck_assert_uint_eq(creel_queue_size(queue), 0);
	creel_condition_destroy(condition);
	creel_lock_destroy(lock);
	creel_queue_destroy(queue);
}
END_TEST

/* Also where it could be had at once; and nothing is taken or let go of. */
START_TEST(negative_durations)
{
	static const creel_duration negative[] = {-1, -CREEL_SECONDS(1), INT64_MIN};
	creel_lock *lock = creel_lock_create(), *held = creel_lock_create();
	creel_event *event = creel_event_create();
	creel_condition *condition = creel_condition_create(held);
	creel_semaphore *semaphore = creel_semaphore_create(1);
	creel_barrier *barrier = creel_barrier_create(1);
	creel_queue *queue = creel_queue_create(NULL);
	void *item = NULL;

	creel_lock_acquire(held, 0);
	creel_event_set(event);
	creel_queue_try_put(queue, queue);
	for (size_t i = 0; i < sizeof negative / sizeof *negative; i++) {
		const creel_duration t = negative[i];
		const row rows[] = {
			ROW(creel_lock_acquire(lock, t), CREEL_EINVAL),
			ROW(creel_event_wait(event, t), CREEL_EINVAL),
			ROW(creel_condition_wait(condition, t), CREEL_EINVAL),
			ROW(creel_condition_wait_for(condition, say_no, NULL, t), CREEL_EINVAL),
			ROW(creel_semaphore_acquire(semaphore, t), CREEL_EINVAL),
			ROW(creel_barrier_wait(barrier, t, NULL), CREEL_EINVAL),
			ROW(creel_queue_put(queue, NULL, t), CREEL_EINVAL),
			ROW(creel_queue_get(queue, t, &item), CREEL_EINVAL),
			ROW(creel_queue_join(queue, t), CREEL_EINVAL),
			ROW(creel_last_error()->code, CREEL_EINVAL),
		};

		ck_assert_str_eq(table_wrong(rows, sizeof rows), "");
	}
	ck_assert_ptr_null(item);
	ck_assert(!creel_lock_locked(lock));
	ck_assert(creel_lock_locked(held));
	ck_assert_uint_eq(creel_semaphore_value(semaphore), 1);
	ck_assert_uint_eq(creel_queue_size(queue), 1);
	creel_condition_destroy(condition);
	creel_lock_destroy(held);
	creel_lock_destroy(lock);
	creel_event_destroy(event);
	creel_semaphore_destroy(semaphore);
	creel_barrier_destroy(barrier);
	creel_queue_destroy(queue);
}
END_TEST

START_TEST(wrong_numbers)
{
	creel_semaphore *most = creel_semaphore_create(PTRDIFF_MAX);
	creel_queue *queue = creel_queue_create(NULL);

	const row rows[] = {
		ROW(LAST_CODE(creel_barrier_destroy(creel_barrier_create(0))), CREEL_EINVAL),
		ROW(LAST_CODE(creel_semaphore_destroy(
			    creel_semaphore_create((size_t)PTRDIFF_MAX + 1))),
			CREEL_EINVAL),
		ROW(LAST_CODE(creel_semaphore_destroy(creel_semaphore_create_bounded(SIZE_MAX))),
			CREEL_EINVAL),
		ROW(creel_semaphore_release(most), CREEL_ESTATE),
		ROW(creel_queue_shutdown(queue, (creel_queue_shutdown_mode)2), CREEL_EINVAL),
		ROW(creel_queue_shutdown(queue, (creel_queue_shutdown_mode)-1), CREEL_EINVAL),
	};

	ck_assert_str_eq(table_wrong(rows, sizeof rows), "");
	ck_assert_int_eq(creel_queue_try_put(queue, NULL), CREEL_OK); /* it is open */
	ck_assert_uint_eq(creel_semaphore_value(most), PTRDIFF_MAX);
	creel_semaphore_destroy(most);
	creel_queue_destroy(queue);
}
END_TEST

CREEL_SUITE("creel.faults.bad_sync", null, negative_durations, wrong_numbers)
