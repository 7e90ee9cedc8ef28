/* One row per kind; the first is the default. */
#include "model.h"

#include <stddef.h>
#include <string.h>

#define IDENTITY(maker_, product_) \
	.maker = (maker_), .product = (product_), .firmware = "1.00", .language = "", \
	.model_id = 0x20, .type_id = 0x02, .rom_id = 0x01

static const struct model models[] = {
	{ .name = "full", .summary = "answers everything", IDENTITY("PLATEN", "SIM-80"),
	  .width_dots = 576, .realtime = true, .queries = true, .asb = true, .fence = true },
	{ .name = "strict", .summary = "as full, and ignores what Epson ignores in mid line",
	  IDENTITY("EPSON", "TM-T88V"), .width_dots = 576, .realtime = true, .queries = true,
	  .asb = true, .fence = true, .strict = true },
	{ .name = "clone", .summary = "claims to be a TM-T88V, knows no GS ( H",
	  IDENTITY("EPSON", "TM-T88V"), .width_dots = 576, .realtime = true, .queries = true,
	  .asb = true },
	{ .name = "basic", .summary = "answers DLE EOT only", IDENTITY("", ""),
	  .width_dots = 576, .realtime = true },
	{ .name = "mute", .summary = "answers nothing at all", IDENTITY("", ""),
	  .width_dots = 576 },
	{ .name = "single", .summary = "as full, but resets a second connection",
	  IDENTITY("PLATEN", "SIM-80S"), .width_dots = 576, .realtime = true, .queries = true,
	  .asb = true, .fence = true, .one_connection = true },
	{ .name = "gbk", .summary = "for China: two-byte characters at power-on, no GS ( H",
	  IDENTITY("PLATEN", "SIM-80G"), .width_dots = 576, .realtime = true, .queries = true,
	  .asb = true, .two_byte = true },
	{ .name = "58mm", .summary = "narrow paper, 384 dots; DLE EOT and GS I",
	  IDENTITY("PLATEN", "SIM-58"), .width_dots = 384, .realtime = true, .queries = true },
};

const struct model *model_at(unsigned index)
{
	return index < sizeof models / sizeof models[0] ? &models[index] : NULL;
}

const struct model *model_find(const char *name)
{
	for (unsigned i = 0; i < sizeof models / sizeof models[0]; i++) {
		if (strcmp(models[i].name, name) == 0)
			return &models[i];
	}
	return NULL;
}
