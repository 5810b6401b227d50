/* test_hash.c -- common/hash: SipHash-2-4 and the table that grows in small steps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "common/hash.h"
#include "common/list.h"

enum { MANY = 20000 };

struct entry {
	struct hash_node node;
	unsigned key;
	bool seen;
};

static bool is_key(const struct hash_node *n, const void *key)
{
	return CONTAINER_OF_CONST(n, struct entry, node)->key == *(const unsigned *)key;
}

static struct entry *find(const struct hash_table *t, unsigned key)
{
	struct hash_node *n = hash_table_find(t, hash_u64(key), is_key, &key);

	return n ? CONTAINER_OF(n, struct entry, node) : NULL;
}

/* Aumasson, Bernstein: SipHash, appendix A: key 00..0f, message 00..0e. */
static void computes_siphash_as_its_paper_does(void **state)
{
	unsigned char message[15];

	(void)state;
	hash_set_test_seed(0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL);
	for (unsigned i = 0; i < sizeof(message); i++)
		message[i] = (unsigned char)i;
	assert_true(hash_bytes(message, sizeof(message)) == 0xa129ca6149be45e5ULL);
	assert_true(hash_bytes("", 0) == 0x726fdb47dd0e0e31ULL);
}

static void finds_every_node_while_it_grows_and_shrinks(void **state)
{
	struct entry *entries = calloc(MANY, sizeof(*entries));
	struct hash_table t;

	(void)state;
	assert_non_null(entries);
	assert_int_equal(hash_table_init(&t), ERR_NONE);
	for (unsigned i = 0; i < MANY; i++) {
		entries[i].key = i;
		assert_null(find(&t, i));
		hash_table_add(&t, &entries[i].node, hash_u64(i));
		assert_ptr_equal(find(&t, i), &entries[i]);
		assert_ptr_equal(find(&t, i / 2), &entries[i / 2]);
	}
	assert_int_equal(t.count, MANY);
	for (unsigned i = 0; i < MANY; i += 2)
		hash_table_remove(&t, &entries[i].node);
	for (unsigned i = 0; i < MANY; i++)
		assert_ptr_equal(find(&t, i), i % 2 ? &entries[i] : NULL);
	hash_table_fini(&t);
	free(entries);
}

static void see(struct hash_node *n, void *arg)
{
	struct entry *e = CONTAINER_OF(n, struct entry, node);

	assert_false(e->seen);
	e->seen = true;
	if (arg && e->key % 3 == 0)
		hash_table_remove(arg, n);
}

static void visits_each_node_once_and_lets_it_go(void **state)
{
	enum { COUNT = 100 }; /* in the middle of the first growth */
	struct entry entries[COUNT] = { 0 };
	struct hash_table t;

	(void)state;
	assert_int_equal(hash_table_init(&t), ERR_NONE);
	for (unsigned i = 0; i < COUNT; i++) {
		entries[i].key = i;
		hash_table_add(&t, &entries[i].node, hash_u64(i));
	}
	hash_table_visit(&t, see, &t);
	for (unsigned i = 0; i < COUNT; i++) {
		assert_true(entries[i].seen);
		assert_int_equal(find(&t, i) == NULL, i % 3 == 0);
	}
	hash_table_fini(&t);
}

static void nodes_with_the_same_hash_are_told_apart(void **state)
{
	struct entry a = { .key = 1 }, b = { .key = 2 };
	struct hash_table t;
	unsigned key = 1;

	(void)state;
	assert_int_equal(hash_table_init(&t), ERR_NONE);
	hash_table_add(&t, &a.node, 77);
	hash_table_add(&t, &b.node, 77);
	assert_ptr_equal(hash_table_find(&t, 77, is_key, &key), &a.node);
	hash_table_remove(&t, &a.node);
	assert_null(hash_table_find(&t, 77, is_key, &key));
	key = 2;
	assert_ptr_equal(hash_table_find(&t, 77, is_key, &key), &b.node);
	hash_table_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(computes_siphash_as_its_paper_does),
		cmocka_unit_test(finds_every_node_while_it_grows_and_shrinks),
		cmocka_unit_test(visits_each_node_once_and_lets_it_go),
		cmocka_unit_test(nodes_with_the_same_hash_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
