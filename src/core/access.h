/*
 * Access: who is asking, and may they?
 *
 * Pages are known by their Origin, programs by a bearer token, local programs
 * by both ends being loopback, the administrator by the control socket.
 * Nothing is trusted for where it comes from. The rules are those of the
 * contract's front door (Host, Origin, token, capability); this module judges
 * facts, it reads no socket. Loop thread only.
 */
#ifndef CORE_ACCESS_H
#define CORE_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/uri.h"
#include "core/config.h"

/* Bits of a set of capabilities. */
enum capability {
	CAP_PRINT = 1 << 0,
	CAP_STATUS = 1 << 1,
	CAP_DRAWER = 1 << 2,
	CAP_PERIPHERALS = 1 << 3,
	CAP_PAY = 1 << 4,
	CAP_RAW = 1 << 5,
	CAP_ADMIN = 1 << 6,
};
#define CAP_ALL 0x7f
/* One name ("print"); 0 if unknown. */
unsigned capability_parse(struct str name);
const char *capability_name(unsigned bit);
/* "print, status" for people; out has at least 96 bytes. */
void capability_format(unsigned set, char out[static 96]);

/* Pages of our own. */
enum page_set { PAGES_CONSOLE, PAGES_VIEWER, PAGE_SETS };

enum caller_kind {
	CALLER_NOBODY,
	CALLER_LOCAL,
	CALLER_PAGE,
	CALLER_TOKEN,
	CALLER_ADMIN,
	CALLER_CONSOLE,
	CALLER_REMOTE,          /* a cloud that we called: rights of its own */
};

struct caller {
	enum caller_kind kind;
	unsigned allow;
	/* "local", "admin", "origin:https://pos.example", "token:backoffice" */
	char principal[128];
	char origin[320];       /* canonical; "" without one. Goes into CORS headers */
	bool cors;              /* the origin is granted: CORS headers are due */
	char token[64];         /* name of the token it came with; "": none */
	/* The grant's and the token's lists: NULL or empty is all, and both count.
	 * Valid until the next access_load. */
	const struct texts *printers, *token_printers;
};

/* The facts of one request, gathered by the door. */
struct approach {
	const struct listen_block *listen; /* NULL on the control socket */
	bool control;            /* STATE/control.sock */
	bool uid_allowed;        /* ... and its peer is root or our user */
	bool loopback;           /* both ends are loopback */
	struct ip local_ip;      /* our end, for the Host rule */
	uint16_t local_port;     /* ... and the port, by which our own console is known */
	unsigned hosts;          /* number of Host headers */
	struct str host;
	unsigned origins;
	struct str origin;
	struct str fetch_site;   /* Sec-Fetch-Site */
	bool navigation;         /* Sec-Fetch-Mode: navigate */
	bool proxied;            /* Forwarded, X-Forwarded-For or Via is there */
	struct str authorization;
	bool token_always;       /* a dialect that trusts nobody without a token */
	bool open;               /* a route that answers any origin (hello, platen.js) */
	bool page;               /* a static page: navigations may load it */
};

struct access;
struct access *access_create(void);
void access_destroy(struct access *a);
/* Take over grants and tokens of a new configuration (kept by reference: it
 * must live until the next access_load or access_destroy). Refused origins that
 * are granted now are forgotten. */
void access_load(struct access *a, const struct config *c);

/*
 * Host and Origin: steps 2 and 3 of the front door. E_BAD_REQUEST, E_HOST,
 * E_ORIGIN; E_NOT_ALLOWED for a stranger on the control socket. On E_OK
 * `caller` says who it is as far as that is known without a token, and whether
 * CORS headers are due: they are on every later refusal too.
 */
enum err access_enter(struct access *a, const struct approach *in, struct caller *caller,
    struct why *why);
/*
 * The token, step 6: completes `caller`. E_UNAUTHORIZED when one is needed and
 * missing, and whenever a bearer token is given and unknown. A local program
 * with a token has the token's rights, a page the intersection of both, our
 * console the token's (that is its login). Open routes and static pages need
 * none.
 */
enum err access_identify(struct access *a, const struct approach *in, struct caller *caller,
    struct why *why);
/* Step 7. 0 asks for nothing. E_NOT_ALLOWED "Not allowed: drawer". */
enum err access_require(struct access *a, const struct caller *caller, unsigned capability,
    struct why *why);
/*
 * After a reload: whether who came by `in` (its Host is not asked again) still
 * may, with what rights now. False: the grant or the token has gone.
 */
bool access_renew(struct access *a, const struct approach *in, struct caller *caller);
bool access_printer(const struct caller *caller, const char *printer);

/*
 * Refused origins, so that an administrator sees who knocked: the latest 64,
 * with what they wanted. `wanted` is the capability of the path asked for.
 */
void access_note_refused(struct access *a, struct str origin, unsigned wanted);
struct refused {
	char origin[320];
	unsigned wanted;
	int64_t first, last; /* wall */
	uint64_t count;
};
/* Newest first; NULL at the end. */
const struct refused *access_refused_at(const struct access *a, size_t i);

/* A new token: 32 random bytes as base64url (44 bytes incl. NUL) and its SHA-256 in hex. */
void access_make_token(char token[static 64], char sha256_hex[static 65]);

#endif
