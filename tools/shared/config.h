/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * config - the configuration file of bitmarkd-c, as plain values.
 *
 * The daemon reads it, and so do tools that need to know which chain it is,
 * where its store is, or which nodes there are.  config_load opens no key
 * files: a user may read a configuration whose private key only the daemon may
 * read.
 *
 * The file is described in bitmarkd-c.conf(5).
 */
#ifndef SHARED_CONFIG_H
#define SHARED_CONFIG_H

#include <bitmarkpeer.h>

/* Longest error text with NUL.  Bytes. */
#define CONFIG_ERROR_MAX 1024

/* Where the log goes. */
enum config_log {
	CONFIG_LOG_STDERR,
	CONFIG_LOG_SYSLOG,
	CONFIG_LOG_FILE,
};

/* A list of texts; items is not NULL, also when count is 0. */
struct config_list {
	char **items;
	size_t count;
};

/* A key: in a file (v8.2), or in the configuration itself (0.16). */
struct config_key {
	char *file;                     /* NULL: bytes are the key      */
	const char *holder;             /* the configuration; borrowed  */
	uint8_t bytes[BITMARK_PEER_KEY_SIZE];
};

/* connect NAME { ... } */
struct config_peer {
	char *name;
	char *address;                  /* "host:port" */
	uint8_t key[BITMARK_PEER_KEY_SIZE];
};

/* Where the payments of one currency are looked for. */
struct config_payment_source {
	char *url;                      /* without a slash at its end; NULL:
	                                   nowhere                     */
	char *chain;                    /* as the currency's daemon calls it;
	                                   likewise                    */
};

/* The log level of one module. */
struct config_level {
	char *module;
	enum bitmark_log_level level;
};

/* Addresses whose first ${bits} bits are these; IPv4 is mapped into IPv6. */
struct config_network {
	uint8_t address[16];
	unsigned bits;
};

struct config_networks {
	struct config_network *items;   /* not NULL */
	size_t count;
};

/* A server of the client RPC: ports 2130 and 2131. */
struct config_rpc {
	struct config_list listen;      /* "host:port"; ":port", "*:port": all
	                                   addresses; none: no server      */
	unsigned connections_max;
	char *certificate;              /* a file, or the text itself: PEM */
	char *private_key;              /* likewise                        */
};

/* Paths are absolute, or relative to the current directory like ${path}. */
struct config {
	char *path;                     /* of the file that was read       */
	char *data_directory;
	const struct bitmark_chain_params *params;
	const struct bitmark_rules *rules;      /* NULL: those of the store, or
	                                   the chain's default             */
	struct bitmark_checkpoint checkpoint;   /* number 0: none          */
	char *dns_domain;               /* of first nodes; NULL: none      */
	char *dns_server;               /* "address:port", literals; NULL: the
	                                   system's                        */
	char *pidfile;                  /* NULL: none                      */
	char *peer_file;                /* known peers, from run to run    */
	char *database;                 /* the store                       */
	char *control;                  /* socket of commands; NULL: none  */
	char *control_group;            /* that may use it, too; NULL: none */
	struct {
		struct config_list listen;      /* as of config_rpc        */
		struct config_list files;
	} metrics;
	struct {
		struct config_list listen;      /* "host:port"             */
		struct config_list announce;    /* literals, none empty    */
		struct config_key public_key;
		struct config_key private_key;
		struct config_peer *connect;
		size_t connect_count;
		bool dynamic_connections;
		bool prefer_ipv6;
		bool standalone;                /* follows nobody          */
		unsigned connections_max;       /* 0: the library's default */
		size_t ahead_bytes;             /* 0: the library's default */
		unsigned digest_workers;        /* 0: one for each core     */
		int digest_nice;                /* as of the library: below 0
		                                   is none                  */
		size_t minimum_clients;         /* 0: the library's default */
		uint64_t cycle_ms;              /* 0: the library's default */
		uint64_t poll_ms;               /* 0: the library's default */
		uint64_t announce_first_ms;     /* 0: the library's default */
		uint64_t announce_interval_ms;  /* 0: the library's default */
		uint64_t dns_refresh_ms;        /* 0: the library's default */
		struct config_list rpc_announce;        /* literals         */
		bool has_fingerprint;
		uint8_t fingerprint[32];        /* of the RPC certificate   */
	} peering;
	struct {
		struct config_list broadcast;   /* "host:port"             */
		bool has_public_key;
		struct config_key public_key;   /* of has_public_key       */
		struct config_key private_key;
	} publishing;
	struct {
		char *signing_key;              /* a file, or the key itself;
		                                   NULL: no blocks are made */
		char *address[BITMARK_CURRENCY_COUNT];  /* NULL: none       */
		bool hash;                      /* blocks whenever something
		                                   waits                    */
		unsigned workers;               /* digests at a time; 0: the
		                                   library's default        */
		struct config_list publish;     /* "host:port": jobs       */
		struct config_list submit;      /* "host:port": submissions */
		bool has_public_key;
		struct config_key public_key;   /* of has_public_key       */
		struct config_key private_key;
		uint8_t *miners;                /* keys that are let in     */
		size_t miner_count;             /* 0: all are               */
		unsigned miners_max;            /* 0: the library's default */
		unsigned submissions_max;       /* 0: the library's default */
		uint64_t interval_ms;           /* 0: the library's default */
	} proofing;
	struct config_rpc client_rpc;
	unsigned client_rpc_idle_s;     /* silence before a client is cut   */
	bool client_rpc_is_old;         /* numbers as of bitmarkd v8.2      */
	bool read_only;                 /* clients change nothing           */
	struct config_rpc https_rpc;
	struct {
		struct config_networks details, connections, peers;
	} https_allow;                  /* clients that each page is for    */
	struct {
		bool auto_verify;               /* everything counts as paid; on
		                                   the chain local only     */
		struct config_payment_source source[BITMARK_CURRENCY_COUNT];
		unsigned confirmations;
		uint64_t interval_ms;
		char *position_file;
	} payment;
	struct {
		enum bitmark_log_level level;
		enum config_log destination;
		char *file;                     /* CONFIG_LOG_FILE         */
		struct config_level *levels;
		size_t level_count;
	} logging;
};

/*
 * config_load(path, config, error):
 * Read and check the file.
 *
 *   config   new; owned by the caller: config_free
 *   error    on failure: what is wrong, "FILE:LINE: message" where a line is
 *            to blame
 *
 * Returns true when all is well.
 */
bool config_load(const char *path, struct config **config,
    char error[CONFIG_ERROR_MAX]);

/* The same, but complains itself: gives EXIT_CONFIG, also when there is no such
 * file, or EXIT_DONE. */
int config_open(const char *path, struct config **config);

/*
 * config_text_check(text, name):
 * Complain of the first thing that is wrong with a configuration that is in no
 * file yet; ${name} takes the place of its path.
 */
bool config_text_check(const char *text, const char *name);

/*
 * config_text(path):
 * The text of a configuration, without a byte order mark, which editors of
 * Windows put in front.  NULL: has complained.  config_text_free wipes it.
 */
char *config_text(const char *path);
void config_text_free(char *text);

/* Wipes keys. */
void config_free(struct config *config);

/*
 * config_has_directory(config, error):
 * The data directory must be there: a store that is made somewhere else by
 * mistake would start a chain anew.
 */
bool config_has_directory(const struct config *config,
    char error[CONFIG_ERROR_MAX]);

/*
 * config_read_public_key(from, key, error), _private_key:
 * The key, from its file or the configuration.  On failure ${error} names the
 * file.
 */
bool config_read_public_key(const struct config_key *from,
    uint8_t key[BITMARK_PEER_KEY_SIZE], char error[CONFIG_ERROR_MAX]);
bool config_read_private_key(const struct config_key *from,
    uint8_t key[BITMARK_PEER_KEY_SIZE], char error[CONFIG_ERROR_MAX]);

/* Longest text of a signing key, with the lines around it.  Bytes. */
#define CONFIG_SIGNING_KEY_MAX 1024

/* Is it a key itself, and not the name of a file? */
bool config_is_signing_key(const char *text);

/* A key that signs blocks, from the text of its file: blanks around it, and
 * lines of comment in front, are passed over. */
bitmark_status config_signing_key(struct bitmark_span text,
    struct bitmark_private_key *key);

/* Is it the key itself, and not the name of a file? */
bool config_is_signing_key(const char *text);
/* The key that signs blocks, which there is; to be wiped by the caller in every
 * case.  As config_read_public_key. */
bool config_read_signing_key(const struct config *config,
    struct bitmark_private_key *key, char error[CONFIG_ERROR_MAX]);

#endif
