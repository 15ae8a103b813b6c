/* SPDX-License-Identifier: MIT */
/*
 * switch_x86_64.S: what switch_x86_64.h cannot say in C.
 */
	.text

/*
 * The outermost frame of every fiber: crl_switch() jumps here with the first function at 8(rsp) and
 * its argument in rbx. A return address that is undefined, and zero where others look for it, and a
 * frame pointer of zero tell unwinders of all kinds that here a stack begins.
 */
	.globl	crl_switch_first
	.hidden	crl_switch_first
	.type	crl_switch_first, @function
	.p2align 4
crl_switch_first:
	.cfi_startproc
	.cfi_undefined rip
	endbr64
	movq	%rbx, %rdi
	call	*8(%rsp)
	ud2
	.cfi_endproc
	.size	crl_switch_first, . - crl_switch_first

/* void crl_switch_control_set(const crl_switch_control *now (rdi), *wanted (rsi)) */
#define MXCSR_STATUS 0x3f
	.globl	crl_switch_control_set
	.hidden	crl_switch_control_set
	.type	crl_switch_control_set, @function
	.p2align 4
crl_switch_control_set:
	.cfi_startproc
	endbr64
	movl	(%rdi), %eax
	movl	(%rsi), %ecx
	andl	$MXCSR_STATUS, %eax
	andl	$~MXCSR_STATUS, %ecx
	orl	%ecx, %eax
	movl	%eax, -4(%rsp)
	ldmxcsr	-4(%rsp)
	fldcw	4(%rsi)
	ret
	.cfi_endproc
	.size	crl_switch_control_set, . - crl_switch_control_set

/* uintptr_t crl_switch_interrupted(const void *ucontext (rdi)): rsp, where Linux keeps it. */
#define UCONTEXT_RSP 160
	.globl	crl_switch_interrupted
	.hidden	crl_switch_interrupted
	.type	crl_switch_interrupted, @function
	.p2align 4
crl_switch_interrupted:
	.cfi_startproc
	endbr64
	movq	UCONTEXT_RSP(%rdi), %rax
	ret
	.cfi_endproc
	.size	crl_switch_interrupted, . - crl_switch_interrupted

	.section .note.GNU-stack, "", @progbits
