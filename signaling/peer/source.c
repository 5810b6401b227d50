/* source.c -- whose request is it, and is there room for its call? */
#include <string.h>

#include "common/clock.h"
#include "signaling/peer/internal.h"

static bool list_has_address(const char *list, const struct addr *source)
{
	struct slice word;

	while (config_list_next(&list, &word)) {
		struct slice host = slice_take_until(&word, '/');
		struct addr prefix;
		uint64_t bits;

		if (addr_parse(host, 0, &prefix))
			continue;
		if (slice_parse_u64(word, 128, &bits))
			bits = addr_is_ipv6(&prefix) ? 128 : 32;
		if (addr_is_in_prefix(source, &prefix, (unsigned)bits))
			return true;
	}
	return false;
}

static bool identity_has(const struct transport_identity *identity, const char *name)
{
	for (unsigned i = 0; identity && i < identity->count; i++)
		if (strcasecmp(identity->names[i], name) == 0)
			return true;
	return false;
}

static bool targets_match(struct peers *p, const char *trunk, const struct addr *source,
			  const struct transport_identity *identity)
{
	struct peer_trunk *owner = peers_find(p, trunk);

	if (!owner)
		return false;
	LIST_FOR_EACH(node, &owner->targets)
	{
		struct peer_target *t = CONTAINER_OF(node, struct peer_target, node);

		if (identity_has(identity, t->host))
			return true;
		for (unsigned i = 0; i < t->count; i++)
			if (addr_is_same_host(&t->addresses[i].addr, source))
				return true;
	}
	return false;
}

const struct config_trunk *peers_find_trunk(struct peers *p, const struct config *c,
					    const char *realm, const struct addr *source,
					    const struct transport_identity *identity)
{
	const struct config_trunk *found = NULL;

	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < c->trunk_count && !found; i++) {
		const struct config_trunk *t = &c->trunk[i];

		if (strcmp(t->realm, realm) != 0 || t->admin == CONFIG_DISABLED)
			continue;
		if (t->sources[0] ? list_has_address(t->sources, source)
				  : targets_match(p, t->object.name, source, identity))
			found = t;
	}
	pthread_mutex_unlock(&p->lock);
	return found;
}

/* --- counting calls ------------------------------------------------------ */

static bool rate_is_used_up(struct peer_trunk *t, unsigned rate)
{
	int64_t second = clock_now_us() / CLOCK_SECONDS(1);

	if (t->rate_second != second) {
		t->rate_second = second;
		t->rate_count = 0;
	}
	return t->rate_count++ >= rate;
}

enum err peers_take_call(struct peers *p, const struct config *c, const char *trunk,
			 bool counts_rate)
{
	const struct config_limit *limit = config_find_limit(c, trunk);
	struct peer_trunk *t;
	enum err e = ERR_NONE;

	pthread_mutex_lock(&p->lock);
	t = peers_find(p, trunk);
	if (!t)
		e = ERR_NOT_FOUND;
	else if (limit && limit->calls && t->calls >= limit->calls)
		e = ERR_LIMIT;
	else if (counts_rate && limit && limit->rate && rate_is_used_up(t, limit->rate))
		e = ERR_LIMIT;
	else
		t->calls++;
	pthread_mutex_unlock(&p->lock);
	return e;
}

void peers_give_call(struct peers *p, const char *trunk)
{
	struct peer_trunk *t;

	pthread_mutex_lock(&p->lock);
	t = peers_find(p, trunk);
	if (t && t->calls)
		t->calls--;
	pthread_mutex_unlock(&p->lock);
}
