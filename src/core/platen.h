/*
 * The daemon's parts, wired together by app/daemon. Loop thread only.
 */
#ifndef CORE_PLATEN_H
#define CORE_PLATEN_H

#include "core/access.h"
#include "core/bus.h"
#include "core/clerk.h"
#include "core/config.h"
#include "core/device.h"
#include "core/door.h"
#include "core/pairing.h"
#include "core/queue.h"
#include "core/uplink.h"

struct platen {
	struct loop *loop;
	const char *state_dir;
	const char *config_path;             /* NULL: built-in defaults */
	const struct config_checks *checks;
	struct config *config;
	struct list retired;                 /* configurations that requests may still refer to */
	struct access *access;
	struct bus *bus;
	struct clerk *clerk;
	struct queue *queue;
	struct devices devices;
	struct doors *doors;
	struct sessions *sessions;
	struct vigils *vigils;
	struct uplinks *uplinks;
	struct gateways *gateways;
	struct problems *problems;
	struct cache *cache;
	struct audit *audit;
	struct previews *previews;
	unsigned searches;                   /* of the journal, under way */
	bool auditing;                       /* somebody may look at it */
	struct pairing *pairing;
	struct backend_status backend;
	const struct renderer *renderer;     /* of documents; NULL: only device bytes are printed */
	const struct http_file *pages[PAGE_SETS]; /* web/, each ended by a NULL path */
	int64_t started;                     /* mono */
	int64_t started_wall;
	bool draining;
	void (*restart)(struct platen *p);   /* drain and begin anew; NULL: cannot */
};

/* Load the configuration again (SIGHUP, or after the API changed it). On a
 * mistake the old one stays and the mistakes are logged. */
enum err platen_reload(struct platen *p, struct why *why);
/* Free retired configurations once no request refers to them. */
void platen_tidy(struct platen *p);

#endif
