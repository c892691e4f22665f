/* Calls of other threads that the owner of a node carries out. */
#include "../support/vectors.h"

#include <pthread.h>
#include <stdatomic.h>

#include "node/calls.h"

#define CALLERS 4
#define RUNS 200

static struct bm_calls *calls;
static unsigned done;                   /* by the owner, in this run */
static atomic_uint refused;

static bitmark_status
work(struct bm_owner *owner, void *argument)
{
	(void)owner;
	(void)argument;
	done++;
	return BITMARK_OK;
}

/* One call after the other, without a pause, until they are refused. */
static void *
call(void *unused)
{
	while (bm_calls_make(calls, work, NULL) == BITMARK_OK)
		;
	atomic_fetch_add(&refused, 1);
	return unused;
}

START_TEST(a_stream_of_calls_does_not_keep_the_owner_from_its_other_work)
{
	pthread_t thread[CALLERS];
	unsigned all = 0;

	ck_assert_int_eq(bm_calls_new(&calls), BITMARK_OK);
	bm_calls_begin(calls);
	for (int i = 0; i < CALLERS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, call, NULL),
		    0);
	while (all < RUNS) {
		done = 0;
		bm_calls_run(calls, NULL);
		ck_assert_uint_le(done, CALLERS);
		all += done;
	}
	bm_calls_end(calls);
	for (int i = 0; i < CALLERS; i++)
		pthread_join(thread[i], NULL);
	bm_calls_free(calls);
	ck_assert_uint_eq(atomic_load(&refused), CALLERS);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("calls");
	TCase *t = tcase_create("calls");

	tcase_add_test(t, a_stream_of_calls_does_not_keep_the_owner_from_its_other_work);
	suite_add_tcase(s, t);
	return run_suite(s);
}
