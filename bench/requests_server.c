/* SPDX-License-Identifier: MIT */
/* requests_server.c: the server of the requests; see util/requests.h. */
#include "util/bench.h"
#include "util/http_server.h"

#include <unistd.h>

int
main(void)
{
	http_server server;
	char byte;

	if (!http_server_start(&server))
		bench_fail("the server could not be started");
	printf("%d\n", server.port);
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	http_server_stop(&server);
	return 0;
}
