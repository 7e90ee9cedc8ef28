/*
 * An engine that has been taken over: the document says what it tries. It answers
 * with one row of dots where nothing was to be had.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "render/engine.h"

static enum err put(const struct task *t, enum step_kind kind, struct why *why)
{
	static const uint8_t row[72] = { 0xff };
	const struct step s = {
		.kind = kind, .width = 576, .height = kind == STEP_DOTS, .stride = 72, .black = row,
		.pin = 2,
	};
	return t->sink.put(&s, t->sink.arg, why);
}

static enum err page(const struct task *t, struct why *why)
{
	enum err err = put(t, STEP_PAGE, why);
	if (!err)
		err = put(t, STEP_DOTS, why);
	return err ? err : put(t, STEP_END, why);
}

/* A sentence when it was let do it. */
static enum err unless(const struct task *t, bool did, const char *what, struct why *why)
{
	return did ? why_fail(why, E_INTERNAL, "It could %s", what) : page(t, why);
}

static enum err loop(const struct task *t, struct why *why)
{
	volatile bool on = true;
	while (on)
		;
	return page(t, why);
}

static enum err eat(const struct task *t, struct why *why)
{
	for (size_t i = 0; i < 1 << 20; i++) {
		char *p = malloc(1 << 20);
		if (!p)
			return page(t, why);
		((volatile char *)p)[0] = 1;
	}
	return why_fail(why, E_INTERNAL, "It could take a terabyte");
}

static enum err crash(const struct task *t, struct why *why)
{
	(void)t, (void)why;
	signal(SIGABRT, SIG_DFL);
	abort();
}

static enum err leave(const struct task *t, struct why *why)
{
	(void)t, (void)why;
	_exit(0); /* as if all were well */
}

static enum err babble(const struct task *t, struct why *why)
{
	char noise[600];
	memset(noise, 'E', sizeof(noise));
	for (int fd = 3; fd < 32; fd++) {
		send(fd, "M", 1, MSG_DONTWAIT);
		send(fd, noise, sizeof(noise), MSG_DONTWAIT);
	}
	(void)t;
	return why_fail(why, E_DOCUMENT, "Enough");
}

static enum err disorder(const struct task *t, struct why *why)
{
	return put(t, STEP_DOTS, why);
}

static enum err unfinished(const struct task *t, struct why *why)
{
	enum err err = put(t, STEP_PAGE, why);
	return err ? err : put(t, STEP_DOTS, why);
}

static enum err endless(const struct task *t, struct why *why)
{
	enum err err = put(t, STEP_PAGE, why);
	while (!err)
		err = put(t, STEP_DOTS, why);
	return err;
}

static enum err call_home(const struct task *t, struct why *why)
{
	return unless(t, socket(AF_INET, SOCK_STREAM, 0) >= 0 || socket(AF_UNIX, SOCK_STREAM, 0) >= 0,
	    "make a socket", why);
}

static enum err read_secret(const struct task *t, struct why *why)
{
	return unless(t, open("/etc/passwd", O_RDONLY) >= 0, "read /etc/passwd", why);
}

static enum err write_file(const struct task *t, struct why *why)
{
	return unless(t, open("/tmp/platen-hostile", O_WRONLY | O_CREAT, 0600) >= 0 ||
	    open("/dev/null", O_WRONLY) >= 0, "open a file for writing", why);
}

static enum err breed(const struct task *t, struct why *why)
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	return unless(t, pid > 0, "fork", why);
}

static enum err shoot(const struct task *t, struct why *why)
{
	return unless(t, kill(getppid(), 0) == 0, "send signals", why);
}

static const struct {
	const char *word;
	enum err (*act)(const struct task *t, struct why *why);
} acts[] = {
	{ "loop", loop }, { "eat", eat }, { "crash", crash }, { "leave", leave },
	{ "babble", babble }, { "disorder", disorder }, { "unfinished", unfinished },
	{ "endless", endless }, { "socket", call_home }, { "read", read_secret },
	{ "write", write_file }, { "fork", breed }, { "kill", shoot }, { "page", page },
};

static enum err draw(const struct task *t, struct why *why)
{
	for (size_t i = 0; i < COUNT_OF(acts); i++)
		if (str_is(t->bytes, acts[i].word))
			return acts[i].act(t, why);
	return why_fail(why, E_DOCUMENT, "No such act");
}

static const char *const types[] = { "application/x-hostile", NULL };

const struct engine_plug engine_hostile = {
	.name = "hostile",
	.types = types,
	.draw = draw,
};
