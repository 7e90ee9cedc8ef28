/*
 * Small allocations either succeed or end the process with one line on
 * standard error: there is no sensible way to go on without a few hundred
 * bytes, and the journal has everything that was accepted.
 */
#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Noreturn void die(void)
{
	static const char text[] = "platen: out of memory\n";
	ssize_t ignored = write(STDERR_FILENO, text, sizeof(text) - 1);
	(void)ignored;
	abort();
}

static void *check(void *ptr)
{
	if (!ptr)
		die();
	return ptr;
}

void *mem_alloc(size_t size)
{
	return mem_array(1, size);
}

void *mem_array(size_t count, size_t size)
{
	if (!count || !size)
		count = size = 1;
	return check(calloc(count, size));
}

void *mem_grow(void *ptr, size_t count, size_t size)
{
	if (!count || !size)
		count = size = 1;
	if (count > SIZE_MAX / size)
		die();
	return check(realloc(ptr, count * size));
}

char *mem_strdup(const char *text)
{
	return text ? mem_strndup(text, strlen(text)) : NULL;
}

char *mem_strndup(const char *text, size_t len)
{
	char *copy = mem_grow(NULL, len + 1, 1);
	if (len)
		memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

char *mem_printf(const char *fmt, ...)
{
	char *text;
	va_list args;
	va_start(args, fmt);
	int len = vasprintf(&text, fmt, args);
	va_end(args);
	if (len < 0)
		die();
	return text;
}

void mem_wipe(void *ptr, size_t len)
{
	if (len)
		explicit_bzero(ptr, len);
}
