/* main.c -- enlace: the shell and the one-shot client.  It owns nothing; what it
 * says comes from enlace-mgmt. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/text.h"
#include "mgmt/cli/shell.h"

static const char usage[] =
	"usage: enlace [--state DIR] [--json] [COMMAND...]\n"
	"\n"
	"  --state DIR   where enlace keeps its sockets (default /run/enlace)\n"
	"  --json        answers as JSON\n"
	"  --version     print the version\n"
	"\n"
	"Without COMMAND: a shell, or the commands of standard input when it is no terminal.\n"
	"\"enlace help\" lists the commands.\n";

struct arguments {
	const char *state_dir;
	bool json, help, version, wrong;
	char line[4096];
	struct text command;
};

static void take_word(struct arguments *a, const char *word)
{
	if (a->command.len)
		text_put_byte(&a->command, ' ');
	/* What the user's shell kept together stays together. */
	if (strpbrk(word, " \t") || !*word)
		text_printf(&a->command, "\"%s\"", word);
	else
		text_put_string(&a->command, word);
}

/* Options may stand anywhere: `enlace show calls --json` is what people type. */
static void parse(struct arguments *a, int argc, char **argv)
{
	bool options_end = false;

	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];

		if (options_end || strncmp(word, "--", 2) != 0)
			take_word(a, word);
		else if (strcmp(word, "--") == 0)
			options_end = true;
		else if (strcmp(word, "--json") == 0)
			a->json = true;
		else if (strcmp(word, "--help") == 0)
			a->help = true;
		else if (strcmp(word, "--version") == 0)
			a->version = true;
		else if (strncmp(word, "--state=", 8) == 0)
			a->state_dir = word + 8;
		else if (strcmp(word, "--state") == 0 && i + 1 < argc)
			a->state_dir = argv[++i];
		else
			a->wrong = true;
	}
	a->wrong |= a->command.overflow;
}

static int run(struct client *c, const struct arguments *a)
{
	enum err e = client_open(c);
	int status;

	if (e) {
		cli_report_unreachable(c, e);
		return CLI_FAILED;
	}
	if (a->command.len)
		status = cli_run_line(c, text_get(&a->command), a->json);
	else if (isatty(STDIN_FILENO))
		status = shell_run(c, a->json);
	else
		status = shell_run_script(c, a->json);
	client_close(c);
	return status == CLI_BYE ? CLI_DONE : status;
}

int main(int argc, char **argv)
{
	static struct client client;
	static struct arguments a;

	a.state_dir = "/run/enlace";
	text_init(&a.command, a.line, sizeof(a.line) - 1);
	parse(&a, argc, argv);
	if (a.wrong) {
		fputs(usage, stderr);
		return CLI_NOT_UNDERSTOOD;
	}
	if (a.help) {
		fputs(usage, stdout);
		return CLI_DONE;
	}
	if (a.version) {
		puts("enlace " ENLACE_VERSION);
		return CLI_DONE;
	}
	client_init(&client, a.state_dir);
	return run(&client, &a);
}
