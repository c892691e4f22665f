/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The command gen-rpc-cert: make certificate and key of the client RPC. Source:
 * bitmarkd v8.2 and v0.16.0 command/bitmarkd/commands.go
 */
#include "commands.h"
#include "rpc_cert.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bitmarkpeer/os.h>

#include "shared/complain.h"
#include "shared/program.h"

#define PATH_TEXT_MAX 4096
/* The umask decides who may read the certificate, which is no secret. */
#define CERTIFICATE_MODE 0666
#define KEY_MODE 0600

/* In a directory the files have the names of 0.16; any other argument is the
 * prefix of both names, as in v8.2. */
static bool
name_files(const char *where, char certificate[PATH_TEXT_MAX],
    char key[PATH_TEXT_MAX])
{
	struct stat stat_of;
	bool is_directory = stat(where, &stat_of) == 0 &&
	    S_ISDIR(stat_of.st_mode);
	const char *middle = is_directory ? "/rpc" : "";

	return snprintf(certificate, PATH_TEXT_MAX, "%s%s.crt", where,
	    middle) < PATH_TEXT_MAX &&
	    snprintf(key, PATH_TEXT_MAX, "%s%s.key", where, middle) <
	    PATH_TEXT_MAX;
}

/* The messages are those of both releases, because scripts may read them. */
static bool
fail(const char *certificate, const char *key, const char *why)
{
	complain("cannot generate RPC key: \"%s\" and certificate: \"%s\"",
	    key, certificate);
	complain("error generating RPC key/certificate: %s", why);
	return false;
}

/* Existing files are found before the key is made, which takes time. A file
 * that appears later is still not overwritten: see write_files. */
static bool
are_new(const char *certificate, const char *key)
{
	if (access(certificate, F_OK) == 0)
		return fail(certificate, key,
		    "certificate file already exists");
	if (access(key, F_OK) == 0)
		return fail(certificate, key, "key file already exists");
	return true;
}

/* When the certificate cannot be written the key is removed: neither stays
 * without the other. */
static bool
write_files(const char *certificate, const char *key,
    const struct rpc_pem *pem)
{
	bitmark_status status = bitmark_file_create(key, KEY_MODE,
	    pem->private_key, strlen(pem->private_key));

	if (status != BITMARK_OK) {
		(void)complain_file(key, status);
		return false;
	}
	status = bitmark_file_create(certificate, CERTIFICATE_MODE,
	    pem->certificate, strlen(pem->certificate));
	if (status != BITMARK_OK) {
		(void)complain_file(certificate, status);
		unlink(key);
	}
	return status == BITMARK_OK;
}

/* The key exists in memory only between these two calls; rpc_pem_free wipes it.
 */
static int
make_files(const char *certificate, const char *key, char *const *hosts,
    size_t count)
{
	struct rpc_pem pem;
	const char *why;
	bool good;

	if (!are_new(certificate, key))
		return EXIT_FAILED;
	why = rpc_cert_make(hosts, count, &pem);
	if (why != NULL) {
		(void)fail(certificate, key, why);
		return EXIT_FAILED;
	}
	good = write_files(certificate, key, &pem);
	rpc_pem_free(&pem);
	if (good)
		printf("generated RPC key: \"%s\" and certificate: \"%s\"\n",
		    key, certificate);
	return good ? EXIT_DONE : EXIT_FAILED;
}

/* Make the files that the configuration names. */
static int
make_configured(const struct daemon_options *options)
{
	struct config *config;
	int code = setup_load(options, &config);

	if (code == EXIT_DONE && (rpc_pem_is_text(
	    config->client_rpc.certificate) || rpc_pem_is_text(
	    config->client_rpc.private_key))) {
		complain("%s: the certificate is in this file itself, not in "
		    "files that could be made", config->path);
		code = EXIT_CONFIG;
	}
	if (code == EXIT_DONE)
		code = make_files(config->client_rpc.certificate,
		    config->client_rpc.private_key, NULL, 0);
	config_free(config);
	return code;
}

int
command_gen_rpc_cert(void *options, int argc, char **argv)
{
	const struct daemon_options *o = options;
	const char *where = argc > 1 ? argv[1] : ".";
	char certificate[PATH_TEXT_MAX], key[PATH_TEXT_MAX];

	if (argc == 1 && o->config != NULL)
		return make_configured(o);
	if (where[0] == '\0')
		return usage_error("the name of the directory is empty");
	if (!name_files(where, certificate, key))
		return usage_error("the name of the directory is too long");
	return make_files(certificate, key, argv + (argc > 1 ? 2 : 1),
	    (size_t)(argc > 1 ? argc - 2 : 0));
}
