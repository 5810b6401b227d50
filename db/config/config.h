/* config.h -- one configuration in memory: the nouns of schema.def as arrays of
 * structs, filled from lines, printed as lines.
 *
 * mgmt edits one (the candidate) and stores revisions of it; signaling loads a
 * revision and reads the fields. */
#ifndef DB_CONFIG_CONFIG_H
#define DB_CONFIG_CONFIG_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/err.h"
#include "common/slice.h"
#include "common/text.h"

enum { CONFIG_NAME_SIZE = 64, CONFIG_TEXT_SIZE = 256, CONFIG_LINE_SIZE = 4096 };

/* The words of these are in choices.def, which names every value. */
enum config_path {
	CONFIG_PATH_AUTO,
	CONFIG_PATH_KERNEL,
	CONFIG_PATH_STEERED,
	CONFIG_PATH_PORTABLE,
};
enum config_transport { CONFIG_UDP, CONFIG_TCP, CONFIG_TLS };
enum config_verify { CONFIG_VERIFY_MUTUAL, CONFIG_VERIFY_SERVER, CONFIG_VERIFY_NONE };
enum config_purpose { CONFIG_PURPOSE_STRICT, CONFIG_PURPOSE_SERVER, CONFIG_PURPOSE_ANY };
enum config_min_version { CONFIG_TLS_1_2, CONFIG_TLS_1_3 };
enum config_srtp { CONFIG_SRTP_OFF, CONFIG_SRTP_OPTIONAL, CONFIG_SRTP_REQUIRED };
enum config_srtp_without_tls { CONFIG_KEYS_WARN, CONFIG_KEYS_ALLOW };
enum config_srtp_offer { CONFIG_OFFER_SAVP, CONFIG_OFFER_CAPABILITY };
enum config_hold { CONFIG_HOLD_PASS, CONFIG_HOLD_INACTIVE, CONFIG_HOLD_SENDONLY };
enum config_early_media { CONFIG_EARLY_PASS, CONFIG_EARLY_183 };
enum config_rtcp_mux { CONFIG_MUX_OFF, CONFIG_MUX_ACCEPT, CONFIG_MUX_OFFER };
enum config_latching { CONFIG_LATCH_GUARDED, CONFIG_LATCH_OFF };
enum config_number_form { CONFIG_NUMBER_AS_IS, CONFIG_NUMBER_E164, CONFIG_NUMBER_PLAIN };
enum config_identity { CONFIG_IDENTITY_DROP, CONFIG_IDENTITY_PASS };
enum config_admin { CONFIG_ENABLED, CONFIG_DISABLED };

struct config_ports {
	uint16_t low, high;
};

/* First member of every noun's struct. */
struct config_object {
	char name[CONFIG_NAME_SIZE];   /* "" for a noun without name */
	char parent[CONFIG_NAME_SIZE]; /* "" for a noun at the top */
	uint64_t set;		       /* bit i: item i of the noun was set by a line */
	unsigned line;		       /* of a file, that set it first; 0: none did */
};

typedef char config_type_NAME[CONFIG_NAME_SIZE];
typedef char config_type_TEXT[CONFIG_TEXT_SIZE];
typedef char config_type_PATH[CONFIG_TEXT_SIZE];
typedef char config_type_LIST[CONFIG_TEXT_SIZE];
typedef uint32_t config_type_NUMBER;	 /* 0 while unset and without a default */
typedef uint8_t config_type_CHOICE;	 /* the enums above */
typedef struct addr config_type_ADDRESS; /* addr_is_set tells; port 0 */
typedef struct config_ports config_type_PORTS;
typedef char config_type_REF_realm[CONFIG_NAME_SIZE];
typedef char config_type_REF_tls_profile[CONFIG_NAME_SIZE];
typedef char config_type_REF_profile[CONFIG_NAME_SIZE];
typedef char config_type_REF_trunk[CONFIG_NAME_SIZE];
typedef char config_type_REFS_trunk[CONFIG_TEXT_SIZE];

#define NOUN(noun, word, parent, count, help)                                                      \
	struct config_##noun {                                                                     \
		struct config_object object;
#define ITEM(noun, field, word, kind, low, high, fallback, help) config_type_##kind field;
#define END(noun)                                                                                  \
	}                                                                                          \
	;
#include "db/config/schema.def"

/* Arrays in the order the objects were first set; routes by their number.
 * A noun of ONE has exactly one element, also when no line names it; a sub-noun of
 * ONE (limit) has at most one per parent. */
struct config {
	unsigned line; /* of the file being read, or 0: noted in the objects that it sets */
#define NOUN(noun, word, parent, count, help)                                                      \
	struct config_##noun *noun;                                                                \
	size_t noun##_count;
#define ITEM(noun, field, word, kind, low, high, fallback, help)
#define END(noun)
#include "db/config/schema.def"
};

/* Holds the shipped profiles (profiles.def) and nothing else. */
enum err config_create(struct config **out_config);
void config_destroy(struct config *c);
enum err config_copy(const struct config *c, struct config **out_config);

/* One "set ..." or "delete ..." line; an empty line and one that begins with '#' do
 * nothing.  On an error the configuration is untouched and `why` (may be NULL) has a
 * sentence that names item, value and way out.  Deleting a shipped profile, or an item of
 * it, brings back the shipped values. */
enum err config_apply_line(struct config *c, struct slice line, struct text *why);

/* What no single line shows: references to nothing, tls without profile, port ranges
 * that overlap, routes to nowhere, files that do not exist.  A configuration with a
 * finding must not run.  One sentence a line in `report`; returns how many. */
unsigned config_check(const struct config *c, struct text *report);
/* What may run but is probably not meant, in the same form: keys of SRTP in the clear, a
 * trunk that nobody can call from. */
unsigned config_warn(const struct config *c, struct text *report);
/* Both for what was read from a file: "file:line: " goes before each finding, the line
 * that set the object first ("file: " where none did); a warning says that it is one. */
unsigned config_check_file(const struct config *c, const char *file, struct text *report);
unsigned config_warn_file(const struct config *c, const char *file, struct text *report);

/* For a trunk: whatever it does not set itself is copied from its profile, then from
 * the schema's default.  Listeners get their port and the realm's address, targets that
 * are addresses their port (a host name without port keeps 0: SRV records decide), trunks
 * with TLS targets a tls-profile.  Call once on a copy that is to be run, never on a
 * candidate. */
void config_resolve(struct config *c);

/* Calls put(arg, line) with "set ..." lines that config_apply_line accepts again, one
 * item a line, in a stable order.  Shipped profiles are left out unless changed. */
void config_print_lines(const struct config *c, void (*put)(void *arg, const char *line),
			void *arg);

/* What may stand at the end of an unfinished "set ..." or "delete ..." line: words that
 * begin like its last one, or all when it ends with a blank.  A word in angle brackets
 * ("<1-64>") describes a value and is not to be inserted; "<cr>": the line may end here.
 * Nothing is offered behind words that are wrong. */
void config_complete(const struct config *c, struct slice line,
		     void (*offer)(void *arg, const char *word, const char *help), void *arg);

/* NULL where there is none. */
struct config_realm *config_find_realm(const struct config *c, const char *name);
struct config_tls_profile *config_find_tls_profile(const struct config *c, const char *name);
struct config_profile *config_find_profile(const struct config *c, const char *name);
struct config_trunk *config_find_trunk(const struct config *c, const char *name);
struct config_limit *config_find_limit(const struct config *c, const char *trunk);

/* Words of a LIST, without blanks; false at the end.  Start with *rest = the field. */
bool config_list_next(const char **rest, struct slice *out_word);
/* The word of a choice, for show commands; "" for a number that is none. */
const char *config_choice_word(const char *list, unsigned value);

#endif
