#include "unit.h"

#include <dirent.h>
#include <unistd.h>

static uint8_t byte_of(job_id id, size_t at)
{
	return (uint8_t)((uint64_t)id * 31 + at * 7 + at / 251);
}

struct job *unit_job(job_id id, size_t bytes)
{
	struct job *job = job_create(KIND_PRINT);
	struct buf b;

	buf_init(&b, bytes + 1);
	for (size_t i = 0; i < bytes; i++)
		buf_add_byte(&b, byte_of(id, i));
	job->id = id;
	job->serial = id;
	job->line = id;
	job->size = bytes;
	job->doc = document_create(TYPE_ESCPOS, &b, NULL, 0);
	buf_finish(&b);
	str_copy(job->printer, sizeof(job->printer), STR("till"));
	return job;
}

bool unit_document_ok(const struct document *d, job_id id, size_t bytes)
{
	if (d->len != bytes || strcmp(d->type, TYPE_ESCPOS) != 0)
		return false;
	for (size_t i = 0; i < bytes; i++)
		if (d->bytes[i] != byte_of(id, i))
			return false;
	return true;
}

void unit_put(const struct store_plug *plug, struct store *s, job_id id, size_t bytes)
{
	struct job *job = unit_job(id, bytes);

	assert_ok(plug->begin(s, why));
	assert_ok(plug->put_job(s, job, why));
	assert_ok(plug->commit(s, why));
	job_destroy(job);
}

char *unit_dir(void)
{
	const char *tmp = getenv("TMPDIR");
	char *dir = mem_printf("%s/platen-store-XXXXXX", tmp ? tmp : "/tmp");

	assert_non_null(mkdtemp(dir));
	return dir;
}

void unit_remove(char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *entry;

	assert_non_null(d);
	while ((entry = readdir(d)))
		unlinkat(dirfd(d), entry->d_name, 0);
	closedir(d);
	assert_int_equal(rmdir(dir), 0);
	free(dir);
}
