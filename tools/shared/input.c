/*
 * Input and output of the command-line tools: numbers, bytes, JSON, text.
 */
#include "shared/program.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* White space that a hex file may have besides its digits. */
#define HEX_SPACE_FACTOR 2
#define READ_STEP 65536
/* Characters of an argument that a message repeats. */
#define NAME_SHOWN 256
/* Longest UTF-8 sequence.  Bytes.  Source: RFC 3629. */
#define UTF8_MAX 4

bool
number_from_text(const char *text, uint64_t *value)
{
	uint64_t v = 0;

	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		unsigned digit = (unsigned)(*text - '0');

		if (*text < '0' || *text > '9' ||
		    v > (UINT64_MAX - digit) / 10)
			return false;
		v = 10 * v + digit;
	}
	*value = v;
	return true;
}

/* --- bytes ------------------------------------------------------------------ */

/* Everything up to the end of ${in}, at most ${size_max} bytes. */
static bitmark_status
read_stream(FILE *in, size_t size_max, uint8_t **data, size_t *size)
{
	bitmark_status status = BITMARK_OK;
	uint8_t *bytes = NULL, *larger;
	size_t used = 0, capacity = 0;

	for (;;) {
		if (used == capacity) {
			capacity = 2 * capacity + READ_STEP;
			larger = realloc(bytes, capacity);
			if (larger == NULL) {
				status = BITMARK_E_NOMEM;
				goto free_bytes;
			}
			bytes = larger;
		}
		used += fread(bytes + used, 1, capacity - used, in);
		if (used > size_max) {
			status = BITMARK_E_LENGTH;
			goto free_bytes;
		}
		if (ferror(in)) {
			status = BITMARK_E_IO;
			goto free_bytes;
		}
		if (feof(in))
			break;
	}
	*data = bytes;
	*size = used;
	return BITMARK_OK;

free_bytes:
	free(bytes);
	return status;
}

static bool
is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
is_hex_text(const uint8_t *data, size_t size)
{
	size_t digits = 0;

	for (size_t i = 0; i < size; i++) {
		bool digit = (data[i] >= '0' && data[i] <= '9') ||
		    (data[i] >= 'a' && data[i] <= 'f') ||
		    (data[i] >= 'A' && data[i] <= 'F');

		if (!digit && !is_space(data[i]))
			return false;
		digits += digit;
	}
	return digits > 0;
}

/* Hex with white space in ${data} becomes its bytes, in place. */
static bitmark_status
decode_hex_text(uint8_t *data, size_t *size)
{
	size_t digits = 0;

	for (size_t i = 0; i < *size; i++)
		if (!is_space(data[i]))
			data[digits++] = data[i];
	/* Byte i is written after digits 2i and 2i + 1 were read. */
	return bitmark_hex_decode((const char *)data, digits, data, *size,
	    size);
}

static bitmark_status
read_file(FILE *in, bool raw, size_t size_max, uint8_t **data, size_t *size)
{
	size_t file_max = raw || size_max > SIZE_MAX / 2 / HEX_SPACE_FACTOR -
	    READ_STEP ? size_max :
	    2 * HEX_SPACE_FACTOR * size_max + READ_STEP;
	uint8_t *bytes;
	size_t used;
	bitmark_status status = read_stream(in, file_max, &bytes, &used);

	if (status != BITMARK_OK)
		return status;
	if (!raw && is_hex_text(bytes, used))
		status = decode_hex_text(bytes, &used);
	if (status == BITMARK_OK && used > size_max)
		status = BITMARK_E_LENGTH;
	if (status != BITMARK_OK) {
		free(bytes);
		return status;
	}
	*data = bytes;
	*size = used;
	return BITMARK_OK;
}

static bitmark_status
read_hex_argument(const char *text, size_t size_max, uint8_t **data,
    size_t *size)
{
	size_t length = strlen(text);
	uint8_t *bytes;
	bitmark_status status;

	if (length / 2 > size_max)
		return BITMARK_E_LENGTH;
	bytes = malloc(length / 2 + 1);
	if (bytes == NULL)
		return BITMARK_E_NOMEM;
	status = bitmark_hex_decode(text, length, bytes, length / 2, size);
	if (status != BITMARK_OK) {
		free(bytes);
		return status;
	}
	*data = bytes;
	return BITMARK_OK;
}

/* "NAME: reason" for what could not be read; gives the exit code. */
static int
input_failed(const char *name, bitmark_status status, int error)
{
	/* Hex on the command line can be very long. */
	const char *rest = strlen(name) > NAME_SHOWN ? "..." : "";
	const char *reason = status == BITMARK_E_IO ? strerror(error) :
	    bitmark_strerror(status);

	complain("%.*s%s: %s", NAME_SHOWN, name, rest, reason);
	return exit_code_of(status);
}

/* What is no file can only be hex. */
static int
take_hex_argument(const char *text, size_t size_max, uint8_t **data,
    size_t *size)
{
	bitmark_status status = read_hex_argument(text, size_max, data, size);

	if (status == BITMARK_OK)
		return EXIT_DONE;
	if (status != BITMARK_E_HEX)
		return input_failed(text, status, 0);
	complain("%.*s%s: no such file, and not hexadecimal", NAME_SHOWN,
	    text, strlen(text) > NAME_SHOWN ? "..." : "");
	return EXIT_BAD_DATA;
}

static int
take_file(const char *name, FILE *in, bool raw, size_t size_max,
    uint8_t **data, size_t *size)
{
	bitmark_status status = read_file(in, raw, size_max, data, size);

	return status == BITMARK_OK ? EXIT_DONE :
	    input_failed(name, status, errno);
}

int
read_input(const char *argument, bool raw, size_t size_max, uint8_t **data,
    size_t *size)
{
	bool named = argument[0] == '@';
	const char *path = named ? argument + 1 : argument;
	FILE *in;
	int code;

	*data = NULL;
	*size = 0;
	if (strcmp(argument, "-") == 0)
		return take_file("standard input", stdin, raw, size_max, data,
		    size);
	in = fopen(path, "rb");
	if (in == NULL) {
		/* Long hex is no possible name. */
		if (!named && (errno == ENOENT || errno == ENAMETOOLONG))
			return take_hex_argument(argument, size_max, data,
			    size);
		return input_failed(path, BITMARK_E_IO, errno);
	}
	code = take_file(path, in, raw, size_max, data, size);
	fclose(in);
	return code;
}

/* --- JSON and text ---------------------------------------------------------- */

int
print_json(json_t *value)
{
	int code = EXIT_DONE;

	/* Only ASCII: no control character of a remote text gets through. */
	if (value != NULL && json_dumpf(value, stdout, JSON_COMPACT |
	    JSON_ENSURE_ASCII | JSON_ENCODE_ANY) == 0) {
		putchar('\n');
	} else if (ferror(stdout)) {
		code = EXIT_STORE;      /* tool_main says so */
	} else {
		complain("cannot write JSON");
		code = EXIT_FAILED;
	}
	json_decref(value);
	return code;
}

json_t *
json_from_text(char *text)
{
	json_t *value = NULL;

	if (text != NULL)
		value = json_loads(text, JSON_ALLOW_NUL | JSON_DECODE_ANY,
		    NULL);
	free(text);
	return value;
}

/*
 * Bytes of the UTF-8 sequence at ${text}, 0 when it is none, is overlong or
 * a surrogate, or stands for a control character.  Source: RFC 3629 section 4
 */
static size_t
printable_utf8(const uint8_t *text, size_t size)
{
	static const uint32_t smallest[UTF8_MAX + 1] = { 0, 0x20, 0xa0, 0x800,
	    0x10000 };
	uint8_t c = text[0];
	size_t n = c < 0x80 ? 1 : c < 0xc0 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 :
	    c < 0xf8 ? 4 : 0;
	uint32_t point = n == 1 ? c : n == 0 ? 0 : c & (0x7fU >> n);

	if (n == 0 || n > size)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (text[i] & 0x3f);
	}
	if (point < smallest[n] || point == 0x7f || point > 0x10ffff ||
	    (point >= 0xd800 && point <= 0xdfff))
		return 0;
	/* Direction overrides and line separators also change what is seen. */
	if (point == 0x2028 || point == 0x2029 ||
	    (point >= 0x202a && point <= 0x202e) ||
	    (point >= 0x2066 && point <= 0x2069))
		return 0;
	return n;
}

void
print_text(FILE *out, const void *text, size_t size)
{
	const uint8_t *data = text;
	size_t n;

	for (size_t i = 0; i < size; i += n) {
		n = printable_utf8(data + i, size - i);
		if (n > 0) {
			fwrite(data + i, 1, n, out);
		} else {
			fprintf(out, "\\x%02x", data[i]);
			n = 1;
		}
	}
}

char *
printable_text(const char *text)
{
	char *printable = NULL;
	size_t size;
	FILE *out = open_memstream(&printable, &size);

	if (out == NULL)
		return NULL;
	print_text(out, text, strlen(text));
	if (fclose(out) == 0)
		return printable;
	free(printable);
	return NULL;
}
