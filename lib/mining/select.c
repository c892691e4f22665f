/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Waiting records are listed first, with pointers into the reservoir, which
 * does not change during this call. Then bundles are taken in the order that
 * the rules give.
 *
 * Source: bitmarkd v0.16.0 reservoir/fetch.go
 */
#include "mining/select.h"

#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"
#include "mining/admit.h"

enum kind { KIND_FREE, KIND_PAID, KIND_OTHER };

struct waiting {
	const uint8_t *id;              /* inside the reservoir              */
	struct bitmark_span packed;
};

/* A unit: issues that are taken together, or one other record. */
struct bundle {
	enum kind kind;
	bool done;                      /* taken                             */
	size_t first, count;            /* in the list of waiting            */
};

struct selection {
	struct bitmark_template *t;
	const struct bitmark_rules *rules;
	enum bitmark_network network;
	struct bm_admission admission;
	struct waiting *waiting;
	size_t waiting_count, waiting_capacity;
	struct bundle *bundle;
	size_t bundle_count, bundle_capacity;
	const uint8_t *pay_id;          /* of the last bundle                */
	bitmark_status status;          /* of the listing                    */
};

/*
 * Listing.
 */

/* Make room for one more element. The list may move; NULL means no memory, and
 * the old list is then still valid and still the caller's. Doubling keeps the
 * copies proportional to the length. */
static void *
with_room(void *list, size_t count, size_t *capacity, size_t size)
{
	const size_t more = *capacity == 0 ? 64 : *capacity * 2;
	void *grown;

	if (count < *capacity)
		return list;
	grown = realloc(list, more * size);
	if (grown != NULL)
		*capacity = more;
	return grown;
}

static bool
add_bundle(struct selection *s)
{
	struct bundle *list = with_room(s->bundle, s->bundle_count,
	    &s->bundle_capacity, sizeof *list);

	if (list == NULL)
		return false;
	s->bundle = list;
	list[s->bundle_count++] = (struct bundle){ .kind = KIND_FREE,
		.first = s->waiting_count };
	return true;
}

/* A bundle of issues is free when all of their nonces are 0. The kind is needed
 * only where the rules tell free issues from paid ones, and finding it means
 * parsing, so other rules skip it. */
static void
sort_in(const struct selection *s, struct bundle *bundle,
    struct bitmark_span packed)
{
	struct bitmark_record record;
	size_t used;

	if (s->rules->issues != BITMARK_ISSUES_FREE_OR_PAID ||
	    bundle->kind != KIND_FREE)
		return;
	if (bitmark_record_parse(s->rules, packed.data, packed.size,
	    s->network, &record, &used) != BITMARK_OK ||
	    record.tag != BITMARK_RECORD_ISSUE)
		bundle->kind = KIND_OTHER;
	else if (record.issue.nonce != 0)
		bundle->kind = KIND_PAID;
}

/* bitmark_waiting_fn. The members of a unit come one after the other, all with
 * the same pointer in ${pay_id}: comparing the pointers is enough to see where
 * the next unit begins. */
static int
list_one(void *user, const struct bitmark_waiting *w)
{
	struct selection *s = user;
	struct waiting *list;

	if (!w->verified)
		return 0;
	list = with_room(s->waiting, s->waiting_count, &s->waiting_capacity,
	    sizeof *list);
	if (list == NULL || (w->pay_id != s->pay_id && !add_bundle(s))) {
		s->waiting = list != NULL ? list : s->waiting;
		s->status = BITMARK_E_NOMEM;
		return 1;
	}
	s->pay_id = w->pay_id;
	s->waiting = list;
	list[s->waiting_count++] = (struct waiting){ w->tx_id, w->packed };
	s->bundle[s->bundle_count - 1].count++;
	sort_in(s, &s->bundle[s->bundle_count - 1], w->packed);
	return 0;
}

/*
 * Taking.
 */

/* A bundle that is looked at. */
struct judged {
	size_t records;                 /* to be put, assets included        */
	size_t bytes;
	size_t no_asset;
	size_t refused;
	size_t taken;                   /* records without assets            */
	bool take[BITMARK_BUNDLE_MAX];
	struct bm_needed_asset *asset[BITMARK_BUNDLE_MAX];
};

/* An asset that is put into the block stands there once, however many issues of
 * the bundle need it. The asset remembers the number of the bundle that counted
 * it last (number 0 is none), so no list of counted assets is needed. */
static void
count_asset(const struct selection *s, const struct bundle *bundle,
    struct bm_needed_asset *asset, struct judged *j)
{
	const size_t number = (size_t)(bundle - s->bundle) + 1;

	if (asset == NULL || asset->known || asset->counted == number)
		return;
	asset->counted = number;
	j->records++;
	j->bytes += asset->packed.size;
}

static void
count_verdict(enum bm_verdict verdict, struct bitmark_span packed,
    struct judged *j)
{
	switch (verdict) {
	case BM_VERDICT_TAKE:
		j->records++;
		j->taken++;
		j->bytes += packed.size;
		break;
	case BM_VERDICT_NO_ASSET:
		j->no_asset++;
		break;
	case BM_VERDICT_REFUSED:
		j->refused++;
		break;
	}
}

static bitmark_status
judge_one(struct selection *s, const struct bundle *bundle, size_t i,
    struct judged *j)
{
	const struct waiting *w = &s->waiting[bundle->first + i];
	enum bm_verdict verdict = BM_VERDICT_REFUSED;
	bitmark_status status = BITMARK_OK;
	struct bitmark_record record;
	size_t used;

	j->asset[i] = NULL;
	if (bitmark_record_parse(s->rules, w->packed.data, w->packed.size,
	    s->network, &record, &used) == BITMARK_OK)
		status = record.tag == BITMARK_RECORD_ISSUE ?
		    bm_admit_issue(&s->admission, w->id, &record, &verdict,
		    &j->asset[i]) :
		    bm_admit_other(&s->admission, &record, &verdict);
	j->take[i] = verdict == BM_VERDICT_TAKE;
	if (j->take[i])
		count_asset(s, bundle, j->asset[i], j);
	count_verdict(verdict, w->packed, j);
	return status;
}

static bitmark_status
put_asset(struct bitmark_template *t, struct bm_needed_asset *asset)
{
	uint8_t id[BITMARK_TX_ID_SIZE];

	if (asset == NULL || asset->known)
		return BITMARK_OK;
	bitmark_tx_id(asset->packed.data, asset->packed.size, id);
	asset->known = true;
	t->counts.assets++;
	return bm_template_put(t, asset->packed, id);
}

/* Only records that were judged good are put; the others of the bundle are
 * counted and left. After an error the template is freed by the caller, so a
 * bundle that was put by half does no harm. */
static bitmark_status
put_bundle(struct selection *s, struct bundle *bundle, const struct judged *j)
{
	bitmark_status status = BITMARK_OK;

	for (size_t i = 0; i < bundle->count && status == BITMARK_OK; i++) {
		const struct waiting *w = &s->waiting[bundle->first + i];

		if (!j->take[i])
			continue;
		status = put_asset(s->t, j->asset[i]);
		if (status == BITMARK_OK)
			status = bm_template_put(s->t, w->packed, w->id);
	}
	bundle->done = true;
	s->t->counts.taken += j->taken;
	s->t->counts.no_asset += j->no_asset;
	s->t->counts.refused += j->refused;
	return status;
}

/*
 * Take the bundle if it fits; bundle->done tells whether it was taken.
 *
 * ${spare} is the factor by which its number of records must fit: with 2 the
 * block must have room for twice as many.
 */
static bitmark_status
take_bundle(struct selection *s, struct bundle *bundle, size_t spare)
{
	struct judged j = { 0 };
	bitmark_status status = BITMARK_OK;

	/* Checked first because judging costs look-ups in the store for each
	 * record. */
	if (!bm_template_has_room(s->t, 1, 1) ||
	    !bm_template_has_room(s->t, (spare - 1) * bundle->count, 0))
		return BITMARK_OK;
	for (size_t i = 0; i < bundle->count && status == BITMARK_OK; i++)
		status = judge_one(s, bundle, i, &j);
	if (status != BITMARK_OK)
		return status;
	return bm_template_has_room(s->t, spare * j.records, j.bytes) ?
	    put_bundle(s, bundle, &j) : BITMARK_OK;
}

/* Take the bundles of one kind until ${enough} records were added for them. A
 * bundle that does not fit is skipped, and a smaller one behind it may still
 * fit. */
static bitmark_status
take_kind(struct selection *s, enum kind kind, size_t enough)
{
	const size_t before = s->t->records;
	bitmark_status status = BITMARK_OK;

	for (size_t i = 0; i < s->bundle_count && status == BITMARK_OK &&
	    s->t->records - before < enough; i++)
		if (s->bundle[i].kind == kind)
			status = take_bundle(s, &s->bundle[i], 1);
	return status;
}

/* The next bundle of this kind that was not taken, or NULL. */
static struct bundle *
next_left(struct selection *s, enum kind kind, size_t *at)
{
	while (*at < s->bundle_count) {
		struct bundle *b = &s->bundle[(*at)++];

		if (b->kind == kind && !b->done)
			return b;
	}
	return NULL;
}

/* Add more issues, free and paid bundles in turn. The first bundle of a kind
 * that does not fit ends that kind; the loop ends when both have ended. */
static bitmark_status
take_more(struct selection *s)
{
	size_t at[] = { [KIND_FREE] = 0, [KIND_PAID] = 0 };
	bool open[] = { [KIND_FREE] = true, [KIND_PAID] = true };
	bitmark_status status = BITMARK_OK;

	while (status == BITMARK_OK && (open[KIND_FREE] || open[KIND_PAID]))
		for (enum kind k = KIND_FREE; k <= KIND_PAID &&
		    status == BITMARK_OK; k++) {
			struct bundle *b = open[k] ?
			    next_left(s, k, &at[k]) : NULL;

			if (b != NULL)
				status = take_bundle(s, b, 2);
			open[k] = b != NULL && b->done;
		}
	return status;
}

static bitmark_status
take_in_stages(struct selection *s)
{
	const size_t first = s->rules->block_issues_first;
	bitmark_status status = take_kind(s, KIND_FREE, first);

	if (status == BITMARK_OK)
		status = take_kind(s, KIND_PAID, first);
	if (status == BITMARK_OK)
		status = take_kind(s, KIND_OTHER, SIZE_MAX);
	return status == BITMARK_OK ? take_more(s) : status;
}

static void
count_left(struct selection *s)
{
	for (size_t i = 0; i < s->bundle_count; i++)
		if (!s->bundle[i].done)
			s->t->counts.no_room += s->bundle[i].count;
}

bitmark_status
bm_select(struct bitmark_template *t,
    const struct bitmark_template_config *config,
    struct bitmark_reservoir *reservoir, struct bitmark_snapshot *snapshot)
{
	struct selection s = { .t = t, .rules = config->rules,
		.network = config->params->network, .status = BITMARK_OK };
	bitmark_status status;

	bm_admission_init(&s.admission, config, reservoir, snapshot);
	bitmark_reservoir_each(reservoir, list_one, &s);
	status = s.status;
	/* Rules that order by arrival have one kind only. */
	if (status == BITMARK_OK)
		status = s.rules->issues == BITMARK_ISSUES_FREE_OR_PAID ?
		    take_in_stages(&s) : take_kind(&s, KIND_FREE, SIZE_MAX);
	count_left(&s);
	bm_admission_fini(&s.admission);
	free(s.waiting);
	free(s.bundle);
	return status;
}
