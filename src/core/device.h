/*
 * Devices: everything configured that has a wire, and the printers that
 * callers named by address (ad-hoc ones). Loop thread only.
 *
 * A device has a name, settings, one worker and one line of jobs. Ad-hoc
 * printers are remembered by the store, at most 64, and forgotten after 30
 * days without a job.
 */
#ifndef CORE_DEVICE_H
#define CORE_DEVICE_H

#include "base/map.h"
#include "base/uri.h"
#include "core/config.h"
#include "core/job.h"
#include "core/profile.h"
#include "core/status.h"
#include "core/store.h"
#include "core/worker.h"

struct platen;

/* What the last contacts told. */
struct condition {
	enum reach reach;
	int64_t last_contact;   /* wall, end of the last attempt; 0: none */
	char last_error[128];   /* "" after a success */
	/* Telemetry; the queue and the dialects read it by condition_*. */
	enum source source;
	struct facts facts;
	bool printing;          /* it said that it is at work */
	struct identity identity;
	bool identity_due;      /* to be asked at the next poll that finds it online */
	int64_t last_status;    /* wall: the last valid reply; 0: none */
	int64_t last_print;     /* wall: the last job that was sent whole; 0: none */
	unsigned failures;      /* polls in a row without a valid reply */
	unsigned silent;        /* of them, those that connected */
	bool given_up;          /* five in a row: asked at status-recheck only */
	enum proof proof;       /* how it proves a print; learned once */
	unsigned unready;       /* jobs in a row that its proof did not let begin */
};

/* Settings of one printer, from its block or from the listener that named it. */
struct settings {
	char uri[256];
	const struct language *language;
	const struct profile *profile; /* NULL: not said, or unknown */
	struct abilities abilities;    /* of language, profile and options together */
	int64_t open_timeout, write_timeout, close_timeout, cooldown, chunk_delay;
	int64_t retry_delay, max_attempts, reprint_limit, drawer_expiry;
	int64_t queue_jobs, queue_bytes;
	enum on_doubt on_doubt;
	unsigned drawer_pin;
	int64_t poll_interval, poll_recheck;
	enum confirm { CONFIRM_AUTO, CONFIRM_FENCE, CONFIRM_NONE } confirm;
	int64_t confirm_timeout;
	bool polling;           /* status-polling */
	bool keep_open, refuse_unknown, has_tail;
	uint8_t tail_len, tail[64];
};

/* Failed and expired jobs of the last 24 h are counted in ten minutes each. */
#define FAILURE_SLOT_MS 600000
#define FAILURE_SLOTS 144

/* The queue's part of a device: jobs in the order they will print. */
struct line {
	struct list waiting;    /* queued and held ones; ahead, priority, place */
	struct list scheduled;  /* by run_at */
	struct list doubtful;   /* unconfirmed, set aside for a person */
	struct job *active;     /* on the wire, or its document is being read back */
	bool loading;           /* ... the latter */
	unsigned accepting;     /* admitted, their commit not done */
	size_t jobs;            /* all of the above, for the ceilings */
	uint64_t bytes;
	int64_t retry_at;       /* mono: no attempt before this */
	int64_t last_kick;      /* mono: accepted */
	int64_t next_kick;      /* mono: no pulse before this */
	bool paused;
	struct timer *timer;
	struct failures { int64_t slot; unsigned count; } failures[FAILURE_SLOTS]; /* a ring */
};

struct probe_waiter;

struct device {
	struct list node;
	struct platen *platen;
	char name[64];
	char uuid[37];          /* made once, kept by the store */
	bool unsaved;           /* the store does not know it yet */
	char address[64];       /* printerKey of a socket with a literal address, or "" */
	bool adhoc;
	bool transient;         /* only for a probe: in no list */
	/* removed from the configuration; freed when its worker has ended */
	bool gone;
	struct settings settings;
	/* of the configuration in force; NULL: ad-hoc, or gone */
	const struct printer_block *block;
	struct texts aliases;   /* own copies */
	struct worker *worker;
	struct condition condition;
	struct line line;
	int64_t serial;         /* last one given */
	int64_t last_used;      /* wall */
	unsigned holders;       /* requests that speak of it */
	bool probing;
	struct list probes;     /* waiters that share the running probe */
	bool polling;           /* a poll is with the worker */
	struct list asks;       /* waiters that share it */
	struct timer *poll_timer; /* NULL: never polled */
};

/* Ceilings of the contract for ad-hoc printers. */
#define ADHOC_MAX 64
#define ADHOC_DAYS 30

/* What became of polls, since the start. */
#define POLL_BUCKETS 8
struct poll_totals {
	uint64_t answered, silent, unreachable, gave_way, skipped;
	uint64_t us_sum;                /* of those answered: from opening to the last reply */
	uint64_t buckets[POLL_BUCKETS]; /* ... up to telemetry_bucket_us() each; not cumulative */
};

struct devices {
	struct list list;
	struct poll_totals polls;
	size_t count, adhoc_count;
	size_t leaving; /* removed, not yet freed */
	struct map absent; /* name -> struct printer_record *: not configured, may come back */
};

void devices_init(struct devices *d);
void devices_finish(struct devices *d); /* after the last device has gone */
/*
 * Make the devices those of the configuration: new ones appear, changed ones
 * get their settings, removed ones finish what is on their wire and go; their
 * waiting jobs are held until the printer is there again.
 */
enum err devices_load(struct platen *p, const struct config *c, struct why *why);
/* The serial numbers and ad-hoc printers that the store remembers. */
/* Once the clerk works: save what was made before. */
void devices_settle(struct platen *p);
void devices_remember(struct platen *p, const struct printer_record *r);
/* A random (version 4) UUID. */
void device_make_uuid(char out[static 37]);
struct device *device_find(struct devices *d, struct str name);
struct device *device_find_uuid(struct devices *d, struct str uuid);
/* By printerKey or alias, as Plato's clients name printers: `host` is the
 * text as sent, compared without case. */
struct device *device_find_address(struct devices *d, struct str host, uint16_t port);
/* Whether jobs for this name are this device's: its own, or its address, by which
 * callers named it before it was configured. */
bool device_prints_for(const struct device *d, const char *printer);
struct device *device_of_job(struct devices *d, const char *printer);
/* A printer at an address, in no list yet: for one probe, or until its first
 * job passes every check. device_remove it, or device_keep it. */
struct device *device_transient(struct platen *p, const struct ip *ip, uint16_t port,
    const struct listen_block *from, struct why *why);
/* Its first job is good: list and remember it. If another request was faster,
 * `*d` becomes that one's. E_QUEUE_FULL past ADHOC_MAX. */
enum err device_keep(struct device **d, struct why *why);
/* Stop or go on printing; remembered across restarts. */
void device_pause(struct device *d, bool paused);
void device_changed(struct device *d); /* publish EVENT_DEVICE */
void device_save(struct device *d);    /* what the store remembers of it */
void device_remove(struct device *d); /* unlist, stop the worker, free when it ended */
/* Free a device that was removed, once nothing of it is under way. The caller
 * does not use `d` afterwards. */
void device_settle_gone(struct device *d);
void device_forget_old(struct platen *p); /* ad-hoc ones past ADHOC_DAYS */

/* Take an attempt's result into the condition; publishes a change. */
void device_contact(struct device *d, enum err err, const struct why *why);
/* pc-printer_192_168_1_50_9100 */
void device_queue_name(const struct device *d, char out[static 96]);

/*
 * Ask whether the device answers. Waiters that come during a probe share it.
 * `fn` is called on the loop, once.
 */
typedef void probe_fn(struct device *d, bool reached, void *arg);
void device_probe(struct device *d, probe_fn *fn, void *arg);

#endif
