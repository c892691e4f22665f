/*
 * Threads that compute have every core to themselves when nothing else is to
 * be done, and must not make a peer wait that asks for a block.
 */
#include <unistd.h>

#include "digest/digest.h"

/* Still a tenth of a core beside a program that takes all it can get. */
#define NICENESS 10

/* Elsewhere than in Linux niceness is the whole process's. */
void
bm_thread_background(void)
{
#ifdef __linux__
	(void)nice(NICENESS);
#endif
}
