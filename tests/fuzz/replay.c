/* replay.c -- runs a fuzz target over kept inputs, without a fuzzer: each argument
 * is a file or a folder of files.  One TAP line per argument. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/check.h"

enum { INPUT_BYTES_MAX = 1 << 20, PATH_SIZE = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The copy is exactly as long as the input, so that reading past it is seen. */
static unsigned replay_file(const char *path)
{
	static uint8_t buffer[INPUT_BYTES_MAX];
	FILE *file = fopen(path, "rb");
	uint8_t *exact;
	size_t len;

	if (!file) {
		fprintf(stderr, "%s: cannot open\n", path);
		return 0;
	}
	len = fread(buffer, 1, sizeof(buffer), file);
	fclose(file);
	exact = malloc(len ? len : 1);
	CHECK(exact);
	memcpy(exact, buffer, len);
	fprintf(stderr, "# %s\n", path); /* stays the last line when the input crashes us */
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
	return 1;
}

static unsigned replay_folder(const char *path)
{
	struct dirent **entries = NULL;
	int count = scandir(path, &entries, NULL, alphasort);
	char file[PATH_SIZE];
	unsigned done = 0;

	for (int i = 0; i < count; i++) {
		snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			done += replay_file(file);
		free(entries[i]);
	}
	free(entries);
	return done;
}

int main(int argc, char **argv)
{
	int failed = 0;

	for (int i = 1; i < argc; i++) {
		struct stat st;
		unsigned done = 0;

		if (stat(argv[i], &st) == 0)
			done = S_ISDIR(st.st_mode) ? replay_folder(argv[i]) :
						     replay_file(argv[i]);
		printf("%s %d - replays %u inputs of %s\n", done ? "ok" : "not ok", i, done,
		       argv[i]);
		failed += done == 0;
	}
	return failed ? 1 : 0;
}
