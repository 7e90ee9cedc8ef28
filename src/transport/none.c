/*
 * No wire yet: a printer that was named before anybody knew where it is. Its
 * jobs wait until it has an address. What it will be may stand behind the
 * colon, for whoever asks (none:/tcp, none:/usb).
 */
#include "core/transport.h"

static enum err none_check(const struct uri *uri, struct why *why)
{
	if (uri->host.len)
		return why_field(why, "uri", E_FIELD, "none: names no host");
	return E_OK;
}

static enum err none_open(const struct uri *uri, const struct wire_options *o, struct wire **w,
    struct why *why)
{
	(void)uri;
	(void)o;
	(void)w;
	return why_fail(why, E_OFFLINE, "The printer has no address yet");
}

/* Nothing is ever open: there is no write, read or close. */
const struct transport transport_none = {
	.scheme = "none",
	.summary = "no address yet: jobs wait until there is one",
	.check = none_check,
	.open = none_open,
};
