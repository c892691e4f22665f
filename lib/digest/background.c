/*
 * Threads that compute have every core to themselves when nothing else is to
 * be done, and must not make a peer wait that asks for a block.
 */
#include <unistd.h>

#include "digest/digest.h"

/* Elsewhere than in Linux niceness is the whole process's. */
void
bm_thread_background(enum bm_background work)
{
#ifdef __linux__
	(void)nice(work);
#else
	(void)work;
#endif
}
