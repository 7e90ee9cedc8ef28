/*
 * The table of transports, made from transport.def.
 */
#include "base/mem.h"
#include "core/transport.h"

static const struct transport *const transports[] = {
#define TRANSPORT(name) &transport_##name,
#include "transport/transport.def"
#undef TRANSPORT
};

const struct transport *transport_at(size_t i)
{
	return i < COUNT_OF(transports) ? transports[i] : NULL;
}

const struct transport *transport_find(struct str scheme)
{
	for (size_t i = 0; i < COUNT_OF(transports); i++) {
		if (str_is_nocase(scheme, transports[i]->scheme))
			return transports[i];
	}
	return NULL;
}
