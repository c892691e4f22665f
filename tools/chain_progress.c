/* The live line of bitmark-chain while it works through many blocks, and the
 * signals that end such work. */
#include <inttypes.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "chain_tool.h"

/* Least time between two lines. */
#define REFRESH_S 0.2

static double
now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void
chain_progress_begin(struct chain_progress *progress, const char *what)
{
	*progress = (struct chain_progress){
		.what = what,
		.shown = isatty(STDERR_FILENO) == 1,
		.start_s = now_s(),
	};
}

static void
write_line(const struct chain_progress *p, double now, uint64_t done,
    uint64_t total)
{
	double elapsed = now - p->start_s;
	double share = total > 0 ? (double)done / (double)total : 0;
	double left = share > 0 ? elapsed / share - elapsed : 0;
	double blocks = (double)(p->last - p->first + 1);

	fprintf(stderr, "\r%s: block %" PRIu64 "  %.1f blocks/s", p->what,
	    p->last, elapsed > 0 ? blocks / elapsed : 0);
	if (share > 0)
		fprintf(stderr, "  %3.0f %%  %.0f s left ", 100 * share, left);
	fputs("    ", stderr);
	fflush(stderr);
}

int
chain_progress_step(void *progress, uint64_t number, uint64_t done,
    uint64_t total)
{
	struct chain_progress *p = progress;
	double now = now_s();

	if (p->first == 0)
		p->first = number;
	p->last = number;
	if (p->shown && now >= p->next_s) {
		write_line(p, now, done, total);
		p->next_s = now + REFRESH_S;
	}
	return chain_signals_came();
}

void
chain_progress_end(struct chain_progress *progress)
{
	if (progress->shown && progress->first != 0)
		fputc('\n', stderr);
}

/* --- signals ------------------------------------------------------------------ */

/* The last one comes after either of the others, again and again. */
static const int stop_signals[] = { SIGINT, SIGTERM, SIGALRM };
#define STOP_SIGNALS (sizeof stop_signals / sizeof stop_signals[0])

/* Between two of those. */
#define AGAIN_S 1

/* What was done with them before they were held. */
static struct sigaction before[STOP_SIGNALS];
static volatile sig_atomic_t stop_came;

/* A write that was cut short is followed by another one, which would wait. */
static void
on_stop(int number)
{
	(void)number;
	stop_came = 1;
	alarm(AGAIN_S);
}

void
chain_signals_hold(void)
{
	/* Not SA_RESTART: who waits in a call wakes up. */
	struct sigaction hold = { .sa_handler = on_stop };

	sigemptyset(&hold.sa_mask);
	stop_came = 0;
	for (size_t i = 0; i < STOP_SIGNALS; i++) {
		sigaction(stop_signals[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN)
			sigaction(stop_signals[i], &hold, NULL);
	}
}

bool
chain_signals_came(void)
{
	return stop_came != 0;
}

void
chain_signals_release(void)
{
	for (size_t i = 0; i + 1 < STOP_SIGNALS; i++)
		sigaction(stop_signals[i], &before[i], NULL);
	alarm(0);
	sigaction(SIGALRM, &before[STOP_SIGNALS - 1], NULL);
	stop_came = 0;
}
