/* fuzz_ipc.c -- decoding a frame of the bus.  What decodes must print, and must encode
 * to the same bytes again: there is one form of each message. */
#include <stdint.h>
#include <string.h>

#include "common/check.h"
#include "common/ipc/ipc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t frame[IPC_FRAME_MAX];
	static char printed[4 * IPC_FRAME_MAX];
	struct ipc_message m;
	struct text out;
	size_t len;

	if (size > sizeof(frame) || ipc_decode(data, size, &m))
		return 0;
	text_init(&out, printed, sizeof(printed));
	ipc_print(&m, &out);
	CHECK(ipc_encode(m.type, m.id, &m.hello, frame, sizeof(frame), &len) == ERR_NONE);
	CHECK(len == size && memcmp(frame, data, size) == 0);
	return 0;
}
