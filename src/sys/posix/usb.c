/*
 * Linux: usblp makes /dev/usb/lp*, the serial adapters' drivers /dev/ttyUSB*,
 * CDC ACM /dev/ttyACM*. What the interface says of its class is in sysfs, what
 * udev calls the device in the by-id directories.
 */
#include "sys/usb.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define PATH_SIZE 512

static const struct kind {
	const char *dir, *prefix, *sysfs;
	enum usb_class fallback; /* what its driver takes */
} kinds[] = {
	{ "/dev", "ttyACM", "/sys/class/tty", USB_SERIAL },
	{ "/dev", "ttyUSB", "/sys/class/tty", USB_SERIAL },
	{ "/dev/usb", "lp", "/sys/class/usbmisc", USB_UNKNOWN },
};
static const char *const link_dirs[] = { "/dev/serial/by-id", "/dev/usb/by-id" };
static const char *const class_names[] = {
	[USB_UNKNOWN] = "unknown", [USB_PRINTER] = "printer", [USB_SERIAL] = "serial",
};

const char *usb_class_name(enum usb_class c)
{
	return class_names[c];
}

/* "lp" and digits, nothing behind them. */
static bool is_node(const char *name, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(name, prefix, len) == 0 && name[len] &&
	    name[len + strspn(name + len, "0123456789")] == '\0';
}

/* bInterfaceClass of the interface: the node's device, or for a port of a
 * serial adapter the device above it. */
static bool read_class(const char *root, const struct kind *k, const char *name, unsigned *class)
{
	static const char *const places[] = { "device", "device/.." };
	char path[PATH_SIZE];
	bool found = false;

	for (size_t i = 0; i < COUNT_OF(places) && !found; i++) {
		FILE *f;

		snprintf(path, sizeof(path), "%s%s/%s/%s/bInterfaceClass", root, k->sysfs, name,
		    places[i]);
		f = fopen(path, "re");
		if (!f)
			continue;
		found = fscanf(f, "%2x", class) == 1;
		fclose(f);
	}
	return found;
}

static enum usb_class class_of(const char *root, const struct kind *k, const char *name)
{
	enum { COMMUNICATIONS = 0x02, PRINTER = 0x07, CDC_DATA = 0x0A };
	unsigned class;

	if (!read_class(root, k, name, &class))
		return k->fallback;
	if (class == PRINTER)
		return USB_PRINTER;
	if (class == COMMUNICATIONS || class == CDC_DATA)
		return USB_SERIAL;
	return k->fallback;
}

static bool points_to(const char *link, const char *node)
{
	char target[PATH_SIZE];
	ssize_t n = readlink(link, target, sizeof(target) - 1);
	const char *base = strrchr(node, '/') + 1, *last;

	if (n <= 0)
		return false;
	target[n] = '\0';
	last = strrchr(target, '/');
	return strcmp(last ? last + 1 : target, base) == 0;
}

/* The first of its names, in order of the alphabet, so that it stays the same. */
static void find_link_in(const char *root, const char *dir, struct usb_device *d)
{
	char path[PATH_SIZE], told[sizeof(d->stable)];
	struct dirent *e;
	DIR *links;

	snprintf(path, sizeof(path), "%s%s", root, dir);
	links = opendir(path);
	while (links && (e = readdir(links))) {
		int n = snprintf(told, sizeof(told), "%s/%s", dir, e->d_name);

		if (n < 0 || (size_t)n >= sizeof(told) ||
		    (d->stable[0] && strcmp(told, d->stable) > 0))
			continue;
		snprintf(path, sizeof(path), "%s%s", root, told);
		if (points_to(path, d->path))
			memcpy(d->stable, told, (size_t)n + 1);
	}
	if (links)
		closedir(links);
}

static size_t list_kind(const char *root, const struct kind *k, struct usb_device *out, size_t max)
{
	char path[PATH_SIZE];
	struct dirent *e;
	size_t count = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s%s", root, k->dir);
	dir = opendir(path);
	while (dir && count < max && (e = readdir(dir))) {
		struct usb_device *d = &out[count];
		int n;

		if (!is_node(e->d_name, k->prefix))
			continue;
		*d = (struct usb_device){ .class = class_of(root, k, e->d_name) };
		n = snprintf(d->path, sizeof(d->path), "%s/%s", k->dir, e->d_name);
		count += n > 0 && (size_t)n < sizeof(d->path);
	}
	if (dir)
		closedir(dir);
	return count;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct usb_device *)a)->path, ((const struct usb_device *)b)->path);
}

size_t usb_list(const char *root, struct usb_device *out, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		count += list_kind(root, &kinds[i], out + count, max - count);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < COUNT_OF(link_dirs); j++)
			find_link_in(root, link_dirs[j], &out[i]);
	if (count)
		qsort(out, count, sizeof(*out), by_path);
	return count;
}
