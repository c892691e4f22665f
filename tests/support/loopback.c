#include "loopback.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

void
loopback_free_address(char text[LOOPBACK_TEXT_SIZE])
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, length), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address,
	    &length), 0);
	close(fd);
	snprintf(text, LOOPBACK_TEXT_SIZE, "127.0.0.1:%u",
	    (unsigned)ntohs(address.sin_port));
}
