/*
 * A printer at its place: the simulated machine, its TCP port, and the
 * directory where its paper goes. Loop thread only.
 */
#ifndef SIM_STATION_H
#define SIM_STATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/list.h"
#include "base/uri.h"
#include "hang.h"
#include "journal.h"
#include "printer.h"

struct conn;
struct listener;
struct loop;
struct timer;

enum { STATION_WAITING_MAX = 8 };

struct station_options {
	struct ip ip;
	uint16_t port; /* 0: any */
	const char *dir; /* for papers; must exist */
	bool png, json;  /* what is written per paper */
	const struct script *script; /* or NULL */
	struct printer_options printer;
};

struct station {
	struct station_options opt;
	struct loop *loop;
	struct journal *journal;
	struct printer printer;
	struct listener *listener;
	struct hang hang;
	struct timer *timer;
	struct visitor *active;  /* the connection that prints */
	struct list waiting;     /* the others, in order of arrival */
	unsigned waiting_count;
	unsigned first_seq;      /* number of papers found in the directory */
	enum wire listening;     /* WIRE_LISTEN, WIRE_REFUSE or WIRE_HANG */
	enum wire listening_wanted;
	bool settling;
};

/* Opens the port; `options->dir` may still change (its name may need the port). */
enum err station_open(struct station *s, struct loop *loop, struct journal *journal,
    const struct station_options *options, struct why *why);
/* The directory is there: obey the script, let visitors in. */
void station_ready(struct station *s);
/* Tears off what is still in the printer, ends the connections and the port. */
void station_close(struct station *s);
void station_destroy(struct station *s); /* after the loop has ended */
/* Do one fault action now. */
enum err station_do(struct station *s, struct str action, struct why *why);
/* Path of a paper's file ("png" or "json"). */
void station_paper_path(const struct station *s, unsigned seq, const char *type,
    char *path, size_t size);

#endif
