/*
 * The configuration: blocks in libconfuse's syntax (its one home), checked
 * against option.def, as plain structures.
 *
 * A `struct config` is immutable once loaded; a reload makes a new one. It is
 * the user's file plus what the console, the API and the command line added,
 * which lives in STATE/added.conf in the same syntax; a name in both is the
 * user's file's.
 *
 * Each block of option.def is a `struct NAME_block` whose fields are its
 * options: `int64_t`, `bool`, `char *` (NULL when unset), `struct texts`, and
 * for an ENUM an int, the index into its choices.
 */
#ifndef CORE_CONFIG_H
#define CORE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct texts {
	char **items;
	size_t count;
};

enum block {
#define BLOCK(name, titled, help) BLOCK_##name,
#define INT(...)
#define BOOL(...)
#define TEXT(...)
#define LIST(...)
#define ENUM(...)
#include "core/option.def"
#undef BLOCK
#undef INT
#undef BOOL
#undef TEXT
#undef LIST
#undef ENUM
	BLOCKS
};

#define BLOCK_FIELDS                        \
	char *name;       /* title */       \
	const char *file; /* where it stands; NULL: built in */ \
	int line;                           \
	bool added;       /* from STATE/added.conf */ \
	uint32_t set[4];  /* bit per option of the block, in order of rows: given explicitly */

/* struct daemon_block, listen_block, printer_block, origin_block, uplink_block, token_block,
 * by option.def */
#include "core/config_blocks.h"

struct config {
	struct daemon_block daemon;
	struct listen_block *listens;
	size_t listen_count;
	struct printer_block *printers;
	size_t printer_count;
	struct origin_block *origins;
	size_t origin_count;
	struct uplink_block *uplinks;
	size_t uplink_count;
	struct token_block *tokens;
	size_t token_count;
	char *path;         /* the user's file, or NULL */
	struct texts files; /* all that was read; the `file` of a block points here */
	struct env *env;    /* of the listener that names an env-file; never NULL once loaded */
	char *env_path;     /* where it is, or NULL */
};

/*
 * Mistakes are collected, not just the first: one line each, "file:line: what"
 * ("file: what" when it concerns the file as a whole). A value outside its
 * range is a mistake too: falling back in silence helps nobody.
 */
struct mistakes {
	struct buf text;  /* cut at 64 KiB */
	unsigned count;
	struct why first; /* the first one, without its place; `field` is the option */
};

/* What the file must satisfy beyond option.def: the names of what exists. The
 * core cannot know the plug-ins, so the program hands in how to ask. */
struct config_checks {
	bool (*dialect_known)(const char *name);
	bool (*language_known)(const char *name);
	enum err (*uri_check)(const char *uri, struct why *why);
	/* Host names by which a dialect's listeners are always known, "a, b"; NULL: none. The
	 * function may be NULL. */
	const char *(*dialect_names)(const char *dialect);
	/* Whether its listeners may only be bound to loopback; NULL: none. */
	bool (*loopback_only)(const char *dialect);
	const char *dialects; /* "native, plato", for the sentence */
	const char *languages;
};

/*
 * Load `path` (NULL: built-in defaults) and STATE/added.conf (`state_dir` may
 * be NULL). NULL when there were mistakes; a broken added.conf is a mistake
 * too. Without a file, one listen block per dialect of `dialects` is made; with
 * a file, the native listener exists even if the file does not name it. A
 * listen block without a dialect speaks the one of its name.
 *
 * `mistakes` is initialised here and finished by the caller, also on success.
 * Loop thread only: libconfuse keeps global state while it parses.
 */
struct config *config_load(const char *path, const char *state_dir,
    const struct config_checks *checks, struct mistakes *mistakes);
void config_destroy(struct config *c);
void mistakes_finish(struct mistakes *m);

/*
 * Change STATE/added.conf: put a block (replacing one of the same name) or
 * remove it. `pairs` are option names and values, NULL-terminated (or NULL: no
 * option); a list's value is comma-separated. Checks like config_load and changes nothing on a
 * mistake (E_FIELD names the option). E_CONFLICT when the user's file has a
 * block of that name, E_NOT_FOUND when there is nothing to remove.
 */
enum err config_put(const char *path, const char *state_dir, const struct config_checks *checks,
    enum block block, const char *title, const char *const *pairs, struct why *why);
enum err config_remove(const char *state_dir, enum block block, const char *title,
    struct why *why);

/* As config_put, but of a block that was added before: options that `pairs` does
 * not name stay, those whose value is NULL go back to their default. */
enum err config_amend(const char *path, const char *state_dir, const struct config_checks *checks,
    enum block block, const char *title, const char *const *pairs, struct why *why);

/* Whether the file gives the option, rather than its default being used. */
bool config_given(enum block block, const void *fields, const char *option);

/* The table itself, for help, the man page and the settings form. */
enum option_type { OPTION_INT, OPTION_BOOL, OPTION_TEXT, OPTION_LIST, OPTION_ENUM };
struct option {
	enum block block;
	enum option_type type;
	const char *name, *fallback, *choices, *help; /* texts; choices for ENUM */
	int64_t low, high;
};
const struct option *option_at(size_t i); /* NULL past the end */
const char *block_name(enum block block);
const char *block_help(enum block block);

#endif
