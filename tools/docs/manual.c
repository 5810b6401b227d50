/* manual.c -- writes enlace-configuration(5) from schema.def and choices.def, so that
 * the manual page and the shell cannot disagree. */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum kind {
	KIND_NAME,
	KIND_TEXT,
	KIND_PATH,
	KIND_NUMBER,
	KIND_CHOICE,
	KIND_ADDRESS,
	KIND_PORTS,
	KIND_LIST,
	KIND_REF_realm,
	KIND_REF_tls_profile,
	KIND_REF_profile,
	KIND_REF_trunk,
	KIND_REFS_trunk,
};

struct noun {
	const char *id, *word, *parent, *help;
	bool is_named;
};

struct item {
	const char *noun, *field, *word, *preset, *help;
	enum kind kind;
	long low, high;
};

struct choice {
	const char *list, *word, *help;
};

enum { ONE, MANY, NUMBERED };

static const struct noun nouns[] = {
#define NOUN(n, w, p, c, h) { #n, w, #p, h, c != ONE },
#define ITEM(n, f, w, k, l, u, d, h)
#define END(n)
#include "db/config/schema.def"
};

static const struct item items[] = {
#define NOUN(n, w, p, c, h)
#define ITEM(n, f, w, k, l, u, d, h) { #n, #f, w, d, h, KIND_##k, l, u },
#define END(n)
#include "db/config/schema.def"
};

static const struct choice choices[] = {
#define CHOICE(l, n, w, h) { #l, w, h },
#include "db/config/choices.def"
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const placeholders[] = {
	[KIND_NAME] = "NAME",
	[KIND_TEXT] = "TEXT",
	[KIND_PATH] = "FILE",
	[KIND_NUMBER] = "NUMBER",
	[KIND_CHOICE] = "WORD",
	[KIND_ADDRESS] = "ADDRESS",
	[KIND_PORTS] = "FIRST-LAST",
	[KIND_LIST] = "LIST",
	[KIND_REF_realm] = "REALM",
	[KIND_REF_tls_profile] = "TLS-PROFILE",
	[KIND_REF_profile] = "PROFILE",
	[KIND_REF_trunk] = "TRUNK",
	[KIND_REFS_trunk] = "TRUNKS",
};

static const struct noun *find_noun(const char *id)
{
	for (unsigned i = 0; i < COUNT(nouns); i++)
		if (strcmp(nouns[i].id, id) == 0)
			return &nouns[i];
	return NULL;
}

static bool is_of_profile(const struct item *wanted)
{
	for (unsigned i = 0; i < COUNT(items); i++)
		if (strcmp(items[i].noun, "profile") == 0 &&
		    strcmp(items[i].word, wanted->word) == 0)
			return true;
	return false;
}

static void write_sentence(const char *help)
{
	printf("%c%s.\n", toupper((unsigned char)help[0]), help + 1);
}

static void write_choices(const struct item *item)
{
	puts(".Bl -tag -width Ds -compact");
	for (unsigned i = 0; i < COUNT(choices); i++)
		if (strcmp(choices[i].list, item->field) == 0)
			printf(".It Cm %s\n%s.\n", choices[i].word, choices[i].help);
	puts(".El");
}

static void write_item(const struct item *item)
{
	printf(".It Ic %s Ar %s\n", item->word, placeholders[item->kind]);
	write_sentence(item->help);
	if (!item->preset)
		puts("Required.");
	else if (*item->preset)
		printf("Default:\n.Cm %s .\n", item->preset);
	if (item->kind == KIND_NUMBER || item->kind == KIND_PORTS)
		printf("From %ld to %ld.\n", item->low, item->high);
	if (item->kind == KIND_CHOICE)
		write_choices(item);
}

static void write_path(const struct noun *n)
{
	const struct noun *parent = find_noun(n->parent);

	if (parent)
		write_path(parent);
	printf(" Ic %s%s", n->word, n->is_named ? " Ar NAME" : "");
}

static void write_noun(const struct noun *n)
{
	bool overrides = false;

	printf(".Ss %s\n.D1 Ic set", n->word);
	write_path(n);
	printf(" Ar item value ...\n.Pp\n");
	write_sentence(n->help);
	puts(".Bl -tag -width Ds");
	for (unsigned i = 0; i < COUNT(items); i++) {
		if (strcmp(items[i].noun, n->id) != 0)
			continue;
		if (strcmp(n->id, "trunk") == 0 && is_of_profile(&items[i]))
			overrides = true;
		else
			write_item(&items[i]);
	}
	if (overrides)
		puts(".It Any item of a profile\nOverrides the value the trunk's profile has.");
	puts(".El");
}

static const char head[] =
	".\\\" Made by `make docs` from db/config/schema.def.\n"
	".Dd November 24, 2026\n"
	".Dt ENLACE-CONFIGURATION 5\n"
	".Os Enlace\n"
	".Sh NAME\n"
	".Nm enlace-configuration\n"
	".Nd what can be configured in Enlace\n"
	".Sh DESCRIPTION\n"
	"A configuration is a list of\n"
	".Ic set\n"
	"lines.\n"
	"They are typed in the configuration mode of\n"
	".Xr enlace 1 ,\n"
	"or stand in the file that\n"
	".Xr enlace-run 1\n"
	"is given.\n"
	"A line may set several items of one object.\n"
	"Lists are words with commas and no blanks between them;\n"
	"texts with blanks stand in double quotes.\n";

static const char tail[] =
	".Sh EXAMPLES\n"
	"A trunk with TLS and SRTP on one side, one with UDP and RTP on the other:\n"
	".Bd -literal\n"
	"set realm core address 192.0.2.10 media-ports 20000-29999\n"
	"set realm core listener lync transport tls port 5067 tls-profile core\n"
	"set realm edge address 198.51.100.10 media-ports 30000-39999\n"
	"set realm edge listener itsp transport udp port 5060\n"
	"set tls-profile core certificate /etc/enlace/tls/core.pem\n"
	"set tls-profile core key /etc/enlace/tls/core.key\n"
	"set tls-profile core trust /etc/enlace/tls/ca.pem\n"
	"set trunk lync realm core profile lync-2013\n"
	"set trunk lync target ms1 address mediation.example.com port 5067 transport tls\n"
	"set trunk itsp realm edge profile generic-itsp\n"
	"set trunk itsp target gw1 address 203.0.113.20 port 5060 transport udp\n"
	"set route 10 from lync to itsp\n"
	"set route 20 from itsp to lync\n"
	".Ed\n"
	".Sh SEE ALSO\n"
	".Xr enlace 1 ,\n"
	".Xr enlace-run 1 ,\n"
	".Xr enlace-mgmt 8\n";

int main(void)
{
	fputs(head, stdout);
	puts(".Sh ITEMS");
	for (unsigned i = 0; i < COUNT(nouns); i++)
		write_noun(&nouns[i]);
	fputs(tail, stdout);
	return 0;
}
