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

static void
stop_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
}

void
chain_signals_hold(void)
{
	sigset_t set;

	stop_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

bool
chain_signals_came(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 &&
	    (sigismember(&pending, SIGINT) == 1 ||
	    sigismember(&pending, SIGTERM) == 1);
}

void
chain_signals_release(void)
{
	sigset_t set;
	int taken;

	stop_signals(&set);
	while (chain_signals_came() && sigwait(&set, &taken) == 0)
		;
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* --- a store that was cut off -------------------------------------------------- */

static void
on_bus_error(int number, siginfo_t *info, void *context)
{
	static const char text[] = "bitmark-chain: the store is damaged: "
	    "its file was cut off or cannot be read\n";
	ssize_t written;

	(void)context;
	if (info->si_code != BUS_ADRERR) {
		signal(number, SIG_DFL);        /* it comes again */
		return;
	}
	written = write(STDERR_FILENO, text, sizeof text - 1);
	(void)written;
	_exit(EXIT_STORE);
}

void
chain_catch_damage(void)
{
	struct sigaction action = {
		.sa_sigaction = on_bus_error,
		.sa_flags = SA_SIGINFO,
	};

	sigemptyset(&action.sa_mask);
	sigaction(SIGBUS, &action, NULL);
}
