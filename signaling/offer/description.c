/* description.c -- reading a session description without trusting it.
 *
 * Tolerated, because it is met: LF line ends, blank lines at the end, missing s= and
 * t=, origins with blanks in the user name, versions of any length. */
#include "signaling/offer/description.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *text;
	uint8_t protocol;
} protocols[] = {
	{ "RTP/AVP", PROTOCOL_AVP },   { "RTP/AVPF", PROTOCOL_AVPF },
	{ "RTP/SAVP", PROTOCOL_SAVP }, { "RTP/SAVPF", PROTOCOL_SAVPF },
	{ "udptl", PROTOCOL_UDPTL },
};

static const char *const direction_names[] = {
	[DIRECTION_INACTIVE] = "inactive",
	[DIRECTION_SEND] = "sendonly",
	[DIRECTION_RECEIVE] = "recvonly",
	[DIRECTION_BOTH] = "sendrecv",
};

bool description_next_line(struct slice *rest, struct slice *out_line)
{
	struct slice line;

	if (rest->len == 0)
		return false;
	line = slice_take_until(rest, '\n');
	if (line.len && line.data[line.len - 1] == '\r')
		line.len--;
	*out_line = line;
	return true;
}

bool description_next_word(struct slice *rest, struct slice *out_word)
{
	size_t len = 0;

	*rest = slice_trim(*rest);
	if (rest->len == 0)
		return false;
	while (len < rest->len && rest->data[len] != ' ' && rest->data[len] != '\t')
		len++;
	*out_word = (struct slice){ rest->data, len };
	rest->data += len;
	rest->len -= len;
	return true;
}

bool description_next_attribute(struct slice *rest, const char *name, struct slice *out_value)
{
	struct slice line;

	while (description_next_line(rest, &line)) {
		struct slice word;

		if (!slice_has_prefix(line, "a="))
			continue;
		line.data += 2;
		line.len -= 2;
		word = slice_take_until(&line, ':');
		if (!slice_is_text(slice_trim(word), name))
			continue;
		*out_value = line;
		return true;
	}
	return false;
}

bool description_find_attribute(struct slice lines, const char *name, struct slice *out_value)
{
	return description_next_attribute(&lines, name, out_value);
}

bool description_is_rtp(const struct description_stream *s)
{
	return s->protocol >= PROTOCOL_AVP && s->protocol <= PROTOCOL_SAVPF;
}

bool description_is_secure(const struct description_stream *s)
{
	return s->protocol == PROTOCOL_SAVP || s->protocol == PROTOCOL_SAVPF;
}

uint8_t direction_mirror(uint8_t direction)
{
	return (uint8_t)((direction & DIRECTION_SEND ? DIRECTION_RECEIVE : 0) |
			 (direction & DIRECTION_RECEIVE ? DIRECTION_SEND : 0));
}

const char *direction_name(uint8_t direction)
{
	return direction_names[direction & DIRECTION_BOTH];
}

static uint8_t find_protocol(struct slice text)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (slice_is_text_nocase(text, protocols[i].text))
			return protocols[i].protocol;
	return PROTOCOL_OTHER;
}

/* The last direction attribute counts; without one the fallback (RFC 8866 6.7). */
static uint8_t read_direction(struct slice lines, uint8_t fallback)
{
	struct slice line;

	while (description_next_line(&lines, &line)) {
		for (uint8_t d = DIRECTION_INACTIVE; d <= DIRECTION_BOTH; d++)
			if (slice_has_prefix(line, "a=") &&
			    slice_is_text(slice_trim((struct slice){ line.data + 2, line.len - 2 }),
					  direction_names[d]))
				fallback = d;
	}
	return fallback;
}

/* "IN IP4 192.0.2.1/127": a host name or a group is no place to send a call to. */
static bool read_address(struct slice words, uint16_t port, struct addr *out_addr)
{
	struct slice net, family, host;

	if (!description_next_word(&words, &net) || !description_next_word(&words, &family) ||
	    !description_next_word(&words, &host) || !slice_is_text_nocase(net, "IN"))
		return false;
	host = slice_take_until(&host, '/');
	if (addr_parse(host, port, out_addr))
		return false;
	if (addr_is_ipv6(out_addr))
		return !IN6_IS_ADDR_MULTICAST(&out_addr->in6.sin6_addr);
	return !IN_MULTICAST(ntohl(out_addr->in4.sin_addr.s_addr));
}

static bool find_connection(struct slice lines, struct slice *out_value)
{
	struct slice line;

	while (description_next_line(&lines, &line)) {
		if (!slice_has_prefix(line, "c="))
			continue;
		*out_value = (struct slice){ line.data + 2, line.len - 2 };
		return true;
	}
	return false;
}

/* RFC 3605; without it the next port (RFC 3550 11), with mux the same (RFC 5761). */
static void read_rtcp(struct description_stream *s)
{
	struct slice value, word;
	uint64_t port;

	if (!addr_is_set(&s->rtp))
		return;
	s->rtcp = s->rtp;
	if (s->port < UINT16_MAX)
		addr_set_port(&s->rtcp, (uint16_t)(s->port + 1));
	if (!description_find_attribute(s->lines, "rtcp", &value) ||
	    !description_next_word(&value, &word) || slice_parse_u64(word, UINT16_MAX, &port) ||
	    !port)
		return;
	addr_set_port(&s->rtcp, (uint16_t)port);
	if (slice_trim(value).len) {
		struct addr own;

		if (read_address(value, (uint16_t)port, &own) && !addr_is_any(&own))
			s->rtcp = own;
	}
}

static void read_transport(const struct description *d, struct description_stream *s)
{
	struct slice value, flag;
	struct addr a;

	s->is_muxed = description_find_attribute(s->lines, "rtcp-mux", &flag);
	s->direction = read_direction(s->lines, read_direction(d->session_lines, DIRECTION_BOTH));
	if (!find_connection(s->lines, &value) && !find_connection(d->session_lines, &value))
		return;
	if (!read_address(value, s->port, &a))
		return;
	if (addr_is_any(&a)) {
		/* RFC 2543 hold: the peer does not want to receive (RFC 3264 8.4). */
		s->direction &= DIRECTION_SEND;
		s->rtp = a;
		return;
	}
	s->rtp = a;
	read_rtcp(s);
}

/* "audio 49170/2 RTP/AVP 0 8" */
static bool read_media_line(struct slice line, struct description_stream *s)
{
	struct slice port_text;
	uint64_t port;

	if (!description_next_word(&line, &s->media) || !description_next_word(&line, &port_text) ||
	    !description_next_word(&line, &s->protocol_text))
		return false;
	port_text = slice_take_until(&port_text, '/');
	if (slice_parse_u64(port_text, UINT16_MAX, &port))
		return false;
	s->port = (uint16_t)port;
	s->protocol = find_protocol(s->protocol_text);
	s->formats = slice_trim(line);
	return s->formats.len > 0;
}

static enum err fail(struct text *why, enum err e, const char *sentence)
{
	text_put_string(why, sentence);
	return e;
}

/* First pass: every line is "x=...", the first is v=0; how many streams are there? */
static enum err check_lines(struct slice text, unsigned *out_streams, struct text *why)
{
	struct slice line;
	unsigned streams = 0;
	bool is_first = true;

	while (description_next_line(&text, &line)) {
		if (line.len == 0 && slice_trim(text).len == 0)
			break;
		if (is_first && !slice_is_text(slice_trim(line), "v=0"))
			return fail(why, ERR_SYNTAX, "the body does not begin with v=0");
		is_first = false;
		if (line.len < 2 || line.data[0] < 'a' || line.data[0] > 'z' || line.data[1] != '=')
			return fail(why, ERR_SYNTAX, "a line of the description is not x=...");
		if (line.len > DESCRIPTION_LINE_MAX)
			return fail(why, ERR_TOO_LONG, "a line of the description is too long");
		if (line.data[0] == 'm' && ++streams > DESCRIPTION_STREAMS_MAX)
			return fail(why, ERR_LIMIT, "the description has too many media streams");
	}
	if (is_first)
		return fail(why, ERR_SYNTAX, "the body is empty");
	*out_streams = streams;
	return ERR_NONE;
}

static bool has_control_bytes(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c < ' ' && c != '\t' && c != '\r' && c != '\n')
			return true;
	}
	return false;
}

/* Second pass: where the sections begin and end. */
static bool cut_sections(struct description *d)
{
	struct slice rest = d->text, line;
	struct slice *section = &d->session_lines;

	*section = (struct slice){ rest.data, 0 };
	while (description_next_line(&rest, &line)) {
		if (slice_has_prefix(line, "m=")) {
			struct description_stream *s = &d->streams[d->stream_count++];

			if (!read_media_line((struct slice){ line.data + 2, line.len - 2 }, s))
				return false;
			section = &s->lines;
			*section = (struct slice){ rest.data, 0 };
			continue;
		}
		if (slice_has_prefix(line, "o=") && d->stream_count == 0)
			d->origin = line;
		section->len = (size_t)(line.data + line.len - section->data);
		if (line.data + line.len < d->text.data + d->text.len)
			section->len++;
	}
	return true;
}

static struct description *create(struct slice body, unsigned streams)
{
	size_t size = sizeof(struct description) + streams * sizeof(struct description_stream);
	struct description *d = calloc(1, size + body.len);

	if (!d)
		return NULL;
	memcpy((char *)d + size, body.data, body.len);
	d->text = (struct slice){ (char *)d + size, body.len };
	return d;
}

enum err description_parse(struct slice body, struct description **out_description,
			   struct text *why)
{
	struct description *d;
	unsigned streams = 0;
	enum err e;

	if (body.len > DESCRIPTION_BODY_MAX)
		return fail(why, ERR_TOO_LONG, "the description is longer than 16384 bytes");
	if (has_control_bytes(body))
		return fail(why, ERR_SYNTAX, "the description has control characters");
	e = check_lines(body, &streams, why);
	if (e)
		return e;
	d = create(body, streams);
	if (!d)
		return ERR_MEMORY;
	if (!cut_sections(d)) {
		description_destroy(d);
		return fail(why, ERR_SYNTAX, "an m= line is malformed");
	}
	for (unsigned i = 0; i < d->stream_count; i++)
		read_transport(d, &d->streams[i]);
	*out_description = d;
	return ERR_NONE;
}

void description_destroy(struct description *d)
{
	if (!d)
		return;
	/* The text may hold SRTP keys. */
	explicit_bzero((char *)(uintptr_t)d->text.data, d->text.len);
	free(d);
}
