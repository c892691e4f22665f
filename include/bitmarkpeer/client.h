/*
 * client - ask any node of the network, Go or ours: info, height, digest,
 * block, submit.
 *
 * Every call waits until its deadline at the most.  A connection that breaks
 * is made again within the deadline, and the request sent again: reading
 * twice does no harm, and nodes know what they have already been sent.  A
 * client is used by one thread at a time; it owns threads of libzmq.
 */
#ifndef BITMARKPEER_CLIENT_H
#define BITMARKPEER_CLIENT_H

#include <bitmarkpeer/submission.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Time for a call when the configuration gives none.  Milliseconds.
 * Source: local choice; old nodes compute a digest for each H. */
#define BITMARK_CLIENT_TIMEOUT_MS 20000

struct bitmark_client;

struct bitmark_client_config {
	size_t struct_size;             /* sizeof this struct */
	const char *chain;              /* "bitmark", "testing", "local"     */
	const char *address;            /* "host:port" or "[v6]:port"; a name
	                                   is looked up                      */
	uint8_t server_key[BITMARK_PEER_KEY_SIZE];
	const uint8_t *private_key;     /* own peer key; NULL: a new one     */
	unsigned timeout_ms;            /* for each call; 0: the default     */
	const struct bitmark_env *env;  /* copied; may be NULL               */
};

/*
 * bitmark_client_open(client, config):
 * Prepare a connection; nothing is waited for.
 *
 *   client   new; owned by the caller: bitmark_client_close
 *
 * Returns BITMARK_OK, BITMARK_E_IP_ADDRESS or BITMARK_E_PORT (address),
 * BITMARK_E_INVALID_CHAIN, BITMARK_E_PUBLIC_KEY (all zero), BITMARK_E_NET,
 * BITMARK_E_NOMEM.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_client_open(
    struct bitmark_client **client,
    const struct bitmark_client_config *config);

BITMARK_API void bitmark_client_close(struct bitmark_client *client);

/*
 * Errors of every call below:
 *   BITMARK_E_NO_CONNECTION     no connection could be made
 *   BITMARK_E_WRONG_SERVER_KEY  something listens, but refuses to talk to us
 *                               with this key: another node, no node at all
 *                               or one that speaks without CURVE
 *   BITMARK_E_TIMEOUT           connected, but no reply in time
 *   BITMARK_E_REMOTE            an E reply: bitmark_client_remote_error
 *   BITMARK_E_BLOCK_NOT_FOUND   an E reply with this text
 *   BITMARK_E_INVALID_CHAIN     an E reply that says so: other chain
 *   BITMARK_E_PEER_RESPONSE     the reply makes no sense
 *   BITMARK_E_NET, BITMARK_E_NOMEM
 */

struct bitmark_info {
	size_t struct_size;             /* sizeof this struct */
	char version[129];              /* cut if longer, UTF-8 as sent       */
	char chain[16];
	bool normal;
	uint64_t height;
};

/* I.  Members that are not known are ignored. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_client_info(
    struct bitmark_client *client, struct bitmark_info *info);

/* N */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_client_height(
    struct bitmark_client *client, uint64_t *height);

/* H; 0 and 1 give the genesis digest. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_client_digest(
    struct bitmark_client *client, uint64_t number,
    uint8_t digest[BITMARK_DIGEST_SIZE]);

/* B; ${block} is owned by the caller: bitmark_free.  Not verified. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_client_block(
    struct bitmark_client *client, uint64_t number, uint8_t **block,
    size_t *size);

/*
 * Send packed bytes.  BITMARK_OK means received: whether they were accepted
 * is not said by the protocol.
 *
 * Returns also BITMARK_E_ARGUMENT: no such submission, or ${size} is 0 or more
 * than BITMARK_BLOCK_MAX (no more can travel).  Nothing was sent then.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_client_submit(
    struct bitmark_client *client, enum bitmark_submission what,
    const uint8_t *data, size_t size);

/* Text of the last E reply, made printable; "" when there was none.  Inside,
 * until the next call. */
BITMARK_API const char *bitmark_client_remote_error(
    const struct bitmark_client *client);

#ifdef __cplusplus
}
#endif

#endif
