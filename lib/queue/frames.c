/* SPDX-License-Identifier: MIT */
/* frames.c: see frames.h for the protocol. */
#include "queue/frames.h"

#include "sync/membarrier.h"

/* Of the private frames, so many parts of all are shared at a time, and at least one. */
#define SHARE 8

__thread creel_fork_stack creel_fork_stack_v1 = {NULL, CRL_FORK_OFF};

/* With the lock held from here on. */

/* By the owner: only it changes the top. */
static void
set_top(crl_frames *frames, creel_frame *top)
{
	/* Who reads it here has the lock. */
	__atomic_store_n(&frames->stack->top, top, __ATOMIC_RELAXED);
}

static void
set_state(creel_frame *frame, uintptr_t state)
{
	/* Who reads it without the lock waits for CRL_FRAME_DONE, which is set elsewhere. */
	__atomic_store_n(&frame->state, state, __ATOMIC_RELAXED);
}

/* After a change: is the owner to call? */
static void
tell(crl_frames *frames)
{
	uintptr_t call = frames->forced != NULL || frames->forcer != NULL ? CRL_FORK_FORCED : 0;

	if (frames->stack == NULL)
		return;
	if (frames->thieves && frames->oldest == NULL)
		call |= CRL_FORK_HUNGRY;
	if (call == 0)
		crl_store(&frames->unaware, true, relaxed); /* a hint */
	if (frames->stack->call != call)
		__atomic_store_n(&frames->stack->call, call, __ATOMIC_RELAXED); /* [FJ1] */
}

static void
count(crl_frames *frames, size_t more, size_t less)
{
	const size_t n = crl_load(&frames->count, relaxed);

	crl_store(&frames->count, n + more - less, seq_cst); /* [P1] */
}

/* Move a chain of private frames, from its newest on, behind the shared ones. */
static void
share_chain(crl_frames *frames, creel_frame *newest, crl_forker *owner)
{
	creel_frame *frame = newest, *newer = NULL;
	size_t n = 1;

	for (;; frame = frame->prev, n++) {
		frame->owner = owner;
		frame->older = frame->prev;
		frame->newer = newer;
		set_state(frame, CRL_FRAME_SHARED);
		newer = frame;
		if (frame->prev == NULL)
			break;
	}
	frame->older = frames->newest;
	if (frames->newest != NULL)
		frames->newest->newer = frame;
	else
		frames->oldest = frame;
	frames->newest = newest;
	owner->shared += n;
	count(frames, n, 0);
}

static void
unlink_shared(crl_frames *frames, creel_frame *frame)
{
	if (frame->older != NULL)
		frame->older->newer = frame->newer;
	else
		frames->oldest = frame->newer;
	if (frame->newer != NULL)
		frame->newer->older = frame->older;
	else
		frames->newest = frame->older;
	count(frames, 0, 1);
}

/* By the owner: what a thief has shared is not private any more. At most what the owner was just about to
 * do lies above it. And a thief that has not come so far need not go on. */
static void
heed_force(crl_frames *frames)
{
	creel_frame *frame = frames->stack->top;

	frames->forcer = NULL;
	if (crl_likely(frames->forced == NULL))
		return;
	if (frame == frames->forced) {
		set_top(frames, NULL);
	} else {
		while (frame->prev != frames->forced)
			frame = frame->prev;
		frame->prev = NULL;
	}
	frames->forced = NULL;
}

/* By the owner: all that is private but the newest `keep`. */
static void
share_but(crl_frames *frames, size_t keep, crl_forker *owner)
{
	creel_frame *last = NULL, *chain = frames->stack->top;

	for (; keep > 0; keep--) {
		last = chain;
		chain = chain->prev;
	}
	if (last != NULL)
		last->prev = NULL;
	else
		set_top(frames, NULL);
	share_chain(frames, chain, owner);
}

/* By the owner: if nothing is shared, share some. True: it has. */
static bool
share_some(crl_frames *frames, crl_forker *owner)
{
	size_t n = 0;

	if (!frames->thieves || frames->oldest != NULL || owner == NULL)
		return false;
	for (creel_frame *frame = frames->stack->top; frame != NULL; frame = frame->prev)
		n++;
	if (n == 0)
		return false;
	share_but(frames, n - (n + SHARE - 1) / SHARE, owner);
	return true;
}

/* From here on without. */

bool
crl_frames_unstack(const creel_frame *frame)
{
	creel_frame *newer = CREEL_FORK_STACK_->top;

	while (newer != NULL && newer->prev != frame)
		newer = newer->prev;
	if (newer != NULL)
		newer->prev = frame->prev;
	return newer != NULL;
}

void
crl_frames_open(crl_frames *frames)
{
	crl_spinlock_lock(&frames->lock);
	frames->stack = CREEL_FORK_STACK_;
	set_top(frames, NULL);
	tell(frames);
	crl_spinlock_unlock(&frames->lock);
}

void
crl_frames_close(crl_frames *frames)
{
	crl_spinlock_lock(&frames->lock);
	__atomic_store_n(&frames->stack->call, CRL_FORK_OFF, __ATOMIC_RELAXED);
	frames->stack = NULL;
	frames->forcer = NULL;                       /* there is nothing to get here any more */
	crl_store(&frames->unaware, false, relaxed); /* a hint */
	crl_spinlock_unlock(&frames->lock);
}

bool
crl_frames_offer(crl_frames *frames, crl_forker *owner)
{
	bool shared;

	crl_spinlock_lock(&frames->lock);
	heed_force(frames);
	shared = share_some(frames, owner);
	tell(frames);
	crl_spinlock_unlock(&frames->lock);
	return shared;
}

void
crl_frames_set_aside(crl_frames *frames, crl_forker *owner)
{
	crl_spinlock_lock(&frames->lock);
	heed_force(frames);
	if (frames->stack->top != NULL)
		share_but(frames, 0, owner);
	tell(frames);
	crl_spinlock_unlock(&frames->lock);
}

/* Out of its order, by the owner. All that is private is shared, so that the frame's state tells. */
static crl_reclaimed
reclaim_shared(crl_frames *frames, creel_frame *frame, crl_forker *owner, bool *shared)
{
	uintptr_t state;

	*shared = frames->stack->top != NULL;
	if (*shared)
		share_but(frames, 0, owner);
	state = crl_frame_state(frame, RELAXED);
	if (state == CRL_FRAME_PRIVATE || owner->shared == 0)
		return CRL_RECLAIM_WRONG;
	owner->shared--;
	if (state != CRL_FRAME_SHARED)
		return CRL_RECLAIM_AWAIT;
	unlink_shared(frames, frame);
	return CRL_RECLAIM_RUN;
}

crl_reclaimed
crl_frames_reclaim(crl_frames *frames, creel_frame *frame, crl_forker *owner, bool *shared)
{
	crl_reclaimed what = CRL_RECLAIM_RUN;

	*shared = false;
	crl_spinlock_lock(&frames->lock);
	heed_force(frames);
	if (frames->stack->top == frame) {
		set_top(frames, frame->prev);
		*shared = share_some(frames, owner);
	} else if (owner == NULL) {
		what = crl_frames_unstack(frame) ? CRL_RECLAIM_RUN : CRL_RECLAIM_WRONG;
	} else {
		what = reclaim_shared(frames, frame, owner, shared);
	}
	if (what == CRL_RECLAIM_RUN)
		set_state(frame, CRL_FRAME_PRIVATE);
	tell(frames);
	crl_spinlock_unlock(&frames->lock);
	return what;
}

creel_frame *
crl_frames_take(crl_frames *frames, void *taker)
{
	creel_frame *frame;

	if (!crl_frames_seem_any(frames))
		return NULL;
	crl_spinlock_lock(&frames->lock);
	frame = frames->oldest;
	if (frame != NULL) {
		unlink_shared(frames, frame);
		frame->older = taker;
		set_state(frame, CRL_FRAME_TAKEN);
		tell(frames);
	}
	crl_spinlock_unlock(&frames->lock);
	return frame;
}

/* Without the lock, since it takes long: have the owner stop at its next fork or join. False: another thief is
 * about to, or there is no owner, or no barrier. */
static bool
stop_owner(crl_frames *frames, const void *thief)
{
	bool stopped;

	crl_spinlock_lock(&frames->lock);
	crl_store(&frames->unaware, false, relaxed); /* a hint */
	stopped = frames->stack != NULL && frames->thieves && frames->forced == NULL &&
		  frames->forcer == NULL;
	if (stopped) {
		frames->forcer = thief;
		tell(frames); /* [FJ1] */
	}
	crl_spinlock_unlock(&frames->lock);
	return stopped && crl_membarrier();
}

/* With the lock held: the owner has not called since it was stopped, or waits for the lock: what is private? */
static void
share_stopped(crl_frames *frames, crl_forker *(*owner)(void *arg), void *arg)
{
	creel_frame *top = __atomic_load_n(&frames->stack->top, __ATOMIC_ACQUIRE); /* [FJ1] */

	if (top == NULL || owner(arg) == NULL)
		return;
	frames->forced = top;
	share_chain(frames, top, owner(arg));
}

bool
crl_frames_force(crl_frames *frames, crl_forker *(*owner)(void *arg), void *arg)
{
	bool stopped, any = false;

	if (!crl_load(&frames->unaware, relaxed)) /* a hint */
		return false;
	stopped = stop_owner(frames, &any);
	crl_spinlock_lock(&frames->lock);
	if (frames->forcer == &any) {
		if (stopped)
			share_stopped(frames, owner, arg);
		frames->forcer = NULL;
		tell(frames);
	}
	any = frames->oldest != NULL;
	crl_spinlock_unlock(&frames->lock);
	return any;
}
