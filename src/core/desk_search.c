/*
 * VERB_JOBS with a text: the journal is walked newest first, a page of jobs listed
 * by one task of the clerk, then their documents read and looked through by others,
 * each of them short, so that whatever is to be accepted meanwhile waits for one of
 * them at most. Between tasks the loop decides which jobs and documents the caller
 * may see. What a request may look at has an end; its answer says where to go on.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/desk_inside.h"
#include "core/lang.h"
#include "core/search.h"

#define SEARCHES_MAX 2                   /* at the same time */
#define SEARCH_PAGE 64                   /* jobs listed by one task */
#define SEARCH_TASK_BYTES (128u << 10)   /* of documents: a task ends once it has read so much */
#define SEARCH_TASK_DOCUMENTS 16
#define SEARCH_DOCUMENT_MAX (1u << 20)   /* of greater ones only the title is looked at */
#define SEARCH_JOBS 2000                 /* looked at for one request */
#define SEARCH_BYTES (32u << 20)         /* read for one request */

struct candidate {
	struct job job;
	const struct language *language;
	const struct profile *profile;
	bool seen;                       /* the caller may know of it */
	bool legible;                    /* ... and what is in it */
};

struct search {
	struct task task;
	struct errand *errand;
	struct needle needle;
	struct job_query query;          /* of the next page */
	unsigned limit;                  /* so many are wanted */
	struct candidate *page;
	unsigned count, at;              /* of the page: listed, looked at */
	bool last;                       /* there are none after this page */
	unsigned jobs;                   /* looked at for this request ... */
	uint64_t bytes;
	struct job *found;
	unsigned found_count;
};

static void go_on(struct search *s);

static void search_free(struct search *s)
{
	free(s->page);
	free(s->found);
	free(s);
}

/* --- clerk ------------------------------------------------------------------------- */

static void list_one(const struct job *job, void *arg)
{
	struct search *s = arg;

	if (s->count < SEARCH_PAGE)
		s->page[s->count++].job = *job;
}

static enum err run_list(const struct store_plug *plug, struct store *store, struct task *t,
    struct why *why)
{
	struct search *s = CONTAINER_OF(t, struct search, task);

	return plug->each_job(store, &s->query, list_one, s, why);
}

/* A document that is no longer kept, or damaged, is one that says nothing. */
static bool document_says(struct search *s, const struct store_plug *plug, struct store *store,
    const struct candidate *c)
{
	struct document *doc = NULL;
	struct why why;
	bool says = false;

	if (!plug->get_document(store, c->job.id, &doc, &why) && doc) {
		s->bytes += doc->len;
		says = search_document(doc, &s->needle, c->language, c->profile);
	}
	document_release(doc);
	return says;
}

static enum err run_look(const struct store_plug *plug, struct store *store, struct task *t,
    struct why *why)
{
	struct search *s = CONTAINER_OF(t, struct search, task);
	uint64_t begun = s->bytes;

	(void)why;
	for (unsigned n = 0; n < SEARCH_TASK_DOCUMENTS && s->at < s->count &&
	    s->bytes - begun < SEARCH_TASK_BYTES && s->found_count < s->limit; s->jobs++) {
		const struct candidate *c = &s->page[s->at++];

		s->query.before = c->job.id;
		n += c->legible;
		if (c->seen && (needle_in(&s->needle, str_of(c->job.title)) ||
		    (c->legible && document_says(s, plug, store, c))))
			s->found[s->found_count++] = c->job;
	}
	return E_OK;
}

/* --- loop -------------------------------------------------------------------------- */

/* A page or a cloud looks only into what it sent itself: titles are for all that may
 * see the job, but what stands on a receipt is not theirs to try out. */
static bool may_read(const struct caller *c, const struct job *job)
{
	bool foreign = c->kind == CALLER_PAGE || c->kind == CALLER_REMOTE;

	return job->size && job->size <= SEARCH_DOCUMENT_MAX &&
	    (!foreign || !strcmp(job->caller, c->principal));
}

static void judge(const struct request *q, struct candidate *c)
{
	struct device *d = device_find(&q->platen->devices, str_of(c->job.printer));

	c->language = d ? d->settings.language : NULL;
	c->profile = d ? d->settings.profile : NULL;
	c->seen = access_printer(q->caller, c->job.printer);
	c->legible = c->seen && may_read(q->caller, &c->job);
}

static void answer(struct search *s, bool more)
{
	struct reply r = { .jobs = s->found, .job_count = s->found_count,
		.before = more ? s->query.before : 0 };

	s->errand->q->platen->searches--;
	errand_reply(s->errand, &r);
	search_free(s);
}

static void post(struct search *s, task_run *run, task_done *done)
{
	s->task.run = run;
	s->task.done = done;
	s->task.read_only = true;
	clerk_post(s->errand->q->platen->clerk, &s->task);
}

static bool failed(struct search *s)
{
	struct platen *p = s->errand->q->platen;

	if (!s->task.err && p->draining)
		s->task.err = why_fail(&s->task.why, E_DRAINING, NULL);
	if (!s->task.err)
		return false;
	p->searches--;
	errand_fail(s->errand, s->task.err, &s->task.why);
	search_free(s);
	return true;
}

static void on_looked(struct task *t)
{
	struct search *s = CONTAINER_OF(t, struct search, task);

	if (!failed(s))
		go_on(s);
}

static void on_listed(struct task *t)
{
	struct search *s = CONTAINER_OF(t, struct search, task);

	s->last = s->count < SEARCH_PAGE;
	for (unsigned i = 0; i < s->count; i++)
		judge(s->errand->q, &s->page[i]);
	if (!failed(s))
		go_on(s);
}

static void list_next(struct search *s)
{
	s->count = s->at = 0;
	post(s, run_list, on_listed);
}

static void go_on(struct search *s)
{
	bool through = s->at == s->count;

	if (through && s->last)
		answer(s, false);
	else if (s->found_count == s->limit || s->jobs >= SEARCH_JOBS ||
	    s->bytes >= SEARCH_BYTES)
		answer(s, true);
	else if (through)
		list_next(s);
	else
		post(s, run_look, on_looked);
}

void desk_search(struct errand *e)
{
	struct request *q = e->q;
	struct search *s;
	struct why why;

	if (q->platen->searches == SEARCHES_MAX) {
		why_fail(&why, E_RATE, "Too many searches at the same time");
		errand_fail(e, E_RATE, &why);
		return;
	}
	q->platen->searches++;
	s = mem_alloc(sizeof *s);
	s->errand = e;
	s->query = q->query;
	s->query.limit = SEARCH_PAGE;
	s->limit = q->query.limit;
	s->page = mem_array(SEARCH_PAGE, sizeof *s->page);
	s->found = mem_array(s->limit, sizeof *s->found);
	s->needle = q->needle;
	go_on(s);
}
