#include "base/list.h"
#include "unit.h"

struct item {
	int n;
	struct list node;
};

static void expect(struct list *head, const char *digits)
{
	size_t i = 0;
	LIST_EACH(head, node)
		assert_int_equal(LIST_OF(node, struct item, node)->n, digits[i++] - '0');
	assert_int_equal(i, strlen(digits));
}

static void test_order(void **state)
{
	struct list head;
	struct item a = { 1, { 0 } }, b = { 2, { 0 } }, c = { 3, { 0 } };
	list_init(&head);
	assert_true(list_empty(&head));
	assert_false(list_linked(&a.node));
	list_append(&head, &b.node);
	list_append(&head, &c.node);
	list_prepend(&head, &a.node);
	expect(&head, "123");
	assert_true(list_linked(&a.node));
	list_remove(&b.node);
	assert_false(list_linked(&b.node));
	expect(&head, "13");
	list_insert(&c.node, &b.node);
	expect(&head, "123");
}

static void test_removal_while_walking(void **state)
{
	struct list head;
	struct item items[5];
	list_init(&head);
	for (int i = 0; i < 5; i++) {
		items[i].n = i;
		list_append(&head, &items[i].node);
	}
	LIST_EACH(&head, node)
		if (LIST_OF(node, struct item, node)->n % 2 == 0)
			list_remove(node);
	expect(&head, "13");
}

static void test_pop_and_splice(void **state)
{
	struct list to, from;
	struct item a = { 1, { 0 } }, b = { 2, { 0 } }, c = { 3, { 0 } };
	list_init(&to);
	list_init(&from);
	list_splice(&to, &from);
	assert_true(list_empty(&to));
	list_append(&to, &a.node);
	list_append(&from, &b.node);
	list_append(&from, &c.node);
	list_splice(&to, &from);
	assert_true(list_empty(&from));
	expect(&to, "123");
	assert_ptr_equal(list_pop(&to), &a.node);
	assert_ptr_equal(list_pop(&to), &b.node);
	assert_ptr_equal(list_pop(&to), &c.node);
	assert_null(list_pop(&to));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_removal_while_walking),
		cmocka_unit_test(test_pop_and_splice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
