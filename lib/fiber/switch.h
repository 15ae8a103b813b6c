/* SPDX-License-Identifier: MIT */
/*
 * switch.h: leave one stack and continue on another. One small header per machine implements it
 * (with an assembly file for what C cannot say); here is x86-64.
 *
 * Who        the thread that runs on the stack which is left; any number of threads, each with
 *            stacks of its own. Not for signal handlers.
 * Progress   wait-free: some twenty instructions, no system call
 *
 * States of a crl_switch_state
 *     raw ──prepare──► saved ──switch to it──► running ──switch from it──► saved
 *   raw      nothing is known of the state or of its stack
 *   saved    it says how to go on; what is in use ends a red zone below its stack pointer
 *   running  one thread's stack pointer is in its stack; the state is stale
 *
 * Saved      the stack pointer, the place in the code, the registers that C code keeps across a
 *            call, and the control words of both floating-point units (rounding, precision, masked
 *            exceptions), which are compared, and loaded only if they differ. Not the status flags
 *            of those units: they stay with the thread, as the calling convention has it.
 * Invariants
 *   I1  a state is left by one switch; the next time it must have been saved anew
 *   I2  a stack goes on in the thread that left it (the addresses of thread-locals stay valid)
 *
 * Ordering   none: both stacks belong to the calling thread. The compiler holds no memory in
 *            registers across a switch, as across any call of a function that it cannot see.
 * Lifetime   the last access to the stack that is left comes before the stack pointer changes; to
 *            its state, likewise. Whatever runs next may trim or unmap it.
 * Unwinding  right on both sides; in the few instructions that mix two stacks, and in the first frame
 *            of a prepared stack, the return address is undefined, so that a backtrace ends.
 * TSan       sees nothing of this; annotate.h tells it.
 * Rejected   swapcontext: two system calls per switch. A function in assembly: its return, and the
 *            next ones, go where the processor does not expect it, 5 ns each; inlined, a switch is
 *            one indirect jump. Shadow stacks: not supported, and the assembly file does not claim
 *            to, so the linker turns them off for the program.
 */
#ifndef CRL_FIBER_SWITCH_H
#define CRL_FIBER_SWITCH_H

/* The first function on a stack; must not return. */
typedef void crl_switch_entry(void *arg);

/*
 * Each machine defines:
 *
 * crl_switch_control      the control words of the floating-point units.
 *
 * crl_switch_state        how to go on with a stack that was left.
 *
 * void crl_switch_control_get(crl_switch_control *control)
 *     The control words as they are now.
 *
 * void crl_switch_prepare(crl_switch_state *state, void *top, crl_switch_entry *entry, void *arg,
 *         const crl_switch_control *control)
 *     Makes a raw stack that ends at top (a multiple of 16) ready: the first switch to it calls
 *     entry(arg) there, under the given control words.
 *
 * void crl_switch(crl_switch_state *from, crl_switch_state *to)
 *     Leaves the running stack, whose state is saved in *from, and goes on with *to. Returns when
 *     somebody switches to *from.
 *
 * uintptr_t crl_switch_interrupted(const void *ucontext)
 *     The stack pointer of the code that a signal interrupted, from the handler's third argument.
 *
 * CRL_SWITCH_RED_ZONE     how far below its stack pointer a function may write.
 */
#if defined(__x86_64__) && defined(__LP64__)
#include "fiber/switch_x86_64.h"
#else
#error "creel does not know this machine: write a header like fiber/switch_x86_64.h for it"
#endif

#endif
