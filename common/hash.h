/* hash.h -- intrusive hash table with a secret seed (SipHash-2-4), so that a
 * peer who chooses keys cannot choose collisions.  Grows in small steps: no
 * insert moves more than a few nodes, however many there are. */
#ifndef COMMON_HASH_H
#define COMMON_HASH_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/slice.h"

struct hash_node {
	struct hash_node *next;
	uint64_t hash;
};

struct hash_table {
	struct hash_node **slots, **old_slots;
	size_t slot_count, old_slot_count, moved, count;
};

/* SipHash-2-4 of the bytes under this process's secret. */
uint64_t hash_bytes(const void *data, size_t len);
uint64_t hash_slice(struct slice s);
uint64_t hash_u64(uint64_t value);
/* Tests only: a fixed seed instead of the random one. */
void hash_set_test_seed(uint64_t k0, uint64_t k1);

enum err hash_table_init(struct hash_table *t);
/* The nodes are the caller's. */
void hash_table_fini(struct hash_table *t);
void hash_table_add(struct hash_table *t, struct hash_node *node, uint64_t hash);
void hash_table_remove(struct hash_table *t, struct hash_node *node);
/* First node of that hash for which is_match(node, key) is true, or NULL. */
struct hash_node *hash_table_find(const struct hash_table *t, uint64_t hash,
				  bool (*is_match)(const struct hash_node *, const void *),
				  const void *key);
/* Calls visit for every node; visit may remove the node it is given. */
void hash_table_visit(struct hash_table *t, void (*visit)(struct hash_node *, void *),
		      void *arg);

#endif
