/*
 * A walk over the values of a message that writes them again. Names are split
 * into words as people write them (apiKey, api_key, API-KEY), because a rule
 * that looks for "pin" anywhere would hide every shipping address.
 */
#include "core/redact.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sha.h"
#include "base/text.h"

#define WORD_MAX 32
#define CARD_MAX 19

/* --- names ------------------------------------------------------------------------ */

/* Wherever they stand in a name. */
static const char *const anywhere[] = {
	"password", "passwd", "passphrase", "secret", "token", "authorization", "apikey", "cvv",
	"cvc", "track", "card", "credential", "pincode", "pinblock",
};
/* As a word of its own. */
static const char *const words[] = { "key", "keys", "pin", "pan", "auth", "pwd", "pass" };

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_letter(char c)
{
	return lower(c) >= 'a' && lower(c) <= 'z';
}

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_listed(const char *word)
{
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

/* A word ends before a capital that follows a small letter. */
static bool has_word(struct str name)
{
	char word[WORD_MAX];
	size_t len = 0;

	for (size_t i = 0; i <= name.len; i++) {
		char c = i < name.len ? name.ptr[i] : '\0';
		bool begins = i && is_upper(c) && !is_upper(name.ptr[i - 1]);

		if ((!is_letter(c) || begins) && len) {
			word[len] = '\0';
			if (is_listed(word))
				return true;
			len = 0;
		}
		if (is_letter(c) && len < sizeof word - 1)
			word[len++] = lower(c);
	}
	return false;
}

static bool has_text(struct str name, const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i + len <= name.len; i++)
		if (str_is_nocase(str_head(str_from(name, i), len), text))
			return true;
	return false;
}

bool redact_is_secret(struct str name)
{
	for (size_t i = 0; i < COUNT_OF(anywhere); i++)
		if (has_text(name, anywhere[i]))
			return true;
	return has_word(name);
}

/* --- card numbers ---------------------------------------------------------------------- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t group_len(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && is_digit(text[n]))
		n++;
	return n;
}

/* The groups that begin here, joined, as long as they look like a card's: 4 digits
 * each but the last, or 4, 6, 5. Returns the bytes they take; 0: they do not. */
static size_t join_groups(const char *text, size_t len, char digits[static CARD_MAX + 1])
{
	size_t at = 0, count = 0, used = 0, n;

	while ((n = group_len(text + at, len - at)) && used + n <= CARD_MAX) {
		memcpy(digits + used, text + at, n);
		used += n;
		at += n;
		count++;
		if ((n != 4 && !(count == 2 && n == 6)) || at + 1 >= len ||
		    (text[at] != ' ' && text[at] != '-') || !is_digit(text[at + 1]))
			break;
		at++;
	}
	digits[used] = '\0';
	return count > 2 && used >= 13 ? at : 0;
}

static void mask_groups(char *text, size_t len)
{
	char digits[CARD_MAX + 1];
	size_t used, k = 0, taken;

	for (size_t i = 0; i < len; i += group_len(text + i, len - i) + 1) {
		taken = group_len(text + i, len - i) == 4 ? join_groups(text + i, len - i, digits)
							  : 0;
		if (!taken)
			continue;
		used = strlen(digits);
		text_mask_cards(digits, used);
		k = 0;
		for (size_t j = i; j < i + taken; j++)
			if (is_digit(text[j]))
				text[j] = digits[k++];
	}
}

void redact_cards(char *text, size_t len)
{
	text_mask_cards(text, len);
	mask_groups(text, len);
}

/* --- values ---------------------------------------------------------------------------- */

static void write_masked(struct json_w *w, struct str text)
{
	char *copy = mem_strndup(text.ptr ? text.ptr : "", text.len);

	redact_cards(copy, text.len);
	json_w_str(w, (struct str){ copy, text.len });
	free(copy);
}

static void write_omitted(struct json_w *w, struct str bytes)
{
	char hex[65];

	sha256_hex(bytes, hex);
	json_w_object(w);
	json_w_bool_field(w, "omitted", true);
	json_w_int_field(w, "bytes", (int64_t)bytes.len);
	json_w_text_field(w, "sha256", hex);
	json_w_object_end(w);
}

/* A number keeps its form, unless it is a card's. */
static void write_number(struct json_w *w, struct str source)
{
	char *copy = mem_strndup(source.ptr, source.len);

	redact_cards(copy, source.len);
	if (memchr(copy, '*', source.len))
		json_w_str(w, (struct str){ copy, source.len });
	else
		json_w_raw(w, source);
	free(copy);
}

static void write_value(struct json_w *w, const struct json *v);

static void write_member(struct json_w *w, const struct json *member)
{
	struct str name = json_key(member);

	write_masked(w, name);
	buf_add_byte(w->out, ':');
	w->comma = false;
	if (redact_is_secret(name))
		json_w_text(w, "***");
	else
		write_value(w, member);
}

static bool is_plain_list(const struct json *list)
{
	for (const struct json *v = json_first(list); v; v = json_next(v))
		if (json_is(v, JSON_ARRAY) || json_is(v, JSON_OBJECT))
			return false;
	return true;
}

static void write_list(struct json_w *w, const struct json *list)
{
	if (json_source(list).len > REDACT_WHOLE && is_plain_list(list)) {
		write_omitted(w, json_source(list));
		return;
	}
	json_w_array(w);
	for (const struct json *v = json_first(list); v; v = json_next(v))
		write_value(w, v);
	json_w_array_end(w);
}

static void write_object(struct json_w *w, const struct json *object)
{
	json_w_object(w);
	for (const struct json *v = json_first(object); v; v = json_next(v))
		write_member(w, v);
	json_w_object_end(w);
}

static void write_string(struct json_w *w, struct str text)
{
	if (text.len > REDACT_WHOLE)
		write_omitted(w, text);
	else
		write_masked(w, text);
}

static void write_value(struct json_w *w, const struct json *v)
{
	switch (json_type(v)) {
	case JSON_OBJECT:
		write_object(w, v);
		break;
	case JSON_ARRAY:
		write_list(w, v);
		break;
	case JSON_STRING:
		write_string(w, json_string(v));
		break;
	case JSON_NUMBER:
		write_number(w, json_source(v));
		break;
	default:
		json_w_raw(w, v ? json_source(v) : STR("null"));
	}
}

void redact_json(const struct json *v, struct buf *out)
{
	struct json_w w = json_w(out);

	write_value(&w, v);
}

void redact_text(struct str text, struct buf *out)
{
	struct json_w w = json_w(out);

	write_string(&w, text);
}

void redact_omit(struct str bytes, struct buf *out)
{
	struct json_w w = json_w(out);

	write_omitted(&w, bytes);
}
