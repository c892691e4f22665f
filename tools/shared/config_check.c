/*
 * The keys of the configuration, their defaults, and a check of each value.
 * libconfuse calls a check while it reads the value, so that an error can name
 * the line.
 *
 * Names and defaults are those of bitmarkd where it has them.
 * Source: bitmarkd v8.2 command/bitmarkd/configuration.go getConfiguration
 */
#include "shared/config_impl.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "shared/config_text.h"
#include "shared/option.h"

/* Addresses that fit in one announcement. */
#define ANNOUNCE_MAX (BITMARK_CONNECTIONS_MAX / BITMARK_CONNECTION_V6_SIZE)
/* "not in a..b" with NUL. */
#define RANGE_TEXT_MAX 64
/* Bounds of the limits.  Source: local choice. */
#define CONNECTIONS_LIMIT 65535
#define WORKERS_LIMIT 256
#define AHEAD_BYTES_MIN (1024 * 1024)
#define AHEAD_BYTES_LIMIT 0x7fffffffL
#define PACE_MS_MIN 100
#define PACE_MS_LIMIT (24 * 60 * 60 * 1000)

/* Our own flag of an option: it has been given. libconfuse uses the bits
 * below. */
#define FLAG_GIVEN (1 << 24)

static const char *const level_names[] = {
	[BITMARK_LOG_ERROR] = "error",
	[BITMARK_LOG_WARN] = "warn",
	[BITMARK_LOG_INFO] = "info",
	[BITMARK_LOG_DEBUG] = "debug",
};
#define LEVEL_WHY "no such level: error, warn, info or debug"
#define LEVEL_COUNT (sizeof level_names / sizeof level_names[0])

/*
 * Is this a second "key = value"?  libconfuse would let it replace the first,
 * silently, where a file for bitmarkd makes a list that way.  Items of one list
 * come here one by one, with nvalues growing: only its first item, with
 * nvalues at 1 again, begins another list.
 */
static bool
is_repeated(const cfg_opt_t *opt)
{
	return (opt->flags & FLAG_GIVEN) != 0 && opt->nvalues == 1;
}

/* The end of every check; ${why} is NULL when the value is good. libconfuse
 * counts the value before it is checked: nvalues is at least 1 here. */
static int
judge(cfg_t *cfg, cfg_opt_t *opt, const char *value, const char *why)
{
	bool list = (opt->flags & CFGF_LIST) != 0;

	if (is_repeated(opt))
		cfg_error(cfg, list ? "%s is given twice: "
		    "write one list, {\"a\", \"b\"}" : "%s is given twice",
		    opt->name);
	else if (why != NULL)
		cfg_error(cfg, "%s: \"%s\": %s", opt->name, value, why);
	else {
		opt->flags |= FLAG_GIVEN;
		return 0;
	}
	return -1;
}

/* The same for a text: libconfuse copies what ${result} points to. */
static int
judge_text(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result,
    const char *why)
{
	*(const char **)result = value;
	return judge(cfg, opt, value, why);
}

/* The same for a check by the library, which has a text for each error. */
static int
judge_status(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result,
    bitmark_status status)
{
	return judge_text(cfg, opt, value, result,
	    status == BITMARK_OK ? NULL : bitmark_strerror(status));
}

static int
check_text(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	return judge_text(cfg, opt, value, result,
	    value[0] != '\0' ? NULL : "is empty");
}

static int
check_chain(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	return judge_text(cfg, opt, value, result,
	    chain_from_text(value) != NULL ? NULL :
	    "no such chain: bitmark, testing or local");
}

/* "none" and "chain" have the form of a domain, too. */
static int
check_nodes(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	return judge_text(cfg, opt, value, result,
	    bitmark_host_name_is_valid(value, strlen(value)) ? NULL :
	    "neither \"none\" nor \"chain\" nor a domain");
}

/* The address of a DNS server: its name could not be looked up without one. */
static int
check_literal(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	struct bitmark_connection connection;

	return judge_status(cfg, opt, value, result,
	    bitmark_connection_from_text(value, strlen(value), &connection));
}

/* Source: bitmarkd v8.2 command/bitmarkd/configuration.go */
static int
check_data_directory(cfg_t *cfg, cfg_opt_t *opt, const char *value,
    void *result)
{
	return judge_text(cfg, opt, value, result,
	    value[0] != '\0' && strcmp(value, "~") != 0 ? NULL :
	    "is not a valid directory");
}

/* Source: bitmarkd v8.2 command/bitmarkd/configuration.go mustNotBePaths */
static int
check_plain_name(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	return judge_text(cfg, opt, value, result,
	    value[0] != '\0' && strchr(value, '/') == NULL &&
	    strcmp(value, ".") != 0 && strcmp(value, "..") != 0 ? NULL :
	    "is not a plain name");
}

/* A literal, or a name that is looked up later. */
static int
check_address(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	struct bitmark_endpoint endpoint;

	return judge_status(cfg, opt, value, result,
	    bitmark_endpoint_from_text(value, strlen(value), &endpoint));
}

/* Other nodes take literal addresses only.  An empty text is left out: it may come
 * from a variable that is set to nothing.  Source: bitmarkd v8.2 peer/setup.go
 * setAnnounce */
static int
check_announce(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	struct bitmark_connection connection;
	bitmark_status status;

	if (value[0] == '\0')
		return judge_text(cfg, opt, value, result, NULL);
	if (opt->nvalues > ANNOUNCE_MAX)
		return judge_text(cfg, opt, value, result,
		    "too many addresses");
	status = bitmark_connection_from_text(value, strlen(value),
	    &connection);
	if (status == BITMARK_OK &&
	    !bitmark_connection_is_usable(&connection))
		return judge_text(cfg, opt, value, result,
		    "cannot be reached by others");
	return judge_status(cfg, opt, value, result, status);
}

/* As other nodes are named everywhere: with or without the tag in front. */
static int
check_peer_key(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	uint8_t key[BITMARK_PEER_KEY_SIZE];

	return judge_status(cfg, opt, value, result,
	    bitmark_peer_key_parse_public(value, strlen(value), key));
}

bool
config_starts_with(const char *text, const char *tag)
{
	return strncmp(text, tag, strlen(tag)) == 0;
}

bool
config_hex32(const char *text, uint8_t out[32])
{
	size_t size;

	return bitmark_hex_decode(text, strlen(text), out, 32, &size) ==
	    BITMARK_OK && size == 32;
}

/* A file, or ${tag} and 64 hex digits. */
static bool
is_key(const char *value, const char *tag, const char *other)
{
	uint8_t key[32];
	bool good;

	if (!config_starts_with(value, tag))
		return value[0] != '\0' && !config_starts_with(value, other);
	good = config_hex32(value + strlen(tag), key);
	explicit_bzero(key, sizeof key);
	return good;
}

/* The key of this node: a file, or the key itself. */
static int
check_public_key(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	return judge_text(cfg, opt, value, result,
	    is_key(value, CONFIG_PUBLIC_TAG, CONFIG_PRIVATE_TAG) ? NULL :
	    "neither a file nor " CONFIG_PUBLIC_TAG " and 64 hex digits");
}

/* The message does not repeat the value: it may be a secret. */
static int
check_private_key(cfg_t *cfg, cfg_opt_t *opt, const char *value,
    void *result)
{
	*(const char **)result = value;
	return judge(cfg, opt, CONFIG_PRIVATE_TAG "...",
	    is_key(value, CONFIG_PRIVATE_TAG, CONFIG_PUBLIC_TAG) ? NULL :
	    "neither a file nor " CONFIG_PRIVATE_TAG " and 64 hex digits");
}

static int
check_fingerprint(cfg_t *cfg, cfg_opt_t *opt, const char *value,
    void *result)
{
	uint8_t fingerprint[32];

	return judge_status(cfg, opt, value, result,
	    config_hex32(value, fingerprint) ? BITMARK_OK :
	    BITMARK_E_FINGERPRINT);
}

/* A decimal number with both limits included. */
static int
check_range(cfg_t *cfg, cfg_opt_t *opt, const char *value, long *result,
    long minimum, long maximum)
{
	char why[RANGE_TEXT_MAX], *end;

	errno = 0;
	*result = strtol(value, &end, 10);
	if (end == value || *end != '\0')
		return judge(cfg, opt, value, "not a number");
	if (errno == 0 && *result >= minimum && *result <= maximum)
		return judge(cfg, opt, value, NULL);
	snprintf(why, sizeof why, "not in %ld..%ld", minimum, maximum);
	return judge(cfg, opt, value, why);
}

static int
check_connections_max(cfg_t *cfg, cfg_opt_t *opt, const char *value,
    void *result)
{
	return check_range(cfg, opt, value, result, 1, CONNECTIONS_LIMIT);
}

static int
check_ahead_bytes(cfg_t *cfg, cfg_opt_t *opt, const char *value,
    void *result)
{
	return check_range(cfg, opt, value, result, AHEAD_BYTES_MIN,
	    AHEAD_BYTES_LIMIT);
}

static int
check_digest_workers(cfg_t *cfg, cfg_opt_t *opt, const char *value,
    void *result)
{
	return check_range(cfg, opt, value, result, 0, WORKERS_LIMIT);
}

static int
check_minimum_clients(cfg_t *cfg, cfg_opt_t *opt, const char *value,
    void *result)
{
	return check_range(cfg, opt, value, result, 1,
	    BITMARK_CONNECTOR_DYNAMIC_CLIENTS);
}

/* The time between two rounds of something.  Milliseconds. */
static int
check_pace(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	return check_range(cfg, opt, value, result, PACE_MS_MIN,
	    PACE_MS_LIMIT);
}

/* yes, no, true, false, on, off: what libconfuse knows. */
static int
check_flag(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	int flag = cfg_parse_boolean(value);

	*(cfg_bool_t *)result = flag == 1 ? cfg_true : cfg_false;
	return judge(cfg, opt, value, flag == 0 || flag == 1 ? NULL :
	    "neither yes nor no");
}

bool
config_find_level(const char *text, enum bitmark_log_level *level)
{
	for (size_t i = 0; i < LEVEL_COUNT; i++) {
		if (strcmp(text, level_names[i]) == 0) {
			*level = (enum bitmark_log_level)i;
			return true;
		}
	}
	return false;
}

static int
check_level(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	enum bitmark_log_level level;

	return judge_text(cfg, opt, value, result,
	    config_find_level(value, &level) ? NULL : LEVEL_WHY);
}

/* The keys of this section are free, so libconfuse has no check for each: all
 * are judged at the end of the section. */
static int
check_levels(cfg_t *cfg, cfg_opt_t *opt)
{
	cfg_t *levels = cfg_opt_getnsec(opt, 0);
	cfg_opt_t *entry;
	enum bitmark_log_level level;

	for (unsigned i = 0; (entry = cfg_getnopt(levels, i)) != NULL; i++) {
		const char *value = cfg_opt_getnstr(entry, 0);

		if (value == NULL || !config_find_level(value, &level))
			return judge(cfg, entry, value != NULL ? value : "",
			    LEVEL_WHY);
	}
	return 0;
}

/* Both keys of a connect section are needed. */
static int
check_connect(cfg_t *cfg, cfg_opt_t *opt)
{
	static const char *const needed[] = { "public_key", "address" };
	cfg_t *connect = cfg_opt_getnsec(opt, opt->nvalues - 1);

	for (size_t i = 0; i < 2; i++) {
		if (cfg_getstr(connect, needed[i]) == NULL) {
			cfg_error(cfg, "connect %s: %s is missing",
			    cfg_title(connect), needed[i]);
			return -1;
		}
	}
	return 0;
}

/* libconfuse calls parsecb for each value, and validcb at the end of a
 * section. */
#define TEXT(n, value, check) { .name = (n), .type = CFGT_STR, \
	.def = { .string = (value) }, .parsecb = (check) }
#define LIST(n, check) { .name = (n), .type = CFGT_STR, \
	.flags = CFGF_LIST, .parsecb = (check) }
#define NUMBER(n, check) { .name = (n), .type = CFGT_INT, \
	.parsecb = (check) }
#define FLAG(n, value) { .name = (n), .type = CFGT_BOOL, \
	.def = { .boolean = (value) }, .parsecb = check_flag }
#define SECTION(n, keys, bits, check) { .name = (n), .type = CFGT_SEC, \
	.flags = (bits), .subopts = (keys), .validcb = (check) }

/* The tables may be on the stack: libconfuse copies them. */
cfg_t *
config_new_parser(void)
{
	cfg_opt_t database[] = {
		TEXT("directory", "data", check_text),
		TEXT("name", NULL, check_plain_name),
		CFG_END(),
	};
	cfg_opt_t connect[] = {
		TEXT("public_key", NULL, check_peer_key),
		TEXT("address", NULL, check_address),
		CFG_END(),
	};
	cfg_opt_t peering[] = {
		LIST("listen", check_address),
		LIST("announce", check_announce),
		TEXT("public_key", "peer.public", check_public_key),
		TEXT("private_key", "peer.private", check_private_key),
		FLAG("dynamic_connections", cfg_true),
		FLAG("prefer_ipv6", cfg_true),
		NUMBER("connections_max", check_connections_max),
		NUMBER("ahead_bytes", check_ahead_bytes),
		NUMBER("digest_workers", check_digest_workers),
		NUMBER("minimum_clients", check_minimum_clients),
		NUMBER("cycle_ms", check_pace),
		NUMBER("poll_ms", check_pace),
		NUMBER("announce_first_ms", check_pace),
		NUMBER("announce_interval_ms", check_pace),
		NUMBER("dns_refresh_ms", check_pace),
		LIST("rpc_announce", check_announce),
		TEXT("fingerprint", NULL, check_fingerprint),
		SECTION("connect", connect, CFGF_MULTI | CFGF_TITLE |
		    CFGF_NO_TITLE_DUPES, check_connect),
		CFG_END(),
	};
	cfg_opt_t publishing[] = {
		LIST("broadcast", check_address),
		TEXT("public_key", NULL, check_public_key),
		TEXT("private_key", "peer.private", check_private_key),
		CFG_END(),
	};
	cfg_opt_t levels[] = { CFG_END() };
	cfg_opt_t logging[] = {
		TEXT("level", "info", check_level),
		TEXT("destination", "stderr", check_text),
		SECTION("levels", levels, CFGF_KEYSTRVAL, check_levels),
		CFG_END(),
	};
	cfg_opt_t all[] = {
		TEXT("data_directory", ".", check_data_directory),
		TEXT("chain", "bitmark", check_chain),
		TEXT("nodes", "none", check_nodes),
		TEXT("dns_server", NULL, check_literal),
		TEXT("pidfile", NULL, check_text),
		TEXT("control", "bitmarkd-c.socket", check_text),
		TEXT("metrics_file", NULL, check_text),
		TEXT("peer_file", NULL, check_text),
		SECTION("database", database, CFGF_NONE, NULL),
		SECTION("peering", peering, CFGF_NONE, NULL),
		SECTION("publishing", publishing, CFGF_NONE, NULL),
		SECTION("logging", logging, CFGF_NONE, NULL),
		FLAG(CONFIG_END_KEY, cfg_false),
		CFG_END(),
	};

	return cfg_init(all, CFGF_NONE);
}
