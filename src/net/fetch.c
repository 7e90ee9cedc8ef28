/*
 * One request with libcurl's easy interface. Each call has a handle of its
 * own: callers are threads that rarely ask twice.
 *
 * The library is loaded by the first request: with all that it needs it costs
 * 4 MB, which a daemon without uplinks shall not pay.
 */
#include "net/fetch.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "base/mem.h"

#define REPLY_MAX (16 * 1024 * 1024)
#define CONNECT_MS 10000
#define LIBRARY "libcurl.so.4"

struct reply {
	const struct fetch *fetch;
	struct buf *bytes;
	size_t max;
	bool too_large, stopped;
};

#define FUNCTIONS \
	X(global_init) \
	X(easy_init) \
	X(easy_cleanup) \
	X(easy_setopt) \
	X(easy_perform) \
	X(easy_getinfo) \
	X(easy_strerror) \
	X(slist_append) \
	X(slist_free_all)

/* The macros of these names in curl.h are no concern of a pointer's. */
#undef curl_easy_setopt
#undef curl_easy_getinfo

static struct {
	bool there;
#define X(name) __typeof__(&curl_##name) name;
	FUNCTIONS
#undef X
} lib;

static void load_curl(void)
{
	void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	lib.there = handle != NULL;
#define X(name)                                                  \
	if (lib.there)                                           \
		*(void **)&lib.name = dlsym(handle, "curl_" #name); \
	lib.there = lib.there && lib.name;
	FUNCTIONS
#undef X
	if (lib.there)
		lib.global_init(CURL_GLOBAL_DEFAULT);
}

static size_t on_bytes(char *bytes, size_t size, size_t count, void *arg)
{
	struct reply *r = arg;
	struct str piece = { bytes, size * count };

	if (r->fetch->on_piece) {
		r->stopped = !r->fetch->on_piece(piece, r->fetch->arg);
		return r->stopped ? 0 : piece.len;
	}
	if (r->bytes->len + piece.len > r->max || !buf_add_str(r->bytes, piece)) {
		r->too_large = true;
		return 0;
	}
	return piece.len;
}

static struct curl_slist *headers_of(const struct fetch *f)
{
	/* No 100-continue: our own daemon takes bodies at once, others pause for it. */
	struct curl_slist *list = lib.slist_append(NULL, "Expect:");

	for (const char *const *h = f->headers; h && *h && list; h++) {
		struct curl_slist *longer = lib.slist_append(list, *h);

		if (!longer)
			lib.slist_free_all(list);
		list = longer;
	}
	return list;
}

static void set_method(CURL *curl, const struct fetch *f)
{
	struct str method = str_of(f->method ? f->method : "GET");

	if (str_is(method, "HEAD")) {
		lib.easy_setopt(curl, CURLOPT_NOBODY, 1L);
		return;
	}
	if (f->body.len > 0 || str_is(method, "POST") || str_is(method, "PUT")) {
		lib.easy_setopt(curl, CURLOPT_POSTFIELDS, f->body.len > 0 ? f->body.ptr : "");
		lib.easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)f->body.len);
	}
	lib.easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method.ptr);
}

/* No proxy of the environment can know our own daemon. */
static void spare_loopback(CURL *curl)
{
	const char *others = getenv("no_proxy");
	char list[2048];

	snprintf(list, sizeof(list), "localhost,127.0.0.1,::1,%s", others ? others : "");
	lib.easy_setopt(curl, CURLOPT_NOPROXY, list);
}

static int on_progress(void *arg, curl_off_t down_all, curl_off_t down, curl_off_t up_all,
    curl_off_t up)
{
	const struct fetch *f = arg;

	(void)down_all;
	(void)down;
	(void)up_all;
	(void)up;
	return atomic_load(f->cancelled);
}

static void set_cancel(CURL *curl, const struct fetch *f)
{
	if (!f->cancelled)
		return;
	lib.easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	lib.easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	lib.easy_setopt(curl, CURLOPT_XFERINFODATA, f);
}

static void set_options(CURL *curl, const struct fetch *f, struct reply *r)
{
	lib.easy_setopt(curl, CURLOPT_URL, f->url);
	lib.easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	lib.easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	lib.easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	lib.easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	lib.easy_setopt(curl, CURLOPT_USERAGENT, "platen/" PLATEN_VERSION);
	lib.easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	lib.easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)f->timeout_ms);
	lib.easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
	lib.easy_setopt(curl, CURLOPT_WRITEDATA, r);
	if (f->unix_socket) {
		lib.easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, f->unix_socket);
		lib.easy_setopt(curl, CURLOPT_PROXY, "");
	}
	if (f->ca_file)
		lib.easy_setopt(curl, CURLOPT_CAINFO, f->ca_file); /* CAPATH stays the system's */
	spare_loopback(curl);
	set_method(curl, f);
	set_cancel(curl, f);
}

static const struct {
	CURLcode code;
	enum err err;
} failures[] = {
	{ CURLE_URL_MALFORMAT, E_BAD_REQUEST },
	{ CURLE_UNSUPPORTED_PROTOCOL, E_BAD_REQUEST },
	{ CURLE_COULDNT_RESOLVE_HOST, E_UNREACHABLE },
	{ CURLE_COULDNT_RESOLVE_PROXY, E_UNREACHABLE },
	{ CURLE_PEER_FAILED_VERIFICATION, E_REFUSED },
	{ CURLE_SSL_CONNECT_ERROR, E_REFUSED },
	{ CURLE_SSL_CACERT_BADFILE, E_REFUSED },
	{ CURLE_ABORTED_BY_CALLBACK, E_CANCELLED },
};

/* A time-out before the connection stood is another thing than one after it. */
static enum err err_of(CURL *curl, CURLcode code)
{
	curl_off_t connected = 0;
	long os_errno = 0;

	for (size_t i = 0; i < COUNT_OF(failures); i++)
		if (failures[i].code == code)
			return failures[i].err;
	lib.easy_getinfo(curl, CURLINFO_CONNECT_TIME_T, &connected);
	lib.easy_getinfo(curl, CURLINFO_OS_ERRNO, &os_errno);
	if (code == CURLE_COULDNT_CONNECT)
		return os_errno == ECONNREFUSED || os_errno == ENOENT ? E_REFUSED : E_UNREACHABLE;
	return code == CURLE_OPERATION_TIMEDOUT && connected == 0 ? E_CONNECT_TIMEOUT : E_LOST;
}

static enum err judge(CURL *curl, CURLcode code, const struct reply *r, struct why *why)
{
	if (code == CURLE_OK || r->stopped)
		return E_OK;
	if (r->too_large)
		return why_fail(why, E_TOO_LARGE, "The reply is larger than %zu bytes", r->max);
	return why_fail(why, err_of(curl, code), "%s", lib.easy_strerror(code));
}

enum err fetch_run(const struct fetch *f, int *status, struct buf *reply, struct why *why)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct reply r = { .fetch = f, .bytes = reply, .max = REPLY_MAX };
	struct curl_slist *headers;
	long code = 0;
	CURL *curl;
	enum err err;

	if (f->max_bytes)
		r.max = f->max_bytes;
	pthread_once(&once, load_curl);
	if (!lib.there)
		return why_fail(why, E_UNSUPPORTED, LIBRARY " is not installed");
	curl = lib.easy_init();
	headers = headers_of(f);
	if (!curl || !headers) {
		err = why_fail(why, E_INTERNAL, "Out of memory");
		goto out;
	}
	set_options(curl, f, &r);
	lib.easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	err = judge(curl, lib.easy_perform(curl), &r, why);
	lib.easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
	if (status)
		*status = (int)code;
out:
	lib.slist_free_all(headers);
	lib.easy_cleanup(curl);
	return err;
}
