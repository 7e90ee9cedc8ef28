/* What the tests of the store share: cmocka with its prerequisites, jobs, a scratch directory. */
#ifndef TEST_STORE_UNIT_H
#define TEST_STORE_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "core/store.h"

/* A job for printer "till" whose document's bytes all depend on its id. */
struct job *unit_job(job_id id, size_t bytes);
/* Whether the document is the one that unit_job made for this id. */
bool unit_document_ok(const struct document *d, job_id id, size_t bytes);

/* In a transaction of its own. */
void unit_put(const struct store_plug *plug, struct store *s, job_id id, size_t bytes);

/* A fresh directory under the temporary one; unit_remove deletes it with its files. */
char *unit_dir(void);
void unit_remove(char *dir);

#define assert_ok(call) \
	do { \
		struct why why_ = { 0 }; \
		struct why *why = &why_; \
		enum err err_ = (call); \
		if (err_ != E_OK) \
			fail_msg("%s: %s (%s)", #call, err_name(err_), why_.text); \
	} while (0)

#endif
