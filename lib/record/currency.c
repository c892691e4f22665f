/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Currencies: names, wire numbers, fees.
 * Source: bitmarkd v8.2 currency/enumerated.go, currency/fees.go
 */
#include <bitmarkpeer/currency.h>

#include <string.h>

struct currency_row {
	const char *name;       /* as printed               */
	const char *long_name;  /* accepted as well; or ""  */
	uint64_t fee;           /* smallest unit, a segment */
};

static const struct currency_row currencies[BITMARK_CURRENCY_COUNT] = {
	[BITMARK_CURRENCY_NOTHING] = { "", "", 0 },
	[BITMARK_CURRENCY_BITCOIN] = { "BTC", "bitcoin", 10000 },
	[BITMARK_CURRENCY_LITECOIN] = { "LTC", "litecoin", 100000 },
};

/* tolower() asks the locale, and the host program may have set any: in Turkish
 * "BITCOIN" is no "bitcoin". */
static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
same_word(const char *word, const char *text, size_t size)
{
	if (strlen(word) != size)
		return false;
	for (size_t i = 0; i < size; i++)
		if (lower(word[i]) != lower(text[i]))
			return false;
	return true;
}

bitmark_status
bitmark_currency_from_text(const char *text, size_t size,
    enum bitmark_currency *currency)
{
	/* The empty text is a name: that of "Nothing". */
	if (size == 0) {
		*currency = BITMARK_CURRENCY_NOTHING;
		return BITMARK_OK;
	}
	for (unsigned i = 0; i < BITMARK_CURRENCY_COUNT; i++) {
		if (same_word(currencies[i].name, text, size) ||
		    same_word(currencies[i].long_name, text, size)) {
			*currency = (enum bitmark_currency)i;
			return BITMARK_OK;
		}
	}
	return BITMARK_E_CURRENCY;
}

bitmark_status
bitmark_currency_from_number(uint64_t number, enum bitmark_currency *currency)
{
	if (number >= BITMARK_CURRENCY_COUNT)
		return BITMARK_E_CURRENCY;
	*currency = (enum bitmark_currency)number;
	return BITMARK_OK;
}

/* A value outside of the enum, which a caller may have cast from a number,
 * counts as BITMARK_CURRENCY_NOTHING. */
static const struct currency_row *
row_of(enum bitmark_currency currency)
{
	return (unsigned)currency < BITMARK_CURRENCY_COUNT ?
	    &currencies[currency] : &currencies[BITMARK_CURRENCY_NOTHING];
}

const char *
bitmark_currency_name(enum bitmark_currency currency)
{
	return row_of(currency)->name;
}

uint64_t
bitmark_currency_fee(enum bitmark_currency currency)
{
	return row_of(currency)->fee;
}
