#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "report.h"

/* Clients that wait to be let in. */
#define BACKLOG 8
/* Before another try when none can be let in. */
#define ACCEPT_PAUSE_MS 100
/* The longest backup file that is read.  Bytes. */
#define IMPORT_MAX (256 * 1024 * 1024)
/* The daemon's umask keeps others away before it is set. */
#define CONTROL_MODE 0600

struct control {
	struct bitmark_node *node;
	const struct bitmark_chain_params *params;
	struct sockaddr_un address;
	int listener;
	int stop_pipe[2];
	pthread_t thread;
};

static json_t *
error(const char *text)
{
	return json_pack("{s:s}", "error", text);
}

/* The node tells nothing when it is stopping. */
static json_t *
or_error(json_t *value)
{
	return value != NULL ? value :
	    error(bitmark_strerror(BITMARK_E_STOPPED));
}

static json_t *
submit_bytes(struct control *c, const uint8_t *data, size_t size)
{
	struct bitmark_unit_result result;
	enum bitmark_submission what;
	size_t records;
	json_t *reply;
	bitmark_status status = bitmark_submission_recognise(c->params, data,
	    size, &what, &records);

	if (status == BITMARK_OK)
		status = bitmark_node_submit(c->node, what, data, size,
		    &result);
	if (status != BITMARK_OK)
		return error(bitmark_strerror(status));
	reply = json_pack("{s:s, s:I, s:I}", "submitted",
	    bitmark_submission_name(what), "records", (json_int_t)records,
	    "bytes", (json_int_t)size);
	if (what == BITMARK_SUBMIT_ISSUES || what == BITMARK_SUBMIT_TRANSFER)
		json_object_update_new(reply, report_unit(&result));
	return reply;
}

static json_t *
submit(struct control *c, const json_t *request)
{
	const json_t *hex = json_object_get(request, "hex");
	size_t length = json_string_length(hex), size;
	uint8_t *data = malloc(length / 2 + 1);
	json_t *reply;

	if (data == NULL)
		return error(bitmark_strerror(BITMARK_E_NOMEM));
	if (length == 0 || bitmark_hex_decode(json_string_value(hex), length,
	    data, length / 2, &size) != BITMARK_OK)
		reply = error(bitmark_strerror(BITMARK_E_HEX));
	else
		reply = submit_bytes(c, data, size);
	free(data);
	return reply;
}

static json_t *
add_peer(struct control *c, const json_t *request)
{
	const json_t *key = json_object_get(request, "key");
	const char *address = json_string_value(json_object_get(request,
	    "address"));
	uint8_t bytes[BITMARK_PEER_KEY_SIZE];
	bitmark_status status;

	if (address == NULL)
		return error(bitmark_strerror(BITMARK_E_IP_ADDRESS));
	if (!json_is_string(key) || bitmark_peer_key_parse_public(
	    json_string_value(key), json_string_length(key), bytes) !=
	    BITMARK_OK)
		return error(bitmark_strerror(BITMARK_E_PUBLIC_KEY));
	status = bitmark_node_add_peer(c->node, bytes, address);
	if (status != BITMARK_OK)
		return error(bitmark_strerror(status));
	return json_pack("{s:s}", "added", address);
}

/* All of a file; NULL: it cannot be read, or is too long.  What is no file is
 * not waited for, as a FIFO would be. */
static uint8_t *
read_file(const char *path, size_t *size)
{
	int fd = path != NULL ? open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) :
	    -1;
	uint8_t *data = NULL;
	struct stat st;
	ssize_t got = 1;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size <= IMPORT_MAX)
		data = malloc((size_t)st.st_size + 1);
	for (*size = 0; data != NULL && *size < (size_t)st.st_size && got > 0;
	    *size += got > 0 ? (size_t)got : 0)
		got = read(fd, data + *size, (size_t)st.st_size - *size);
	if (got < 0) {
		free(data);
		data = NULL;
	}
	if (fd >= 0)
		close(fd);
	return data;
}

static json_t *
import(struct control *c, const json_t *request)
{
	const char *path = json_string_value(json_object_get(request,
	    "path"));
	struct bitmark_import counts = { 0 };
	size_t size;
	uint8_t *data = read_file(path, &size);
	bitmark_status status = BITMARK_E_IO;
	json_t *reply = json_object();

	if (data != NULL)
		status = bitmark_node_import(c->node, data, size, &counts);
	free(data);
	if (status != BITMARK_OK)
		json_object_update_new(reply, error(bitmark_strerror(status)));
	/* What stands before the end of a file that is cut off stays. */
	if (status == BITMARK_OK || counts.accepted + counts.refused > 0)
		json_object_update_new(reply, json_pack("{s:I, s:I}",
		    "accepted", (json_int_t)counts.accepted, "refused",
		    (json_int_t)counts.refused));
	return reply;
}

static json_t *
metrics(struct control *c)
{
	char *text = report_metrics(c->node, c->params->name);
	json_t *reply = text != NULL ? json_pack("{s:s}", "metrics", text) :
	    NULL;

	free(text);
	return or_error(reply);
}

/* The reply to one request. */
static json_t *
answer(struct control *c, const json_t *request)
{
	const char *command = json_string_value(json_object_get(request,
	    "command"));

	if (command == NULL)
		return error("no command");
	if (strcmp(command, "status") == 0)
		return or_error(report_status(c->node, c->params->name));
	if (strcmp(command, "peers") == 0)
		return or_error(report_peers(c->node));
	if (strcmp(command, "connections") == 0)
		return or_error(report_connections(c->node));
	if (strcmp(command, "reservoir") == 0)
		return or_error(report_reservoir(c->node));
	if (strcmp(command, "metrics") == 0)
		return metrics(c);
	if (strcmp(command, "submit") == 0)
		return submit(c, request);
	if (strcmp(command, "import") == 0)
		return import(c, request);
	if (strcmp(command, "add-peer") == 0)
		return add_peer(c, request);
	if (strcmp(command, "stop") == 0) {
		/* As if a person had done it; the main thread waits for it. */
		(void)kill(getpid(), SIGTERM);
		return json_pack("{s:b}", "stopping", 1);
	}
	return error("no such command");
}

static uint64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* What is left until ${end_ms}, which is CONTROL_WAIT_S away at most. */
static int
left_ms(uint64_t end_ms)
{
	const uint64_t now = now_ms();

	return now < end_ms ? (int)(end_ms - now) : 0;
}

/* Wait for the client, -1: as long as it takes; false: it did not come in
 * time, or the daemon stops. */
static bool
wait_for(const struct control *c, int fd, short events, int timeout_ms)
{
	struct pollfd items[] = {
		{ fd, events, 0 }, { c->stop_pipe[0], POLLIN, 0 },
	};
	int ready;

	do
		ready = poll(items, 2, timeout_ms);
	while (ready < 0 && errno == EINTR);
	return ready > 0 && items[1].revents == 0;
}

/* A line; NULL: none in time, or too long.  Owned by the caller. */
static char *
receive(const struct control *c, int fd, size_t *size)
{
	const uint64_t end_ms = now_ms() + CONTROL_WAIT_S * 1000;
	size_t capacity = 4096;
	char *line = malloc(capacity);

	*size = 0;
	while (line != NULL && wait_for(c, fd, POLLIN, left_ms(end_ms))) {
		ssize_t got = recv(fd, line + *size, capacity - *size,
		    MSG_DONTWAIT);
		char *more;

		if (got == 0 || (got < 0 && errno != EAGAIN &&
		    errno != EINTR))
			break;
		if (got < 0)
			continue;
		*size += (size_t)got;
		if (line[*size - 1] == '\n')
			return line;
		if (*size < capacity)
			continue;
		capacity *= 2;
		more = capacity > 2 * CONTROL_REQUEST_MAX ? NULL :
		    realloc(line, capacity);
		if (more == NULL)
			break;
		line = more;
	}
	free(line);
	return NULL;
}

/* What the client takes at once is sent even when the daemon stops. */
static void
send_all(const struct control *c, int fd, const char *text)
{
	const uint64_t end_ms = now_ms() + CONTROL_WAIT_S * 1000;
	size_t size = strlen(text);

	do {
		ssize_t sent = send(fd, text, size,
		    MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent < 0 && errno != EAGAIN && errno != EINTR)
			return;
		if (sent > 0) {
			text += sent;
			size -= (size_t)sent;
		}
	} while (size > 0 && wait_for(c, fd, POLLOUT, left_ms(end_ms)));
}

static void
serve(struct control *c, int fd)
{
	json_t *request, *reply;
	size_t size;
	char *line = receive(c, fd, &size), *text;

	if (line == NULL)
		return;
	request = json_loadb(line, size, 0, NULL);
	free(line);
	reply = request == NULL ? error("the request is not JSON") :
	    answer(c, request);
	json_decref(request);
	text = json_dumps(reply, JSON_COMPACT);
	json_decref(reply);
	if (text != NULL)
		send_all(c, fd, text);
	free(text);
}

static void *
run(void *control)
{
	struct control *c = control;

	while (wait_for(c, c->listener, POLLIN, -1)) {
		int fd = accept(c->listener, NULL, NULL);

		if (fd < 0) {
			/* The client is gone; or there are no descriptors,
			 * and one is free later. */
			(void)poll(NULL, 0, ACCEPT_PAUSE_MS);
			continue;
		}
		serve(c, fd);
		close(fd);
	}
	return NULL;
}

/* Does nobody listen at this socket any more? */
static bool
is_left(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	bool left = fd >= 0 && connect(fd, (const struct sockaddr *)address,
	    sizeof *address) != 0 && errno == ECONNREFUSED;

	if (fd >= 0)
		close(fd);
	return left;
}

/* A socket that was left there makes way.  That of a daemon that runs does not:
 * with another chain it can be in the same directory.  Another file is
 * somebody's. */
static bool
make_room(const struct sockaddr_un *address)
{
	struct stat st;

	if (lstat(address->sun_path, &st) != 0)
		return errno == ENOENT;
	if (S_ISSOCK(st.st_mode) && is_left(address))
		return unlink(address->sun_path) == 0;
	errno = S_ISSOCK(st.st_mode) ? EADDRINUSE : EEXIST;
	return false;
}

static bool
bind_to(struct control *c)
{
	c->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0);
	return c->listener >= 0 && make_room(&c->address) &&
	    bind(c->listener, (const struct sockaddr *)&c->address,
	    sizeof c->address) == 0 &&
	    chmod(c->address.sun_path, CONTROL_MODE) == 0 &&
	    listen(c->listener, BACKLOG) == 0;
}

const char *
control_start(struct control **control, const char *path,
    struct bitmark_node *node, const struct bitmark_chain_params *params)
{
	struct control *c = calloc(1, sizeof *c);
	const char *why;

	*control = NULL;
	if (c == NULL)
		return strerror(ENOMEM);
	c->node = node;
	c->params = params;
	c->listener = -1;
	c->address.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof c->address.sun_path) {
		free(c);
		return strerror(ENAMETOOLONG);
	}
	if (pipe(c->stop_pipe) != 0) {
		free(c);
		return strerror(errno);
	}
	memcpy(c->address.sun_path, path, strlen(path) + 1);
	if (bind_to(c) && pthread_create(&c->thread, NULL, run, c) == 0) {
		*control = c;
		return NULL;
	}
	why = strerror(errno);
	if (c->listener >= 0)
		close(c->listener);
	close(c->stop_pipe[0]);
	close(c->stop_pipe[1]);
	free(c);
	return why;
}

void
control_stop(struct control *c)
{
	if (c == NULL)
		return;
	close(c->stop_pipe[1]);
	pthread_join(c->thread, NULL);
	(void)unlink(c->address.sun_path);
	close(c->listener);
	close(c->stop_pipe[0]);
	free(c);
}
