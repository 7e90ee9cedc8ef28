/*
 * One simulated receipt printer: bytes in; paper, replies and events out.
 *
 * It is a state machine without sockets, threads or a clock: whoever owns it
 * passes the time in and carries out what it asks for. All times are
 * microseconds of a clock that never jumps.
 */
#ifndef SIM_PRINTER_H
#define SIM_PRINTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "escpos.h"
#include "fault.h"
#include "labeller.h"
#include "model.h"
#include "paper.h"
#include "realtime.h"
#include "star.h"
#include "status.h"

/* What a printer does to its wire; the owner carries it out. */
enum wire {
	WIRE_RESET,        /* RST the connection */
	WIRE_CLOSE,        /* orderly end */
	WIRE_HALF_CLOSE,   /* FIN, go on reading */
	WIRE_LISTEN,       /* accept connections as usual */
	WIRE_REFUSE,       /* nobody listens */
	WIRE_HANG,         /* a full backlog: connects neither succeed nor fail */
	WIRE_DROP_ALL,     /* end every connection, also waiting ones (power cycle) */
};

struct printer_ops {
	void (*reply)(void *arg, const uint8_t *bytes, size_t len);
	/* A finished piece of paper; borrow it during the call. */
	void (*paper)(void *arg, struct paper *paper, const struct paper_end *end);
	/* Something happened; `fields` are JSON members ("\"pin\":2") or empty. */
	void (*event)(void *arg, const char *name, const char *fields);
	void (*wire)(void *arg, enum wire wire);
};

struct printer_options {
	unsigned number;         /* its port: names it everywhere */
	const struct model *model;
	uint32_t width_dots;
	unsigned speed_mm_s;     /* 0: the paper moves at once */
	size_t buffer_bytes;     /* receive buffer */
	bool draw;
	enum speech speech;      /* what it understands */
	bool forget;             /* a closed connection ends a half-received command */
};

enum { ECHOES_MAX = 16, SERIAL_MAX = 32 };

struct echo {
	int64_t due_us;
	uint8_t id[4];
};

struct printer {
	struct printer_options opt;
	const struct printer_ops *ops;
	void *arg;

	struct escpos escpos;
	struct labeller labeller;
	struct star star;
	struct paper paper;
	struct status status;
	struct fault fault;
	struct realtime realtime;
	char serial[SERIAL_MAX + 1];

	struct buf in;        /* received, not yet interpreted */
	size_t older;         /* of those, bytes of connections that are gone */
	bool connected;
	bool powered;
	unsigned seq;         /* papers so far */

	int64_t now_us;
	int64_t busy_until_us; /* the paper still moves */
	int64_t slow_until_us;

	uint8_t asb;          /* GS a */
	uint8_t asb_sent[4];
	bool realtime_kick, realtime_off; /* GS ( D */
	bool in_job;          /* something was printed since the last cut or connection */
	bool dropped;         /* it has ended the connection: nothing more in or out */
	bool running;         /* the interpreter is at work: what clears it must wait */
	bool clear_due, reset_due, forget_due;
	bool cut_waits;       /* a cut that the cutter could not do */
	enum cut cut_kind;
	struct echo echoes[ECHOES_MAX];
	unsigned echo_count;

	/* Since the start, except bytes (of this connection). Index: enum trigger. */
	uint64_t count[TRIGGER_COUNT];
	uint64_t bytes_total, replies, beeps;
};

void printer_init(struct printer *p, const struct printer_options *options,
    const struct printer_ops *ops, void *arg);
void printer_finish(struct printer *p);
/* `script` may be NULL; it must outlive the printer. */
void printer_script(struct printer *p, const struct script *script, int64_t now_us);

void printer_connected(struct printer *p, int64_t now_us);
/* `how` it ended: "closed", "reset", ... */
void printer_disconnected(struct printer *p, int64_t now_us, const char *how);
void printer_receive(struct printer *p, int64_t now_us, const uint8_t *bytes, size_t len);
/* Whether the receive buffer takes more; otherwise do not read from the wire. */
bool printer_accepts(const struct printer *p);
/* Go on with what waits. Returns microseconds until it wants to be called
 * again, or -1 for not before something else happens. */
int64_t printer_tick(struct printer *p, int64_t now_us);
/* The rest of the roll becomes a torn piece, unless it is blank. */
void printer_tear(struct printer *p);
void printer_power(struct printer *p, bool on);
/* End the connection from this side; what it still had to say is lost. */
void printer_drop(struct printer *p, enum wire wire);
/* Clear the receive buffer and what is half printed (DLE DC4 8, power). */
void printer_clear(struct printer *p);
/* The state changed by a person or a fault: push status, go on or stop. */
void printer_changed(struct printer *p);
bool printer_stopped(const struct printer *p); /* by paper, cover or an error */

/* For the interpreter. */
void printer_reply(struct printer *p, const void *bytes, size_t len);
void printer_begin(struct printer *p);             /* something is about to be printed */
void printer_reserve(struct printer *p, uint32_t rows); /* room on this piece, or cut it */
void printer_feed(struct printer *p, uint32_t rows);    /* the paper moved */
uint32_t printer_rows_free(const struct printer *p);    /* rows until it must be asked again */
void printer_cut(struct printer *p, enum cut kind);
void printer_kick(struct printer *p, unsigned pin, unsigned on_ms, unsigned off_ms, bool realtime);
void printer_beep(struct printer *p, unsigned times);
void printer_fence(struct printer *p, const uint8_t id[static 4]); /* GS ( H fn 48 */
void printer_set_asb(struct printer *p, uint8_t mask);
void printer_event(struct printer *p, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void printer_unknown(struct printer *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void printer_warn(struct printer *p, const char *text);

#endif
