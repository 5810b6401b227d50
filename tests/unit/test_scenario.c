/* test_scenario.c -- runs the scripts of tests/scenario: the real calls, transactions,
 * offers, routes and peers of signaling, with simulated peers, media and time.
 *
 * A script is lines of steps:
 *
 *	T+1s    B -> 180 (INVITE) sdp      expect A <- 180 sdp
 *	        A -> CANCEL                expect A <- 200 (CANCEL), A <- 487 (INVITE), B <- CANCEL
 *	T+33s                              expect call none
 *
 * T+ moves the clock (timers due meanwhile run in order).  "who -> what [words]" lets a
 * peer send; what is a method, or a status with the method it answers.  Words: sdp, nosdp,
 * hold, savp (offer SRTP), long and crlf (odd numbers); "again" sends the last one again.
 *Everything sent to a peer must be expected, in order per peer; "expect call STATE | none" and
 * "expect sessions N" look inside.  A line "transport udp" makes retransmissions show;
 * "config set ..." adds a line of configuration.
 *
 * It is long because the world, its peers and the reader of the scripts are one thing. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/log.h"
#include "signaling/call/internal.h"

enum { INBOX_MAX = 64, TEXT_MAX = 8192, PEERS = 3 };

#define BEGAN_US CLOCK_SECONDS(1000000)

/* --- simulated peers ----------------------------------------------------- */

struct peer {
	char name;
	struct addr addr;
	char call_id[80], own_tag[40], remote_tag[80], remote_target[160];
	unsigned own_cseq;
	char last_sent[TEXT_MAX];
	char requests[8][TEXT_MAX]; /* received, by method, for replies */
	struct message *inbox[INBOX_MAX];
	unsigned inbox_count;
	bool is_caller;
};

static struct {
	struct loop *loop;
	struct transactions *transactions;
	struct resolver *resolver;
	struct peers *peers;
	struct calls *calls;
	struct policy *policy;
	struct config *config;
	struct peer peer[PEERS];
	enum config_transport kind;
	unsigned sessions, branch;
	const char *script;
	unsigned line;
} world;

static struct transport_listener listeners[2];

static void fail_script(const char *format, ...)
{
	char bytes[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(bytes, sizeof(bytes), format, args);
	va_end(args);
	fail_msg("%s:%u: %s", world.script, world.line, bytes);
}

/* --- what stands in for transport and media ------------------------------ */

const struct transport_listener *transport_find_listener(const struct transport *t, unsigned index)
{
	(void)t;
	return index < 2 ? &listeners[index] : NULL;
}

int transport_select_listener(const struct transport *t, const char *realm,
			      enum config_transport kind, const struct addr *remote)
{
	(void)t;
	(void)kind;
	(void)remote;
	return strcmp(realm, "core") == 0 ? 0 : 1;
}

enum err transport_send(struct transport *t, const struct transport_target *to, uint64_t token,
			const char *bytes, size_t len)
{
	(void)t;
	(void)token;
	for (unsigned i = 0; i < PEERS; i++) {
		struct peer *p = &world.peer[i];

		if (!addr_is_equal(&p->addr, &to->remote))
			continue;
		if (p->inbox_count == INBOX_MAX ||
		    message_parse(bytes, len, &p->inbox[p->inbox_count]))
			fail_script("a message to %c does not parse:\n%.*s", p->name, (int)len,
				    bytes);
		p->inbox_count++;
		return ERR_NONE;
	}
	fail_script("a message went to nobody:\n%.*s", (int)len, bytes);
	return ERR_UNREACHABLE;
}

struct answer {
	uint64_t session;
	bool release;
};

static void answer_relay(void *arg)
{
	struct answer *a = arg;
	struct anchor_ready ready = { 0 };

	for (unsigned i = 0; i < 2; i++) {
		addr_parse(slice_from_text(i ? "127.0.0.2" : "127.0.0.1"),
			   (uint16_t)(20000 + 2 * (a->session & 7)), &ready.local[i]);
		ready.bound[i] = addr_get_port(&ready.local[i]);
	}
	if (a->release)
		calls_handle_released(world.calls, a->session, NULL);
	else
		calls_handle_ready(world.calls, a->session, ERR_NONE, SLICE_NONE, &ready);
	free(a);
}

static struct answer *pending[64];
static unsigned pending_count;

static void queue_answer(uint64_t session, bool release)
{
	struct answer *a = malloc(sizeof(*a));

	assert_non_null(a);
	assert_true(pending_count < 64);
	*a = (struct answer){ session, release };
	pending[pending_count++] = a;
}

enum err anchor_reserve(struct anchor *r, const struct anchor_reservation *v)
{
	(void)r;
	world.sessions++;
	queue_answer(v->session, false);
	return ERR_NONE;
}

enum err anchor_change(struct anchor *r, uint64_t session, unsigned side,
		       const struct offer_media *m, unsigned flags, unsigned silence_s)
{
	(void)r;
	(void)session;
	(void)side;
	(void)m;
	(void)flags;
	(void)silence_s;
	return ERR_NONE;
}

enum err anchor_release(struct anchor *r, uint64_t session)
{
	(void)r;
	world.sessions--;
	queue_answer(session, true);
	return ERR_NONE;
}

void anchor_claim(struct anchor *r)
{
	(void)r;
}

bool anchor_is_up(const struct anchor *r)
{
	(void)r;
	return true;
}

static void settle(void)
{
	while (pending_count) {
		struct answer *a = pending[0];

		pending_count--;
		memmove(pending, pending + 1, pending_count * sizeof(pending[0]));
		answer_relay(a);
	}
}

/* --- sending ------------------------------------------------------------- */

static const char plain_sdp[] = "v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\n"
				"m=audio 4000 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n"
				"a=rtpmap:101 telephone-event/8000\r\n%s";
static const char secure_sdp[] =
	"v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio 4000 RTP/SAVP 8\r\n"
	"a=rtpmap:8 PCMA/8000\r\n"
	"a=crypto:1 AES_CM_128_HMAC_SHA1_80 "
	"inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^31\r\n%s";

static bool has_word(const char *words, const char *word)
{
	const char *at = strstr(words, word);
	size_t len = strlen(word);

	return at && (at == words || at[-1] == ' ') && (at[len] == '\0' || at[len] == ' ');
}

static void put_body(struct text *t, const struct peer *p, const char *words)
{
	char host[ADDR_TEXT_SIZE], body[TEXT_MAX / 2];
	int len;

	addr_print_host(&p->addr, host, sizeof(host));
	len = snprintf(body, sizeof(body), has_word(words, "savp") ? secure_sdp : plain_sdp, host,
		       host, has_word(words, "hold") ? "a=inactive\r\n" : "");
	text_printf(t, "Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", len, body);
}

static void deliver(struct peer *p, const char *bytes, size_t len)
{
	struct transport_origin from = { .listener = p->is_caller ? 0 : 1,
					 .kind = world.kind,
					 .source = p->addr,
					 .local = listeners[p->is_caller ? 0 : 1].local };
	struct message *m;

	if (message_parse(bytes, len, &m))
		fail_script("the script's own message does not parse:\n%s", bytes);
	snprintf(p->last_sent, sizeof(p->last_sent), "%.*s", (int)len, bytes);
	transactions_receive(world.transactions, m, &from);
	message_unref(m);
	settle();
}

static const char *target_of(const char *words)
{
	static char uri[400];

	if (has_word(words, "crlf"))
		return "sip:+49%0d%0aX-Evil@sbc.example.com";
	snprintf(uri, sizeof(uri), "sip:+1555%0*d@sbc.example.com",
		 has_word(words, "long") ? 200 : 4, 100);
	return uri;
}

static void send_request(struct peer *p, enum method method, const char *name, const char *words)
{
	bool reuses = method == METHOD_ACK || method == METHOD_CANCEL;
	char bytes[TEXT_MAX], address[ADDR_TEXT_SIZE];
	struct text t;

	text_init(&t, bytes, sizeof(bytes));
	addr_print(&p->addr, address, sizeof(address));
	if (!p->call_id[0]) {
		snprintf(p->call_id, sizeof(p->call_id), "call-%c@sim", p->name);
		snprintf(p->own_tag, sizeof(p->own_tag), "tag-%c", p->name);
	}
	if (!reuses)
		p->own_cseq++;
	if (method != METHOD_CANCEL)
		world.branch++;
	text_printf(&t, "%s %s SIP/2.0\r\nVia: SIP/2.0/%s %s;branch=z9hG4bK-sim-%u\r\n", name,
		    p->remote_target[0] ? p->remote_target : target_of(words),
		    world.kind == CONFIG_UDP ? "UDP" : "TCP", address, world.branch);
	text_printf(&t, "From: <sip:+15550199@%s>;tag=%s\r\nTo: <sip:+15550100@sbc.example.com>",
		    address, p->own_tag);
	if (p->remote_tag[0] && method != METHOD_CANCEL)
		text_printf(&t, ";tag=%s", p->remote_tag);
	text_printf(&t, "\r\nCall-ID: %s\r\nCSeq: %u %s\r\nMax-Forwards: %d\r\n", p->call_id,
		    p->own_cseq, name, has_word(words, "mf0") ? 0 : 70);
	if (has_word(words, "require"))
		text_put_literal(&t, "Require: 100rel\r\n");
	text_printf(&t, "Contact: <sip:%s;transport=%s>\r\n", address,
		    world.kind == CONFIG_UDP ? "udp" : "tcp");
	if ((method == METHOD_INVITE && !has_word(words, "nosdp")) || has_word(words, "sdp"))
		put_body(&t, p, words);
	else
		text_put_literal(&t, "Content-Length: 0\r\n\r\n");
	deliver(p, bytes, t.len);
}

static struct slice line_of(const char *request, const char *name, unsigned index)
{
	const char *at = request;

	for (size_t len = strlen(name); (at = strstr(at, "\r\n")) != NULL;) {
		at += 2;
		if (strncmp(at, name, len) == 0 && at[len] == ':' && index-- == 0)
			return (struct slice){ at, (size_t)(strstr(at, "\r\n") - at) };
	}
	return SLICE_NONE;
}

static void send_reply(struct peer *p, unsigned status, enum method method, const char *words)
{
	const char *request = p->requests[method];
	char bytes[TEXT_MAX], address[ADDR_TEXT_SIZE];
	struct text t;
	struct slice to = line_of(request, "To", 0);

	if (!request[0])
		fail_script("%c has no %s to answer", p->name, method_name(method));
	text_init(&t, bytes, sizeof(bytes));
	text_printf(&t, "SIP/2.0 %u Simulated\r\n%.*s\r\n%.*s\r\n%.*s%s%s\r\n", status,
		    SLICE_ARG(line_of(request, "Via", 0)), SLICE_ARG(line_of(request, "From", 0)),
		    SLICE_ARG(to), memmem(to.data, to.len, ";tag=", 5) ? "" : ";tag=",
		    memmem(to.data, to.len, ";tag=", 5) ? "" : p->own_tag);
	text_printf(&t, "%.*s\r\n%.*s\r\nContact: <sip:%s;transport=tcp>\r\n",
		    SLICE_ARG(line_of(request, "Call-ID", 0)),
		    SLICE_ARG(line_of(request, "CSeq", 0)),
		    addr_print(&p->addr, address, sizeof(address)));
	if (has_word(words, "reason"))
		text_put_literal(
			&t,
			"Reason: Q.850;cause=17\r\nms-diagnostics: 1;source=\"inner.example\"\r\n");
	if (has_word(words, "sdp") || has_word(words, "savp") || has_word(words, "hold"))
		put_body(&t, p, words);
	else
		text_put_literal(&t, "Content-Length: 0\r\n\r\n");
	deliver(p, bytes, t.len);
}

/* --- reading what came --------------------------------------------------- */

static void copy_slice(char *out, size_t size, struct slice s)
{
	snprintf(out, size, "%.*s", SLICE_ARG(s));
}

/* The peer learns its dialog from what it receives. */
static void learn(struct peer *p, const struct message *m)
{
	const struct name_addr *contact = message_get_contact(m);
	char text[TEXT_MAX];

	if (message_is_request(m)) {
		enum method method = message_get_method(m);

		copy_slice(p->remote_tag, sizeof(p->remote_tag), message_get_from(m)->tag);
		copy_slice(p->call_id, sizeof(p->call_id), message_get_call_id(m));
		if (!p->own_tag[0])
			snprintf(p->own_tag, sizeof(p->own_tag), "tag-%c", p->name);
		/* rebuilt from the parsed message: enough to answer it */
		snprintf(text, sizeof(text),
			 "X\r\nVia: %.*s\r\nFrom: %.*s\r\nTo: %.*s\r\nCall-ID: %.*s\r\nCSeq: %u "
			 "%s\r\n",
			 SLICE_ARG(message_find_header(m, HEADER_VIA, 0)),
			 SLICE_ARG(message_find_header(m, HEADER_FROM, 0)),
			 SLICE_ARG(message_find_header(m, HEADER_TO, 0)),
			 SLICE_ARG(message_get_call_id(m)), message_get_cseq(m),
			 method_name(method));
		if (method < 8)
			snprintf(p->requests[method], sizeof(p->requests[method]), "%s", text);
	} else if (message_get_to(m)->tag.len && message_get_method(m) == METHOD_INVITE) {
		copy_slice(p->remote_tag, sizeof(p->remote_tag), message_get_to(m)->tag);
	}
	if (contact)
		copy_slice(p->remote_target, sizeof(p->remote_target), contact->uri.whole);
}

static void describe(const struct message *m, char *out, size_t size)
{
	const char *body = message_get_body(m).len ? " sdp" : "";

	if (message_is_request(m))
		snprintf(out, size, "%.*s%s", SLICE_ARG(message_get_method_name(m)), body);
	else
		snprintf(out, size, "%u (%.*s)%s", message_get_status(m),
			 SLICE_ARG(message_get_method_name(m)), body);
}

/* "200 (INVITE) sdp" meets "200 (INVITE) sdp"; a bare "200" or a missing sdp too. */
static bool meets(const char *wanted, const char *came)
{
	size_t len = strlen(wanted);

	return strncmp(wanted, came, len) == 0 && (came[len] == '\0' || came[len] == ' ');
}

static void expect_message(struct peer *p, const char *wanted)
{
	char came[128];
	struct message *m;

	/* 100s are taken in passing unless asked for */
	for (;;) {
		if (p->inbox_count == 0)
			fail_script("%c was to get %s and got nothing", p->name, wanted);
		m = p->inbox[0];
		p->inbox_count--;
		memmove(p->inbox, p->inbox + 1, p->inbox_count * sizeof(p->inbox[0]));
		describe(m, came, sizeof(came));
		learn(p, m);
		message_unref(m);
		if (strncmp(came, "100 ", 4) != 0 || strncmp(wanted, "100", 3) == 0)
			break;
	}
	if (!meets(wanted, came))
		fail_script("%c was to get %s and got %s", p->name, wanted, came);
}

static void expect_nothing_more(void)
{
	for (unsigned i = 0; i < PEERS; i++) {
		struct peer *p = &world.peer[i];

		while (p->inbox_count && !message_is_request(p->inbox[0]) &&
		       message_get_status(p->inbox[0]) == 100) {
			message_unref(p->inbox[0]);
			p->inbox_count--;
			memmove(p->inbox, p->inbox + 1, p->inbox_count * sizeof(p->inbox[0]));
		}
		if (p->inbox_count) {
			char came[128];

			describe(p->inbox[0], came, sizeof(came));
			fail_script("%c got %s, which nobody expected", p->name, came);
		}
	}
}

/* --- scripts ------------------------------------------------------------- */

static struct call *only_call;

static void find_only(struct hash_node *n, void *arg)
{
	(void)arg;
	only_call = CONTAINER_OF(n, struct call, by_id);
}

static void expect_state(const char *wanted)
{
	only_call = NULL;
	hash_table_visit(&world.calls->by_id, find_only, NULL);
	if (strcmp(wanted, "none") == 0) {
		if (only_call)
			fail_script("a call is still %s", fsm_state_name(&only_call->fsm));
	} else if (!only_call || strcmp(fsm_state_name(&only_call->fsm), wanted) != 0) {
		fail_script("the call is %s, not %s",
			    only_call ? fsm_state_name(&only_call->fsm) : "gone", wanted);
	}
}

static void advance(int64_t us)
{
	struct timer_queue *timers = loop_get_timers(world.loop);
	int64_t end = clock_now_us() + us, wait;

	while ((wait = timer_queue_get_wait_us(timers)) >= 0 && clock_now_us() + wait <= end) {
		clock_set_test(clock_now_us() + (wait ? wait : 1));
		timer_queue_run(timers);
		settle();
	}
	clock_set_test(end);
	timer_queue_run(timers);
	settle();
}

static char *trim(char *s)
{
	size_t len;

	while (*s == ' ' || *s == '\t')
		s++;
	for (len = strlen(s); len && strchr(" \t\r\n", s[len - 1]); len--)
		s[len - 1] = '\0';
	return s;
}

static struct peer *peer_named(char name)
{
	for (unsigned i = 0; i < PEERS; i++)
		if (world.peer[i].name == name)
			return &world.peer[i];
	fail_script("there is no peer %c", name);
	return NULL;
}

static enum method method_in(const char *word)
{
	enum method m = method_from_name(slice_from_text(word));

	if (m == METHOD_OTHER)
		fail_script("unknown method %s", word);
	return m;
}

/* "A -> INVITE savp" or "B -> 200 (INVITE) sdp" */
static void run_send(char *step)
{
	struct peer *p = peer_named(step[0]);
	char what[32] = "", method[32] = "INVITE", *rest = strstr(step, "->") + 2;
	int used = 0;

	sscanf(rest, " %31s%n", what, &used);
	rest = trim(rest + used);
	if (strcmp(what, "again") == 0) {
		char bytes[TEXT_MAX];

		snprintf(bytes, sizeof(bytes), "%s", p->last_sent);
		deliver(p, bytes, strlen(bytes));
		return;
	}
	if (what[0] < '1' || what[0] > '6') {
		send_request(p, method_in(what), what, rest);
		return;
	}
	if (sscanf(rest, "(%31[A-Z])", method) == 1)
		rest = trim(strchr(rest, ')') + 1);
	send_reply(p, (unsigned)atoi(what), method_in(method), rest);
}

static void run_expect(char *list)
{
	char *save = NULL;

	for (char *item = strtok_r(list, ",", &save); item; item = strtok_r(NULL, ",", &save)) {
		char *wanted = trim(item);

		if (strncmp(wanted, "call ", 5) == 0)
			expect_state(trim(wanted + 5));
		else if (strncmp(wanted, "sessions ", 9) == 0)
			assert_int_equal(world.sessions, atoi(wanted + 9));
		else if (strstr(wanted, "<-"))
			expect_message(peer_named(wanted[0]), trim(strstr(wanted, "<-") + 2));
		else
			fail_script("not understood: %s", wanted);
	}
	expect_nothing_more();
}

static int64_t run_clock(char **step)
{
	double amount = 0;
	char unit[8] = "";
	int used = 0;

	if (strncmp(*step, "T+", 2) != 0)
		return 0;
	if (sscanf(*step + 2, "%lf%7[a-z]%n", &amount, unit, &used) < 1)
		fail_script("not understood: %s", *step);
	if (used == 0) {
		used = (int)strspn(*step + 2, "0123456789.");
		unit[0] = '\0';
	}
	*step = trim(*step + 2 + used);
	return (int64_t)(amount * (strcmp(unit, "ms") == 0 ? 1000 : 1000000));
}

static void run_line(char *line)
{
	char *step = trim(line), *expect;
	int64_t at;

	if (step[0] == '#' || step[0] == '\0')
		return;
	at = strncmp(step, "T+", 2) == 0 ? run_clock(&step) : -1;
	if (at >= 0 && BEGAN_US + at > clock_now_us())
		advance(BEGAN_US + at - clock_now_us());
	expect = strstr(step, "expect ");
	if (expect)
		*expect = '\0';
	step = trim(step);
	if (strstr(step, "->"))
		run_send(step);
	else if (step[0])
		fail_script("not understood: %s", step);
	if (expect)
		run_expect(expect + 7);
	else
		expect_nothing_more();
}

/* --- the world ----------------------------------------------------------- */

static const char *const lines[] = {
	"set realm core address 127.0.0.1 media-ports 20000-29999",
	"set realm edge address 127.0.0.2 media-ports 30000-39999",
	"set realm core listener l transport tcp port 5060",
	"set realm edge listener l transport tcp port 5060",
	"set trunk a realm core profile generic-itsp",
	"set trunk a options-interval 0",
	"set trunk a target a1 address 127.0.0.11 port 6001 transport tcp",
	"set trunk b realm edge profile generic-itsp",
	"set trunk b options-interval 0",
	"set trunk b target b1 address 127.0.0.12 port 6002 transport tcp priority 1",
	"set trunk b target b2 address 127.0.0.13 port 6003 transport tcp priority 2",
	"set route 10 from a to b",
	"set route 20 from b to a",
};

static void set_line(const char *line)
{
	char bytes[512];
	struct text why;

	text_init(&why, bytes, sizeof(bytes) - 1);
	if (config_apply_line(world.config, slice_from_text(line), &why))
		fail_script("%s: %s", line, text_get_string(&why));
}

static void on_request(void *owner, uint64_t server_id, struct message *m,
		       const struct transport_origin *from)
{
	const struct config_trunk *trunk =
		peers_find_trunk(world.peers, world.policy->config, listeners[from->listener].realm,
				 &from->source, NULL);

	(void)owner;
	calls_handle_request(world.calls, server_id, m, from, trunk);
}

static void on_cancel(void *owner, uint64_t server_id, const struct message *m)
{
	(void)owner;
	(void)m;
	calls_handle_cancel(world.calls, server_id);
}

static void on_ack(void *owner, struct message *m, const struct transport_origin *from)
{
	(void)owner;
	(void)from;
	calls_handle_ack(world.calls, m);
}

static void on_unacknowledged(void *owner, uint64_t server_id)
{
	(void)owner;
	calls_handle_unacknowledged(world.calls, server_id);
}

static const struct transaction_callbacks callbacks = { on_request, on_cancel, on_ack,
							on_unacknowledged, NULL };

static void set_peer(unsigned i, char name, const char *host, uint16_t port, bool is_caller)
{
	memset(&world.peer[i], 0, sizeof(world.peer[i]));
	world.peer[i].name = name;
	world.peer[i].is_caller = is_caller;
	addr_parse(slice_from_text(host), port, &world.peer[i].addr);
}

static void read_settings(FILE *f)
{
	char line[1024];

	while (fgets(line, sizeof(line), f)) {
		if (strcmp(trim(line), "transport udp") == 0)
			world.kind = CONFIG_UDP;
		else if (strncmp(trim(line), "config ", 7) == 0)
			set_line(trim(line) + 7);
	}
	rewind(f);
}

static void open_world(FILE *f)
{
	struct calls_context context;

	clock_set_test(BEGAN_US);
	world.kind = CONFIG_TCP;
	world.sessions = world.branch = 0;
	assert_int_equal(config_create(&world.config), ERR_NONE);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		set_line(lines[i]);
	read_settings(f);
	config_resolve(world.config);
	for (unsigned i = 0; i < 2; i++) {
		listeners[i] = (struct transport_listener){ .kind = world.kind };
		snprintf(listeners[i].realm, sizeof(listeners[i].realm), i ? "edge" : "core");
		addr_parse(slice_from_text(i ? "127.0.0.2" : "127.0.0.1"), 5060,
			   &listeners[i].local);
		listeners[i].advertised = listeners[i].local;
	}
	set_peer(0, 'A', "127.0.0.11", 6001, true);
	set_peer(1, 'B', "127.0.0.12", 6002, false);
	set_peer(2, 'C', "127.0.0.13", 6003, false);
	assert_int_equal(loop_create(&world.loop), ERR_NONE);
	assert_int_equal(policy_create(world.config, 1, &world.policy), ERR_NONE);
	assert_int_equal(peers_create(&world.peers), ERR_NONE);
	assert_int_equal(peers_configure(world.peers, world.config), ERR_NONE);
	assert_int_equal(resolver_create(world.loop, NULL, &world.resolver), ERR_NONE);
	assert_int_equal(
		transactions_create(world.loop, NULL, 0, &callbacks, NULL, &world.transactions),
		ERR_NONE);
	context = (struct calls_context){ .loop = world.loop,
					  .transactions = world.transactions,
					  .resolver = world.resolver,
					  .peers = world.peers };
	assert_int_equal(calls_create(&context, &world.calls), ERR_NONE);
	calls_set_policy(world.calls, world.policy);
}

static void close_world(void)
{
	calls_destroy(world.calls);
	transactions_destroy(world.transactions);
	resolver_destroy(world.resolver);
	peers_destroy(world.peers);
	policy_unref(world.policy);
	loop_destroy(world.loop);
	for (unsigned i = 0; i < pending_count; i++)
		free(pending[i]);
	pending_count = 0;
	for (unsigned i = 0; i < PEERS; i++)
		while (world.peer[i].inbox_count)
			message_unref(world.peer[i].inbox[--world.peer[i].inbox_count]);
}

static void run_script(void **state)
{
	char path[512], line[1024];
	FILE *f;

	world.script = *state;
	world.line = 0;
	snprintf(path, sizeof(path), "tests/scenario/%s", world.script);
	f = fopen(path, "r");
	assert_non_null(f);
	open_world(f);
	while (fgets(line, sizeof(line), f)) {
		world.line++;
		if (strncmp(line, "transport ", 10) != 0 && strncmp(line, "config ", 7) != 0)
			run_line(line);
	}
	fclose(f);
	expect_state("none");
	assert_int_equal(world.sessions, 0);
	close_world();
}

static int is_script(const struct dirent *d)
{
	const char *end = strrchr(d->d_name, '.');

	return end && strcmp(end, ".txt") == 0;
}

int main(void)
{
	struct dirent **found = NULL;
	int count = scandir("tests/scenario", &found, is_script, alphasort);
	struct CMUnitTest *tests;
	int failed;

	if (count <= 0) {
		fputs("no script in tests/scenario; run from the top of the tree\n", stderr);
		return 1;
	}
	log_set_level(LOG_LEVEL_ERR);
	tests = calloc((size_t)count, sizeof(*tests));
	for (int i = 0; i < count; i++)
		tests[i] = (struct CMUnitTest){ found[i]->d_name, run_script, NULL, NULL,
						found[i]->d_name };
	failed = _cmocka_run_group_tests("scenarios", tests, (size_t)count, NULL, NULL);
	for (int i = 0; i < count; i++)
		free(found[i]);
	free(found);
	free(tests);
	return failed;
}
