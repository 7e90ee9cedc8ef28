/*
 * A preview: what would be on paper, and nothing is. Asked under the same rules as
 * a job, so that it shows no more than one could print.
 */
#include "core/desk_inside.h"
#include "core/preview.h"

static void on_made(enum err err, const struct why *why, struct str png, void *arg)
{
	struct errand *e = arg;
	struct reply r = { .text = png };

	if (err)
		errand_fail(e, err, why);
	else
		errand_reply(e, &r);
}

void verb_preview(struct errand *e)
{
	struct request *q = e->q;
	struct why why;
	enum err err = submit_check(q, &why);

	if (!err && !q->device->settings.language->paint)
		err = why_fail(&why, E_UNSUPPORTED, "There is no preview for printers of language "
		    "\"%s\"", q->device->settings.language->name);
	if (!err) {
		const struct settings *s = &q->device->settings;
		struct preview_wish wish = { s->language,
			{ q->platen->renderer, s->profile, s->abilities }, q->draft->doc,
			q->draft->ticket };
		err = previews_post(q->platen->previews, &wish, on_made, e, &why);
	}
	if (err)
		errand_fail(e, err, &why);
}
