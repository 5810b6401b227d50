/* hunt.c -- expanding a route into addresses, lazily: a name is resolved only when
 * everything before it has failed. */
#include "signaling/route/hunt.h"

#include <stdlib.h>
#include <string.h>

#include "common/random.h"

void hunt_init(struct hunt *h, const struct config *c, struct peers *peers,
	       struct resolver *resolver, hunt_fn *fn, void *arg)
{
	*h = (struct hunt){
		.config = c, .peers = peers, .resolver = resolver, .fn = fn, .arg = arg
	};
}

void hunt_fini(struct hunt *h)
{
	if (h->query)
		resolver_cancel(h->resolver, h->query);
	h->query = 0;
	free(h->places);
	free(h->last);
	h->places = h->last = NULL;
	h->place_count = h->last_count = h->target_count = 0;
	h->place_at = h->last_at = h->target_at = 0;
}

/* Draws one of the first `count` by weight (RFC 2782) and brings it to the front. */
static void draw(const struct config_target **list, unsigned count)
{
	const struct config_target *chosen;
	uint64_t sum = 0, at;
	unsigned i;

	for (i = 0; i < count; i++)
		sum += list[i]->weight;
	at = sum ? random_u64() % sum : 0;
	for (i = 0; i + 1 < count && at >= list[i]->weight; i++)
		at -= list[i]->weight;
	chosen = list[i];
	memmove(&list[1], &list[0], i * sizeof(list[0]));
	list[0] = chosen;
}

static int by_priority(const void *a, const void *b)
{
	const struct config_target *const *x = a, *const *y = b;

	return (*x)->priority < (*y)->priority ? -1 : (*x)->priority > (*y)->priority;
}

static void order_targets(const struct config_target **list, unsigned count)
{
	qsort(list, count, sizeof(list[0]), by_priority);
	for (unsigned i = 0; i < count; i++) {
		unsigned same = 1;

		while (i + same < count && list[i + same]->priority == list[i]->priority)
			same++;
		draw(&list[i], same);
	}
}

static void add_trunk(struct hunt *h, const struct config_trunk *trunk)
{
	unsigned first = h->target_count;

	if (trunk->admin == CONFIG_DISABLED)
		return;
	for (size_t i = 0; i < h->config->target_count && h->target_count < HUNT_TARGETS_MAX; i++)
		if (strcmp(h->config->target[i].object.parent, trunk->object.name) == 0)
			h->targets[h->target_count++] = &h->config->target[i];
	order_targets(&h->targets[first], h->target_count - first);
}

enum err hunt_start(struct hunt *h, const struct config_route *route)
{
	const char *rest = route->to;
	struct slice word;

	while (config_list_next(&rest, &word)) {
		char name[CONFIG_NAME_SIZE];
		const struct config_trunk *trunk;

		if (slice_copy_text(word, name, sizeof(name)))
			continue;
		trunk = config_find_trunk(h->config, name);
		if (trunk)
			add_trunk(h, trunk);
	}
	if (h->target_count == 0)
		return ERR_NOT_FOUND;
	h->places = calloc(HUNT_PLACES_MAX, sizeof(*h->places));
	h->last = calloc(HUNT_PLACES_MAX, sizeof(*h->last));
	return h->places && h->last ? ERR_NONE : ERR_MEMORY;
}

static void add_places(struct hunt *h, const struct config_target *target, const struct resolved *r)
{
	const struct config_trunk *trunk = config_find_trunk(h->config, target->object.parent);

	peers_set_addresses(h->peers, target->object.parent, target->object.name, r->addresses,
			    r->count);
	for (unsigned i = 0; trunk && i < r->count; i++) {
		struct hunt_place place = { trunk, target, r->addresses[i] };
		bool down = peers_get_state(h->peers, target->object.parent, target->object.name,
					    &place.address) == PEER_DOWN;

		if (down && h->last_count < HUNT_PLACES_MAX)
			h->last[h->last_count++] = place;
		else if (!down && h->place_count < HUNT_PLACES_MAX)
			h->places[h->place_count++] = place;
	}
}

static void on_resolved(void *arg, enum err e, const struct resolved *r)
{
	struct hunt *h = arg;
	const struct config_target *target = h->targets[h->target_at++];

	h->query = 0;
	if (!e)
		add_places(h, target, r);
	h->fn(h->arg);
}

static enum err resolve_next(struct hunt *h)
{
	const struct config_target *target = h->targets[h->target_at];
	struct resolved r;
	enum err e = resolver_lookup(h->resolver, target->address, (uint16_t)target->port,
				     (enum config_transport)target->transport, &r, on_resolved, h,
				     &h->query);

	if (e == ERR_BUSY)
		return ERR_BUSY;
	h->target_at++;
	if (!e)
		add_places(h, target, &r);
	return ERR_NONE;
}

enum err hunt_next(struct hunt *h, struct hunt_place *out)
{
	while (h->place_at == h->place_count && h->target_at < h->target_count)
		if (resolve_next(h) == ERR_BUSY)
			return ERR_BUSY;
	if (h->place_at < h->place_count)
		*out = h->places[h->place_at++];
	else if (h->last_at < h->last_count)
		*out = h->last[h->last_at++];
	else
		return ERR_NOT_FOUND;
	return ERR_NONE;
}

static unsigned drop_trunk(struct hunt_place *places, unsigned at, unsigned count,
			   const struct config_trunk *trunk)
{
	unsigned kept = at;

	for (unsigned i = at; i < count; i++)
		if (places[i].trunk != trunk)
			places[kept++] = places[i];
	return kept;
}

void hunt_skip_trunk(struct hunt *h, const struct config_trunk *trunk)
{
	unsigned kept = h->target_at;

	h->place_count = drop_trunk(h->places, h->place_at, h->place_count, trunk);
	h->last_count = drop_trunk(h->last, h->last_at, h->last_count, trunk);
	for (unsigned i = h->target_at; i < h->target_count; i++)
		if (strcmp(h->targets[i]->object.parent, trunk->object.name) != 0)
			h->targets[kept++] = h->targets[i];
	h->target_count = kept;
}

bool hunt_has_more(const struct hunt *h)
{
	return h->place_at < h->place_count || h->target_at < h->target_count ||
	       h->last_at < h->last_count;
}
