/*
 * The .env file: reading never fails, and a change is what is read afterwards
 * while every other key keeps its value.
 */
#include "core/env.h"

#include <string.h>

#include "fuzz.h"

static void check_edit(const struct env *before, struct str text, enum env_key key,
    const char *value)
{
	const char *const pairs[] = { env_name(key), value, NULL };
	struct env *after;
	struct buf out;
	struct why why;

	buf_init(&out, 2 * ENV_FILE_MAX);
	if (env_edit(text, pairs, &out, &why) == E_OK) {
		after = env_parse(buf_str(&out));
		MUST(!value || strcmp(env_text(after, key), value) == 0);
		MUST(value || !env_given(after, key));
		for (unsigned k = 0; k < ENV_KEYS; k++)
			MUST(k == (unsigned)key ||
			    strcmp(env_text(before, k), env_text(after, k)) == 0);
		env_destroy(after);
	} else {
		MUST(why.text[0]);
	}
	buf_finish(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct str text = { (const char *)bytes, size };
	struct env *e = env_parse(text);
	struct str item;
	int64_t n;
	char value[64];

	for (unsigned key = 0; key < ENV_KEYS; key++) {
		env_int(e, key, &n);
		env_bool(e, key);
		for (size_t i = 0; env_item(e, key, i, &item); i++)
			MUST(item.len);
		MUST(!env_given(e, key) ||
		    env_check(key, str_of(env_text(e, key)), NULL) == E_OK);
	}
	str_copy(value, sizeof value, str_head(text, sizeof value - 1));
	if (!memchr(value, '\0', size < sizeof value - 1 ? size : sizeof value - 1))
		check_edit(e, text, ENV_SERVICE_NAME, value);
	check_edit(e, text, ENV_LOCAL_PORT, "5006");
	check_edit(e, text, ENV_SERVICE_NAME, NULL);
	env_destroy(e);
	return 0;
}
