/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The list of kernels, and the choice among them.  All that the compiler can
 * make are in the library; the processor is asked when the program runs, so
 * that one binary is fast on new machines and works on old ones.
 */
#include "digest/kernel.h"

const struct bm_kernel *const bm_kernels[] = {
#if defined(__x86_64__) && defined(__GNUC__)
	&bm_kernel_avx512,
	&bm_kernel_avx2,
#elif defined(__aarch64__)
	&bm_kernel_neon,
#endif
	&bm_kernel_portable,
	NULL,
};

/* Ends in any case: the portable kernel is always usable. */
const struct bm_kernel *
bm_kernel_best(void)
{
	const struct bm_kernel *const *kernel = bm_kernels;

	while (!(*kernel)->usable())
		kernel++;
	return *kernel;
}
