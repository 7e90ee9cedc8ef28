/* The table of backends' kinds, from uplink.def. */
#include "core/uplink.h"

static const struct uplink_kind *const kinds[] = {
#define UPLINK(name) &uplink_##name,
#include "front/uplink.def"
#undef UPLINK
};

const struct uplink_kind *uplink_kind_at(size_t i)
{
	return i < COUNT_OF(kinds) ? kinds[i] : NULL;
}
