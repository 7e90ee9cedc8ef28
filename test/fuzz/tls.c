/*
 * A TLS session with a real client in memory. The input is a row of steps:
 * what the client says, in which pieces it arrives, and where it is damaged.
 * Undamaged bytes must arrive as they were sent; after damage the session must
 * stay refused. Nothing may be delivered before the handshake is complete.
 */
#include <openssl/ssl.h>
#include <string.h>

#include "base/buf.h"
#include "fuzz_tls.h"

enum step {
	STEP_HANDSHAKE,
	STEP_WRITE,    /* the client writes n bytes */
	STEP_DELIVER,  /* what it wrote arrives, in pieces of n bytes */
	STEP_DAMAGE,   /* the next delivery's byte n is changed */
	STEP_REPLY,    /* the server writes n bytes */
	STEP_RAW,      /* n bytes of the input arrive as they are */
	STEP_END,      /* either side says close_notify */
	STEP_LOSE,     /* the connection takes nothing any more */
	STEPS
};

struct pair {
	struct tls_session *server;
	SSL *client;
	struct buf said, heard;
	bool damage, damaged, lost;
	size_t damage_at;
};

static SSL_CTX *ctx;

static bool to_client(void *arg, const void *bytes, size_t len)
{
	struct pair *p = arg;

	return !p->lost && BIO_write(SSL_get_rbio(p->client), bytes, (int)len) == (int)len;
}

static void open_pair(struct pair *p)
{
	memset(p, 0, sizeof(*p));
	buf_init(&p->said, 1024 * 1024);
	buf_init(&p->heard, 1024 * 1024);
	p->client = SSL_new(ctx);
	SSL_set_bio(p->client, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_connect_state(p->client);
	p->server = tls_session_create(fuzz_tls(), to_client, p);
}

static void close_pair(struct pair *p)
{
	tls_session_destroy(p->server);
	SSL_free(p->client);
	buf_finish(&p->said);
	buf_finish(&p->heard);
}

static void feed(struct pair *p, const void *bytes, size_t len)
{
	size_t before = p->heard.len;
	enum err err = tls_session_feed(p->server, (struct str){ bytes, len }, &p->heard);

	MUST(err == E_OK || err == E_BAD_REQUEST);
	if (err)
		MUST(!tls_session_ready(p->server));
	if (p->heard.len > before)
		MUST(!p->damaged || p->heard.len <= p->said.len);
}

static void deliver(struct pair *p, size_t piece)
{
	uint8_t bytes[4096];
	int len;

	while ((len = BIO_read(SSL_get_wbio(p->client), bytes, sizeof(bytes))) > 0) {
		if (p->damage) {
			bytes[p->damage_at % (size_t)len] ^= 0x10;
			p->damage = false;
			p->damaged = true;
		}
		for (size_t at = 0; at < (size_t)len; at += piece)
			feed(p, bytes + at, (size_t)len - at < piece ? (size_t)len - at : piece);
	}
}

static void client_write(struct pair *p, size_t n)
{
	static const uint8_t text[256] = "what the page says";

	if (n && SSL_is_init_finished(p->client) && SSL_write(p->client, text, (int)n) == (int)n)
		buf_add(&p->said, text, n);
}

static void server_write(struct pair *p, size_t n)
{
	static const char text[256] = "reply";
	bool ready = tls_session_ready(p->server);
	bool ok = tls_session_write(p->server, (struct str){ text, n });

	MUST(ok || n);
	if (!ready && n)
		MUST(!ok);
}

static void end(struct pair *p, size_t n)
{
	if (n & 1)
		tls_session_end(p->server);
	else if (SSL_is_init_finished(p->client))
		SSL_shutdown(p->client);
}

static void step(struct pair *p, enum step what, size_t n)
{
	char reply[256];

	switch (what) {
	case STEP_HANDSHAKE:
		SSL_do_handshake(p->client);
		deliver(p, n + 1);
		break;
	case STEP_WRITE:
		client_write(p, n);
		break;
	case STEP_DELIVER:
		deliver(p, n + 1);
		break;
	case STEP_DAMAGE:
		p->damage = true;
		p->damage_at = n;
		break;
	case STEP_REPLY:
		server_write(p, n);
		SSL_read(p->client, reply, sizeof(reply));
		break;
	case STEP_END:
		end(p, n);
		break;
	case STEP_LOSE:
		p->lost = true;
		break;
	default:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct pair p;

	if (!ctx)
		ctx = SSL_CTX_new(TLS_client_method());
	open_pair(&p);
	for (size_t at = 0; at + 1 < size && at < 200;) {
		enum step what = bytes[at] % STEPS;
		size_t n = bytes[at + 1];

		at += 2;
		if (what == STEP_RAW) {
			n = n < size - at ? n : size - at;
			p.damaged = true;
			feed(&p, bytes + at, n);
			at += n;
		}
		step(&p, what, n);
	}
	deliver(&p, 4096);
	MUST(p.heard.len <= p.said.len);
	if (p.heard.len)
		MUST(memcmp(p.heard.ptr, p.said.ptr, p.heard.len) == 0);
	if (!p.damaged && !p.lost && tls_session_ready(p.server))
		MUST(p.heard.len == p.said.len);
	close_pair(&p);
	return 0;
}
