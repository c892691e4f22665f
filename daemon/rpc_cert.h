/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * rpc_cert - the certificate of the client RPC: made, read and told by its
 * fingerprint.  A build without OpenSSL has none.
 */
#ifndef DAEMON_RPC_CERT_H
#define DAEMON_RPC_CERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RPC_FINGERPRINT_SIZE 32

/* A text that is longer is no certificate or key.  Bytes. */
#define RPC_PEM_MAX (64 * 1024)

/* Why a build without OpenSSL does not do it. */
#define RPC_NO_OPENSSL "this build has no OpenSSL"

/* Can certificates be read and made in this build? */
bool rpc_cert_is_possible(void);

/* Certificate and key as texts; the key is secret. */
struct rpc_pem {
	char *certificate;
	char *private_key;
};

/*
 * rpc_cert_make(hosts, count, pem):
 * A new key on P-521, and a certificate that it has signed itself.
 *
 *   hosts   names and addresses of the server, besides those that every
 *           certificate has; ":port" behind them is left out
 *   pem     new; owned by the caller: rpc_pem_free
 *
 * Returns NULL, or what is wrong; static.
 * Source: bitmarkd v8.2 and v0.16.0 certgen,
 * command/bitmarkd/certificates.go
 */
const char *rpc_cert_make(char *const *hosts, size_t count,
    struct rpc_pem *pem);

/*
 * rpc_cert_check(pem, fingerprint):
 * The fingerprint that the network is told: SHA3-256 of the certificate as DER.
 *
 * Returns NULL, or what is wrong with the certificate, the key, or the two of
 * them; static.
 */
const char *rpc_cert_check(const struct rpc_pem *pem,
    uint8_t fingerprint[RPC_FINGERPRINT_SIZE]);

/* Is it the text itself, and not the name of a file? */
bool rpc_pem_is_text(const char *from);

/*
 * rpc_pem_read(certificate, private_key, pem, path):
 * Texts from files, or texts that stand there themselves.
 *
 *   pem     new, also after an error; owned by the caller: rpc_pem_free
 *   path    of the file that cannot be read; borrowed
 *
 * Returns NULL, or what is wrong; static.
 */
const char *rpc_pem_read(const char *certificate, const char *private_key,
    struct rpc_pem *pem, const char **path);

/* Wipes the key. */
void rpc_pem_free(struct rpc_pem *pem);

#endif
