/* hash.c -- SipHash (Aumasson, Bernstein 2012) and an incrementally growing table. */
#include "common/hash.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/check.h"

enum { FIRST_SLOTS = 64, MOVE_STEP = 4 };

static uint64_t seed[2];
static pthread_once_t seed_once = PTHREAD_ONCE_INIT;

static void read_seed(void)
{
	if (seed[0] == 0 && seed[1] == 0)
		CHECK(getrandom(seed, sizeof(seed), 0) == sizeof(seed));
}

void hash_set_test_seed(uint64_t k0, uint64_t k1)
{
	seed[0] = k0;
	seed[1] = k1;
}

static uint64_t rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static void mix(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

uint64_t hash_bytes(const void *data, size_t len)
{
	const unsigned char *bytes = data;
	uint64_t v[4], word, tail = (uint64_t)len << 56;
	size_t whole = len & ~(size_t)7;

	pthread_once(&seed_once, read_seed);
	v[0] = seed[0] ^ 0x736f6d6570736575ULL;
	v[1] = seed[1] ^ 0x646f72616e646f6dULL;
	v[2] = seed[0] ^ 0x6c7967656e657261ULL;
	v[3] = seed[1] ^ 0x7465646279746573ULL;
	for (size_t i = 0; i < whole; i += 8) {
		memcpy(&word, bytes + i, sizeof(word));
		v[3] ^= word;
		mix(v);
		mix(v);
		v[0] ^= word;
	}
	for (size_t i = whole; i < len; i++)
		tail |= (uint64_t)bytes[i] << (8 * (i - whole));
	v[3] ^= tail;
	mix(v);
	mix(v);
	v[0] ^= tail;
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		mix(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t hash_slice(struct slice s)
{
	return hash_bytes(s.data, s.len);
}

uint64_t hash_u64(uint64_t value)
{
	return hash_bytes(&value, sizeof(value));
}

enum err hash_table_init(struct hash_table *t)
{
	memset(t, 0, sizeof(*t));
	t->slots = calloc(FIRST_SLOTS, sizeof(*t->slots));
	if (!t->slots)
		return ERR_MEMORY;
	t->slot_count = FIRST_SLOTS;
	return ERR_NONE;
}

void hash_table_fini(struct hash_table *t)
{
	free(t->slots);
	free(t->old_slots);
	memset(t, 0, sizeof(*t));
}

static void push(struct hash_node **slots, size_t slot_count, struct hash_node *node)
{
	struct hash_node **slot = &slots[node->hash & (slot_count - 1)];

	node->next = *slot;
	*slot = node;
}

static void move_some(struct hash_table *t)
{
	for (int i = 0; t->old_slots && i < MOVE_STEP; i++) {
		struct hash_node *node = t->old_slots[t->moved], *next;

		t->old_slots[t->moved++] = NULL;
		for (; node; node = next) {
			next = node->next;
			push(t->slots, t->slot_count, node);
		}
		if (t->moved == t->old_slot_count) {
			free(t->old_slots);
			t->old_slots = NULL;
			t->old_slot_count = t->moved = 0;
		}
	}
}

/* When memory is short the table stays as it is: slower, still right. */
static void grow(struct hash_table *t)
{
	struct hash_node **slots;

	if (t->old_slots || t->count < t->slot_count)
		return;
	slots = calloc(t->slot_count * 2, sizeof(*slots));
	if (!slots)
		return;
	t->old_slots = t->slots;
	t->old_slot_count = t->slot_count;
	t->moved = 0;
	t->slots = slots;
	t->slot_count *= 2;
}

void hash_table_add(struct hash_table *t, struct hash_node *node, uint64_t hash)
{
	grow(t);
	move_some(t);
	node->hash = hash;
	push(t->slots, t->slot_count, node);
	t->count++;
}

static bool unlink_from(struct hash_node **slots, size_t slot_count, struct hash_node *node)
{
	struct hash_node **at;

	if (!slots)
		return false;
	for (at = &slots[node->hash & (slot_count - 1)]; *at; at = &(*at)->next) {
		if (*at == node) {
			*at = node->next;
			node->next = NULL;
			return true;
		}
	}
	return false;
}

void hash_table_remove(struct hash_table *t, struct hash_node *node)
{
	bool found = unlink_from(t->slots, t->slot_count, node) ||
		     unlink_from(t->old_slots, t->old_slot_count, node);

	CHECK(found);
	t->count--;
}

static struct hash_node *find_in(struct hash_node *const *slots, size_t slot_count, uint64_t hash,
				 bool (*is_match)(const struct hash_node *, const void *),
				 const void *key)
{
	if (!slots)
		return NULL;
	for (struct hash_node *n = slots[hash & (slot_count - 1)]; n; n = n->next)
		if (n->hash == hash && is_match(n, key))
			return n;
	return NULL;
}

struct hash_node *hash_table_find(const struct hash_table *t, uint64_t hash,
				  bool (*is_match)(const struct hash_node *, const void *),
				  const void *key)
{
	struct hash_node *n = find_in(t->slots, t->slot_count, hash, is_match, key);

	return n ? n : find_in(t->old_slots, t->old_slot_count, hash, is_match, key);
}

static void visit_slots(struct hash_node **slots, size_t slot_count,
			void (*visit)(struct hash_node *, void *), void *arg)
{
	struct hash_node *next;

	for (size_t i = 0; i < slot_count; i++) {
		for (struct hash_node *n = slots[i]; n; n = next) {
			next = n->next;
			visit(n, arg);
		}
	}
}

void hash_table_visit(struct hash_table *t, void (*visit)(struct hash_node *, void *), void *arg)
{
	visit_slots(t->slots, t->slot_count, visit, arg);
	visit_slots(t->old_slots, t->old_slot_count, visit, arg);
}
