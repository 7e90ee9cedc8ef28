/* A certificate for the targets of net/, made once. */
#ifndef FUZZ_TLS_H
#define FUZZ_TLS_H

#include <unistd.h>

#include "fuzz.h"
#include "net/tls.h"

static inline const struct tls *fuzz_tls(void)
{
	static struct tls *tls;
	static const char *const names[] = { "localhost" };
	char dir[] = "/tmp/platen-fuzz-XXXXXX", cert[64], key[64], ca[64];

	if (tls)
		return tls;
	MUST(mkdtemp(dir));
	MUST(tls_make(dir, names, 1, NULL) == E_OK);
	snprintf(cert, sizeof(cert), "%s/leaf.pem", dir);
	snprintf(key, sizeof(key), "%s/leaf.key", dir);
	snprintf(ca, sizeof(ca), "%s/ca.pem", dir);
	MUST(tls_load(cert, key, &tls, NULL) == E_OK);
	unlink(cert);
	unlink(key);
	unlink(ca);
	rmdir(dir);
	return tls;
}

#endif
