/* SPDX-License-Identifier: MIT */
/*
 * creel/attributes.h: how creel's declarations are annotated. Every macro is empty where the
 * compiler does not know the attribute, so the headers read the same everywhere.
 *
 * There is no "nonnull" among them: it would let the compiler delete the very checks that answer
 * a NULL with CREEL_EINVAL.
 */
#ifndef CREEL_ATTRIBUTES_H
#define CREEL_ATTRIBUTES_H

#if defined(__GNUC__) || defined(__clang__)
#define CREEL_API __attribute__((visibility("default")))
/* The result must be used: it is an object that somebody has to free. */
#define CREEL_NODISCARD __attribute__((warn_unused_result))
/* Arguments from FIRST on are formatted by the printf string at position FORMAT. */
#define CREEL_PRINTF(FORMAT, FIRST) __attribute__((format(printf, FORMAT, FIRST)))
#else
#define CREEL_API
#define CREEL_NODISCARD
#define CREEL_PRINTF(FORMAT, FIRST)
#endif

#endif
