/* SPDX-License-Identifier: MIT */
/*
 * switch_x86_64.h: the switch of switch.h for x86-64 with the System V calling convention.
 *
 * The compiler is told that the jump destroys every register, so it saves what it needs in its own
 * frame, which is seldom much; only rsp, rbp and rbx, which compilers may reserve for the frame
 * itself, are saved here. Nothing is pushed: the red zone of the frame may be in use.
 */
#ifndef CRL_FIBER_SWITCH_X86_64_H
#define CRL_FIBER_SWITCH_X86_64_H

#include "base/attr.h"
#include "fiber/switch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CRL_SWITCH_RED_ZONE 128

typedef struct crl_switch_control {
	uint32_t mxcsr; /* of the vector unit */
	uint16_t x87;
} crl_switch_control;

/* lib/gdb/creel-gdb.py knows these names, too. */
typedef struct crl_switch_state {
	void *sp;
	void *bp;
	void *bx;
	void *ip; /* where in the code to go on */
	crl_switch_control control;
} crl_switch_state;

_Static_assert(offsetof(crl_switch_state, sp) == 0 && offsetof(crl_switch_state, bp) == 8 &&
		       offsetof(crl_switch_state, bx) == 16 && offsetof(crl_switch_state, ip) == 24,
	"the offsets in crl_switch");
_Static_assert(offsetof(crl_switch_control, mxcsr) == 0 && offsetof(crl_switch_control, x87) == 4,
	"the offsets in crl_switch_control_set");

/* The first code on a prepared stack (in switch_x86_64.S): calls what lies above the zero at rsp. */
void crl_switch_first(void) __attribute__((visibility("hidden")));

uintptr_t crl_switch_interrupted(const void *ucontext) __attribute__((visibility("hidden")));

/* Make the wanted control words those of the processor, which are `now` so far. Status flags stay. */
void crl_switch_control_set(const crl_switch_control *now, const crl_switch_control *wanted)
	__attribute__((visibility("hidden"), cold));

/* The low six bits of mxcsr are status flags, which are not switched. */
#define CRL_MXCSR_STATUS 0x3fu

static CRL_ALWAYS_INLINE void
crl_switch_control_get(crl_switch_control *control)
{
	__asm__ volatile("stmxcsr %0" : "=m"(control->mxcsr));
	__asm__ volatile("fnstcw %0" : "=m"(control->x87));
}

static CRL_ALWAYS_INLINE bool
crl_switch_control_same(const crl_switch_control *a, const crl_switch_control *b)
{
	return (((a->mxcsr ^ b->mxcsr) & ~CRL_MXCSR_STATUS) | (uint32_t)(a->x87 ^ b->x87)) == 0;
}

static inline void
crl_switch_prepare(crl_switch_state *state, void *top, crl_switch_entry *entry, void *arg,
	const crl_switch_control *control)
{
	uintptr_t *word = (uintptr_t *)top - 2;

	word[0] = 0; /* for those who take it for a return address */
	word[1] = (uintptr_t)entry;
	state->sp = word;
	state->bp = NULL; /* for those who walk along frame pointers */
	state->bx = arg;
	state->ip = (void *)(uintptr_t)crl_switch_first;
	state->control = *control;
}

/* While rsp, rbp and the code belong to different stacks there is nothing to unwind. */
#ifdef __GCC_HAVE_DWARF2_CFI_ASM
#define CRL_CFI_MIXED ".cfi_remember_state\n\t.cfi_undefined rip\n\t"
#define CRL_CFI_WHOLE "\n\t.cfi_restore_state"
#else
#define CRL_CFI_MIXED
#define CRL_CFI_WHOLE
#endif

/* Where indirect jumps must be expected, the target says so. */
#if defined(__CET__) && (__CET__ & 1)
#define CRL_JUMP_TARGET "\n\tendbr64"
#else
#define CRL_JUMP_TARGET
#endif

#ifdef __AVX512F__
#define CRL_CLOBBER_AVX512 \
	"xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25", \
		"xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31", "k1", "k2", "k3", "k4", \
		"k5", "k6", "k7",
#else
#define CRL_CLOBBER_AVX512
#endif

static CRL_ALWAYS_INLINE void
crl_switch(crl_switch_state *from, crl_switch_state *to)
{
	crl_switch_control_get(&from->control);
	if (crl_unlikely(!crl_switch_control_same(&from->control, &to->control)))
		crl_switch_control_set(&from->control, &to->control);
	__asm__ volatile("movq %%rsp, 0(%0)\n\t"
			 "movq %%rbp, 8(%0)\n\t"
			 "movq %%rbx, 16(%0)\n\t"
			 "leaq 1f(%%rip), %%rax\n\t"
			 "movq %%rax, 24(%0)\n\t" /* the last access to the stack that is left */
			 CRL_CFI_MIXED "movq 24(%1), %%rax\n\t"
			 "movq 16(%1), %%rbx\n\t"
			 "movq 8(%1), %%rbp\n\t"
			 "movq 0(%1), %%rsp\n\t"
			 "jmpq *%%rax\n"
			 "1:" CRL_CFI_WHOLE CRL_JUMP_TARGET
			 : "+D"(from), "+S"(to)
			 :
			 : CRL_CLOBBER_AVX512 "rax", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12",
			 "r13", "r14", "r15", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",
			 "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13",
			 "xmm14", "xmm15", "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)",
			 "st(6)", "st(7)", "memory", "cc");
}

#endif
