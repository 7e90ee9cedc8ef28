/*
 * The blocks of the configuration as structures: option.def is read once per
 * block, and a row becomes a field only while its own block is OPEN (KEEP
 * expands to its field when `OPEN_block` is a macro that brings a comma, and to
 * nothing when it is merely a name). For core/config.h alone.
 */
#ifndef CORE_CONFIG_BLOCKS_H
#define CORE_CONFIG_BLOCKS_H

#define THIRD(a, b, c, ...) c
#define KEEP(open, field) THIRD(open, field, , )
#define INT(block, field, ...) KEEP(OPEN_##block, int64_t field;)
#define BOOL(block, field, ...) KEEP(OPEN_##block, bool field;)
#define TEXT(block, field, ...) KEEP(OPEN_##block, char *field;)
#define LIST(block, field, ...) KEEP(OPEN_##block, struct texts field;)
#define ENUM(block, field, ...) KEEP(OPEN_##block, int field;)

/* What all blocks begin with. */
struct block_head {
	BLOCK_FIELDS
};

#define OPEN_daemon ,
struct daemon_block {
	BLOCK_FIELDS
#include "core/option.def"
};
#undef OPEN_daemon

#define OPEN_listen ,
struct listen_block {
	BLOCK_FIELDS
#include "core/option.def"
};
#undef OPEN_listen

#define OPEN_printer ,
struct printer_block {
	BLOCK_FIELDS
#include "core/option.def"
};
#undef OPEN_printer

#define OPEN_origin ,
struct origin_block {
	BLOCK_FIELDS
#include "core/option.def"
};
#undef OPEN_origin

#define OPEN_uplink ,
struct uplink_block {
	BLOCK_FIELDS
#include "core/option.def"
};
#undef OPEN_uplink

#define OPEN_token ,
struct token_block {
	BLOCK_FIELDS
#include "core/option.def"
};
#undef OPEN_token

#undef THIRD
#undef KEEP
#undef INT
#undef BOOL
#undef TEXT
#undef LIST
#undef ENUM

#endif
