/* draw.c -- writes one page per state machine: its diagram and its table.
 *
 *	draw DIR	writes DIR/<machine>.md and DIR/README.md */
#include <stdio.h>
#include <stdlib.h>

#include "common/fsm.h"

#define MACHINE(name) extern const struct fsm_table name##_fsm;
#include "gen/machines.def"
#undef MACHINE

static const struct fsm_table *const machines[] = {
#define MACHINE(name) &name##_fsm,
#include "gen/machines.def"
#undef MACHINE
};

enum { MACHINE_COUNT = sizeof(machines) / sizeof(machines[0]) };

static FILE *open_page(const char *folder, const char *name)
{
	char path[1024];
	FILE *page;

	snprintf(path, sizeof(path), "%s/%s.md", folder, name);
	page = fopen(path, "w");
	if (!page) {
		perror(path);
		exit(1);
	}
	return page;
}

static void write_diagram(const struct fsm_table *t, FILE *page)
{
	static char space[65536];
	struct text diagram;

	text_init(&diagram, space, sizeof(space));
	fsm_draw(t, &diagram);
	fprintf(page, "```mermaid\n%s```\n\n", text_get_string(&diagram));
	if (diagram.overflow) {
		fprintf(stderr, "the diagram of %s is too large\n", t->name);
		exit(1);
	}
}

static void write_rows(const struct fsm_table *t, FILE *page)
{
	fprintf(page, "| state | event | if | does | next |\n|---|---|---|---|---|\n");
	for (unsigned i = 0; i < t->row_count; i++) {
		const struct fsm_row *row = &t->rows[i];

		fprintf(page, "| %s | %s | %s | %s | %s |\n", t->state_names[row->state],
			t->event_names[row->event], row->guard ? row->guard_name : "",
			row->action ? row->action_name : "",
			row->next == row->state ? "" : t->state_names[row->next]);
	}
}

static void write_timers(const struct fsm_table *t, FILE *page)
{
	if (t->timer_count)
		fprintf(page, "\n| state | waits for | then |\n|---|---|---|\n");
	for (unsigned i = 0; i < t->timer_count; i++)
		fprintf(page, "| %s | %s | %s |\n", t->state_names[t->timers[i].state],
			t->timers[i].duration_name, t->event_names[t->timers[i].event]);
}

static void write_ignores(const struct fsm_table *t, FILE *page)
{
	if (t->ignore_count)
		fprintf(page, "\n| state | ignores | because |\n|---|---|---|\n");
	for (unsigned i = 0; i < t->ignore_count; i++)
		fprintf(page, "| %s | %s | %s |\n", t->state_names[t->ignores[i].state],
			t->event_names[t->ignores[i].event], t->ignores[i].why);
}

static void write_page(const struct fsm_table *t, const char *folder)
{
	FILE *page = open_page(folder, t->name);

	fprintf(page, "# %s\n\nMade by `make docs` from the machine's table.\n\n", t->name);
	write_diagram(t, page);
	write_rows(t, page);
	write_timers(t, page);
	write_ignores(t, page);
	fclose(page);
}

static void write_index(const char *folder)
{
	FILE *page = open_page(folder, "README");

	fprintf(page, "# State machines\n\nDrawn by `make docs` from the tables that run.\n\n");
	for (unsigned i = 0; i < MACHINE_COUNT; i++)
		fprintf(page, "- [%s](%s.md): %u states, %u events, %u rows\n", machines[i]->name,
			machines[i]->name, machines[i]->state_count, machines[i]->event_count,
			machines[i]->row_count);
	fclose(page);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: draw DIR\n");
		return 2;
	}
	for (unsigned i = 0; i < MACHINE_COUNT; i++)
		write_page(machines[i], argv[1]);
	write_index(argv[1]);
	return 0;
}
