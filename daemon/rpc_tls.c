/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * TLS 1.2 and 1.3 by OpenSSL, with the cipher suites that OpenSSL considers
 * safe.
 */
#include "rpc_tls.h"

#ifdef WITH_openssl

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

/* struct rpc_tls and struct rpc_link are never defined: they are OpenSSL's
 * types under other names, so that no header of ours includes OpenSSL's. */
static SSL_CTX *
context_of(struct rpc_tls *tls)
{
	return (SSL_CTX *)(void *)tls;
}

static SSL *
ssl_of(struct rpc_link *link)
{
	return (SSL *)(void *)link;
}

/* The pair was checked when it was read. The context takes references of its
 * own, so both are freed here. */
static bool
use_pair(SSL_CTX *context, const struct rpc_pem *pem)
{
	BIO *one = BIO_new_mem_buf(pem->certificate, -1);
	BIO *other = BIO_new_mem_buf(pem->private_key, -1);
	X509 *certificate = NULL;
	EVP_PKEY *key = NULL;
	bool good;

	if (one != NULL && other != NULL) {
		certificate = PEM_read_bio_X509(one, NULL, NULL, NULL);
		key = PEM_read_bio_PrivateKey(other, NULL, NULL, (void *)"");
	}
	good = certificate != NULL && key != NULL &&
	    SSL_CTX_use_certificate(context, certificate) == 1 &&
	    SSL_CTX_use_PrivateKey(context, key) == 1 &&
	    SSL_CTX_check_private_key(context) == 1;
	X509_free(certificate);
	EVP_PKEY_free(key);
	BIO_free(one);
	BIO_free(other);
	return good;
}

/* Options. Read-ahead reads a TLS record with its header by one system call.
 * Sessions are not kept, because clients of bitmarkd do not resume any. A
 * client that hangs up without TLS's good-bye is common and loses nothing,
 * since a request shows its own end. Renegotiation is refused, as it costs the
 * server more than the client. Partial writes and a moving buffer are allowed,
 * because the buffer of replies may be reallocated between two tries. */
const char *
rpc_tls_new(const struct rpc_pem *pem, struct rpc_tls **tls)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	*tls = NULL;
	if (context == NULL ||
	    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
	    !use_pair(context, pem)) {
		SSL_CTX_free(context);
		ERR_clear_error();
		return "OpenSSL does not accept certificate and key";
	}
	SSL_CTX_set_options(context, SSL_OP_NO_TICKET |
	    SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF |
	    SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_read_ahead(context, 1);
	SSL_CTX_set_num_tickets(context, 0);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	*tls = (struct rpc_tls *)(void *)context;
	return NULL;
}

void
rpc_tls_free(struct rpc_tls *tls)
{
	SSL_CTX_free(context_of(tls));
}

struct rpc_link *
rpc_link_new(struct rpc_tls *tls, int fd)
{
	SSL *ssl = SSL_new(context_of(tls));

	if (ssl != NULL && SSL_set_fd(ssl, fd) == 1) {
		SSL_set_accept_state(ssl);
		return (struct rpc_link *)(void *)ssl;
	}
	SSL_free(ssl);
	ERR_clear_error();
	return NULL;
}

/* The good-bye is sent only on a connection that works: after an error, which
 * result_of has marked, OpenSSL allows no call but the one that frees the
 * connection. */
void
rpc_link_free(struct rpc_link *link)
{
	if (link == NULL)
		return;
	if (SSL_is_init_finished(ssl_of(link)) &&
	    SSL_get_shutdown(ssl_of(link)) != SSL_SENT_SHUTDOWN)
		(void)SSL_shutdown(ssl_of(link));
	SSL_free(ssl_of(link));
	ERR_clear_error();
}

/* Translate OpenSSL's result. Its error queue belongs to the thread and not to
 * the connection: an error left in it would be taken for one of the next
 * connection, so it is cleared each time. */
static enum rpc_tls_result
result_of(struct rpc_link *link, int returned)
{
	int error;

	if (returned == 1)
		return RPC_TLS_DONE;
	error = SSL_get_error(ssl_of(link), returned);
	ERR_clear_error();
	switch (error) {
	case SSL_ERROR_WANT_READ: return RPC_TLS_WANTS_READ;
	case SSL_ERROR_WANT_WRITE: return RPC_TLS_WANTS_WRITE;
	case SSL_ERROR_ZERO_RETURN: return RPC_TLS_END;
	default: break;
	}
	SSL_set_shutdown(ssl_of(link), SSL_SENT_SHUTDOWN);
	return RPC_TLS_BROKEN;
}

enum rpc_tls_result
rpc_link_handshake(struct rpc_link *link)
{
	return result_of(link, SSL_do_handshake(ssl_of(link)));
}

enum rpc_tls_result
rpc_link_read(struct rpc_link *link, char *data, size_t size, size_t *got)
{
	*got = 0;
	return result_of(link, SSL_read_ex(ssl_of(link), data, size, got));
}

bool
rpc_link_has_more(struct rpc_link *link)
{
	return SSL_has_pending(ssl_of(link)) == 1;
}

enum rpc_tls_result
rpc_link_write(struct rpc_link *link, const char *data, size_t size,
    size_t *sent)
{
	*sent = 0;
	return result_of(link, SSL_write_ex(ssl_of(link), data, size, sent));
}

#else

const char *
rpc_tls_new(const struct rpc_pem *pem, struct rpc_tls **tls)
{
	(void)pem;
	*tls = NULL;
	return RPC_NO_OPENSSL;
}

void
rpc_tls_free(struct rpc_tls *tls)
{
	(void)tls;
}

/* No server was made, so this is never called. */
struct rpc_link *
rpc_link_new(struct rpc_tls *tls, int fd)
{
	(void)tls;
	(void)fd;
	return NULL;
}

void
rpc_link_free(struct rpc_link *link)
{
	(void)link;
}

enum rpc_tls_result
rpc_link_handshake(struct rpc_link *link)
{
	(void)link;
	return RPC_TLS_BROKEN;
}

enum rpc_tls_result
rpc_link_read(struct rpc_link *link, char *data, size_t size, size_t *got)
{
	(void)link;
	(void)data;
	(void)size;
	*got = 0;
	return RPC_TLS_BROKEN;
}

bool
rpc_link_has_more(struct rpc_link *link)
{
	(void)link;
	return false;
}

enum rpc_tls_result
rpc_link_write(struct rpc_link *link, const char *data, size_t size,
    size_t *sent)
{
	(void)link;
	(void)data;
	(void)size;
	*sent = 0;
	return RPC_TLS_BROKEN;
}

#endif
