/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Certificates of the client RPC, made with OpenSSL. Each field has the value
 * that clients of bitmarkd are used to.
 *
 * OpenSSL keeps the reasons of failures in a queue of the thread. No caller
 * here reads it, since the texts below say enough; the TLS side clears it.
 */
#include "rpc_cert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bitmarkpeer/connection.h>
#include <bitmarkpeer/os.h>

#include "shared/complain.h"

static const char no_memory[] = "out of memory";

/* The private key is wiped before its memory is given back. */
void
rpc_pem_free(struct rpc_pem *pem)
{
	free(pem->certificate);
	if (pem->private_key != NULL)
		explicit_bzero(pem->private_key, strlen(pem->private_key));
	free(pem->private_key);
	*pem = (struct rpc_pem){ NULL, NULL };
}

/* Does ${from} hold the PEM text itself? All such texts begin in this way, and
 * no path does. */
bool
rpc_pem_is_text(const char *from)
{
	return strncmp(from, "-----BEGIN", strlen("-----BEGIN")) == 0;
}

/* Read one of the two texts, from the configuration itself or from the file
 * that it names. ${path} is set before reading, so that an error can name the
 * file. The library's copy is wiped, as it may be the private key. */
static const char *
read_one(const char *from, char **text, const char **path)
{
	bitmark_status status;
	uint8_t *data;
	size_t size;

	if (rpc_pem_is_text(from)) {
		*text = strdup(from);
		return *text != NULL ? NULL : no_memory;
	}
	*path = from;
	status = bitmark_file_read(from, RPC_PEM_MAX, &data, &size);
	if (status != BITMARK_OK)
		return cause_text(status);
	*text = malloc(size + 1);
	if (*text != NULL)
		memcpy(*text, data, size + 1);
	explicit_bzero(data, size);
	bitmark_free(data);
	return *text != NULL ? NULL : no_memory;
}

const char *
rpc_pem_read(const char *certificate, const char *private_key,
    struct rpc_pem *pem, const char **path)
{
	const char *why;

	*pem = (struct rpc_pem){ NULL, NULL };
	*path = "";
	why = read_one(certificate, &pem->certificate, path);
	return why != NULL ? why : read_one(private_key, &pem->private_key,
	    path);
}

#ifdef WITH_openssl

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <time.h>
#include <unistd.h>

#define CURVE "P-521"
#define SERIAL_BITS 128
#define ORGANIZATION "bitmarkd self signed cert for: rpc"
/* A certificate is valid from one day before it was made, for clients whose
 * clocks are behind, and for ten years. */
#define BEFORE_S (-24 * 60 * 60)
#define DAYS 3650
/* The last second that the short form of a date (UTCTime, two digits for the
 * year) can express. */
#define LAST_TIME "20491231235959Z"
/* Longest name of a host, and longest list of all names in the form that
 * OpenSSL takes. Bytes. */
#define HOST_MAX 256
#define NAMES_MAX 4096

/* Append "DNS:name" or "IP:address" unless it is there already; a ":port" at
 * its end is left out. Commas separate the names of this list, so a name with a
 * comma could smuggle in a second one and is refused. A literal IPv6 address
 * has several colons, by which it is told apart from a name with a port. */
static bool
add_name(char names[NAMES_MAX], const char *text)
{
	char host[HOST_MAX], entry[HOST_MAX + 8], *end;
	uint8_t address[16];
	size_t used = strlen(names);
	bool is_address;

	if (strlen(text) >= sizeof host || strpbrk(text, ",\n") != NULL)
		return false;
	memcpy(host, text, strlen(text) + 1);
	end = strrchr(host, ':');
	if (host[0] == '[' && strchr(host, ']') != NULL) {
		*strchr(host, ']') = '\0';
		memmove(host, host + 1, strlen(host));
	} else if (end != NULL && end == strchr(host, ':')) {
		*end = '\0';
	}
	is_address = inet_pton(AF_INET, host, address) == 1 ||
	    inet_pton(AF_INET6, host, address) == 1;
	if (!is_address && !bitmark_host_name_is_valid(host, strlen(host)))
		return false;
	snprintf(entry, sizeof entry, "%s:%s,", is_address ? "IP" : "DNS",
	    host);
	if (strstr(names, entry) != NULL)
		return true;
	if (used + strlen(entry) >= NAMES_MAX)
		return false;
	memcpy(names + used, entry, strlen(entry) + 1);
	return true;
}

/* The machine's own name, its loopback addresses and the names that were given.
 * Addresses of its interfaces are not among them, as in bitmarkd. Source:
 * bitmarkd v0.16.0 certgen */
static bool
collect_names(char *const *hosts, size_t count, char names[NAMES_MAX])
{
	char own[HOST_MAX] = "";

	names[0] = '\0';
	(void)gethostname(own, sizeof own - 1);
	if (own[0] != '\0')
		(void)add_name(names, own);
	(void)add_name(names, "localhost");
	(void)add_name(names, "127.0.0.1");
	(void)add_name(names, "::1");
	for (size_t i = 0; i < count; i++)
		if (!add_name(names, hosts[i]))
			return false;
	names[strlen(names) - 1] = '\0';
	return true;
}

/* OpenSSL parses ${value} and makes the extension; X509_add_ext copies it, so
 * it is freed here in any case. */
static bool
add_extension(X509 *certificate, int nid, const char *value)
{
	X509_EXTENSION *extension;
	X509V3_CTX context;
	bool good;

	X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	good = extension != NULL &&
	    X509_add_ext(certificate, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return good;
}

/* A random number below 2^128 tells certificates of the same name apart. */
static bool
set_serial(X509 *certificate)
{
	BIGNUM *number = BN_new();
	bool good = number != NULL && BN_rand(number, SERIAL_BITS,
	    BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
	    BN_to_ASN1_INTEGER(number,
	    X509_get_serialNumber(certificate)) != NULL;

	BN_free(number);
	return good;
}

/* A clock that is far ahead would need the long form of a date, which not every
 * client reads; the end is cut to LAST_TIME then. */
static bool
set_times(X509 *certificate)
{
	ASN1_TIME *last = ASN1_TIME_new();
	bool good = last != NULL &&
	    ASN1_TIME_set_string_X509(last, LAST_TIME) == 1 &&
	    X509_gmtime_adj(X509_getm_notBefore(certificate), BEFORE_S) !=
	    NULL && X509_time_adj_ex(X509_getm_notAfter(certificate), DAYS, 0,
	    NULL) != NULL;

	if (good && ASN1_TIME_compare(X509_get0_notAfter(certificate), last) >
	    0)
		good = X509_set1_notAfter(certificate, last) == 1;
	ASN1_TIME_free(last);
	return good;
}

/* Subject and issuer are the same, because the certificate signs itself. */
static bool
fill(X509 *certificate, EVP_PKEY *key, const char *names)
{
	X509_NAME *name = X509_get_subject_name(certificate);

	return X509_set_version(certificate, X509_VERSION_3) == 1 &&
	    set_serial(certificate) && set_times(certificate) &&
	    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC,
	    (const unsigned char *)ORGANIZATION, -1, -1, 0) == 1 &&
	    X509_set_issuer_name(certificate, name) == 1 &&
	    X509_set_pubkey(certificate, key) == 1 &&
	    add_extension(certificate, NID_key_usage, "critical,"
	    "digitalSignature,keyEncipherment,keyCertSign") &&
	    add_extension(certificate, NID_basic_constraints,
	    "critical,CA:TRUE") &&
	    add_extension(certificate, NID_subject_alt_name, names) &&
	    X509_sign(certificate, key, EVP_sha512()) > 0;
}

/* Copy the text out of an OpenSSL memory buffer, and wipe it there: it may be
 * the private key. */
static char *
text_of(BIO *bio)
{
	char *data, *text = NULL;
	long size = BIO_get_mem_data(bio, &data);

	if (size > 0)
		text = malloc((size_t)size + 1);
	if (text != NULL) {
		memcpy(text, data, (size_t)size);
		text[size] = '\0';
	}
	if (size > 0)
		OPENSSL_cleanse(data, (size_t)size);
	return text;
}

/* The key is written in the form of SEC 1 ("EC PRIVATE KEY"), as bitmarkd
 * writes it. On failure the caller frees what ${pem} has. */
static bool
write_pem(X509 *certificate, EVP_PKEY *key, struct rpc_pem *pem)
{
	BIO *one = BIO_new(BIO_s_mem()), *other = BIO_new(BIO_s_mem());

	if (one != NULL && other != NULL &&
	    PEM_write_bio_X509(one, certificate) == 1 &&
	    PEM_write_bio_PrivateKey_traditional(other, key, NULL, NULL, 0,
	    NULL, NULL) == 1) {
		pem->certificate = text_of(one);
		pem->private_key = text_of(other);
	}
	BIO_free(one);
	BIO_free(other);
	return pem->certificate != NULL && pem->private_key != NULL;
}

/* The key is generated by OpenSSL and leaves its memory only as PEM text. NULL,
 * or why it failed. */
const char *
rpc_cert_make(char *const *hosts, size_t count, struct rpc_pem *pem)
{
	char names[NAMES_MAX];
	X509 *certificate;
	EVP_PKEY *key;
	bool good;

	*pem = (struct rpc_pem){ NULL, NULL };
	if (!collect_names(hosts, count, names))
		return "a host name is malformed";
	key = EVP_EC_gen(CURVE);
	certificate = X509_new();
	good = key != NULL && certificate != NULL &&
	    fill(certificate, key, names) && write_pem(certificate, key, pem);
	X509_free(certificate);
	EVP_PKEY_free(key);
	if (good)
		return NULL;
	rpc_pem_free(pem);
	return "OpenSSL cannot make the certificate";
}

/* The fingerprint is the SHA3-256 of the certificate in DER, which the network
 * is told, so that clients can compare. i2d_X509 allocates the DER text. */
static const char *
check_pair(X509 *certificate, EVP_PKEY *key,
    uint8_t fingerprint[RPC_FINGERPRINT_SIZE])
{
	unsigned char *der = NULL;
	const char *why = NULL;
	int size;

	if (certificate == NULL)
		return "no certificate";
	if (key == NULL)
		return "no private key";
	if (X509_check_private_key(certificate, key) != 1)
		return "the private key is not that of the certificate";
	size = i2d_X509(certificate, &der);
	if (size <= 0 || EVP_Digest(der, (size_t)size, fingerprint, NULL,
	    EVP_sha3_256(), NULL) != 1)
		why = no_memory;
	OPENSSL_free(der);
	return why;
}

/* An empty password is given for the private key: without one OpenSSL would ask
 * at the terminal when the key is encrypted. */
const char *
rpc_cert_check(const struct rpc_pem *pem,
    uint8_t fingerprint[RPC_FINGERPRINT_SIZE])
{
	BIO *one = BIO_new_mem_buf(pem->certificate, -1);
	BIO *other = BIO_new_mem_buf(pem->private_key, -1);
	X509 *certificate = NULL;
	EVP_PKEY *key = NULL;
	const char *why = no_memory;

	if (one != NULL && other != NULL) {
		certificate = PEM_read_bio_X509(one, NULL, NULL, NULL);
		key = PEM_read_bio_PrivateKey(other, NULL, NULL, (void *)"");
		why = check_pair(certificate, key, fingerprint);
	}
	X509_free(certificate);
	EVP_PKEY_free(key);
	BIO_free(one);
	BIO_free(other);
	return why;
}

bool
rpc_cert_is_possible(void)
{
	return true;
}

#else

bool
rpc_cert_is_possible(void)
{
	return false;
}

const char *
rpc_cert_make(char *const *hosts, size_t count, struct rpc_pem *pem)
{
	(void)hosts;
	(void)count;
	(void)pem;
	return RPC_NO_OPENSSL;
}

const char *
rpc_cert_check(const struct rpc_pem *pem,
    uint8_t fingerprint[RPC_FINGERPRINT_SIZE])
{
	(void)pem;
	(void)fingerprint;
	return RPC_NO_OPENSSL;
}

#endif
