/*
 * Certificates of the listeners: one that the configuration names, or the one
 * of this install, made when the first listener needs it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/door_inside.h"
#include "sys/file.h"

enum tls_mode door_tls_mode(const struct listen_block *l, const struct dialect *d)
{
	static const enum tls_mode modes[] = { TLS_AUTO, TLS_ON, TLS_OFF }; /* as in option.def */

	return config_given(BLOCK_listen, l, "tls") ? modes[l->tls] : d->tls;
}

static void own_dir(const struct doors *d, char out[static 512])
{
	snprintf(out, 512, "%s/tls", d->platen->state_dir);
}

static void add_name(const char **names, size_t *count, size_t max, const char *name)
{
	if (*count < max && name[0])
		names[(*count)++] = name;
}

/* Every name by which a listener may be called goes into the certificate. */
static size_t certificate_names(const struct config *c, const char **names, size_t max)
{
	size_t count = 0;

	add_name(names, &count, max, "localhost");
	add_name(names, &count, max, "127.0.0.1");
	add_name(names, &count, max, "::1");
	for (size_t i = 0; i < c->listen_count; i++)
		for (size_t j = 0; j < c->listens[i].names.count; j++)
			add_name(names, &count, max, c->listens[i].names.items[j]);
	return count;
}

static enum err own_certificate(struct doors *d, const struct config *c, struct why *why)
{
	char dir[512], cert[544], key[544];
	const char *names[64];
	size_t count = certificate_names(c, names, COUNT_OF(names));
	enum err err;

	if (d->tls)
		return E_OK;
	own_dir(d, dir);
	snprintf(cert, sizeof cert, "%s/leaf.pem", dir);
	snprintf(key, sizeof key, "%s/leaf.key", dir);
	if ((err = tls_make(dir, names, count, why)))
		return err;
	return tls_load(cert, key, &d->tls, why);
}

const char *doors_ca(struct doors *d, const struct listen_block *listen)
{
	char path[544];
	struct buf pem;

	LIST_EACH(&d->list, node) {
		struct door *door = LIST_OF(node, struct door, node);

		if (door->listen == listen && !door->own_certificate)
			return NULL;
	}
	if (d->ca)
		return d->ca;
	own_dir(d, path);
	strcat(path, "/ca.pem");
	buf_init(&pem, 65536);
	if (!file_read(path, &pem, NULL))
		d->ca = mem_strdup(buf_cstr(&pem));
	buf_finish(&pem);
	return d->ca;
}

static bool wants_tls(const struct door *door)
{
	return door_tls_mode(door->listen, door->dialect) != TLS_OFF ||
	    door->listen->tls_address.count > 0;
}

enum err door_certificate(struct door *door, struct tls **tls, struct why *why)
{
	const struct config *c = door->doors->platen->config;
	enum err err;

	*tls = NULL;
	door->own_certificate = false;
	if (!wants_tls(door))
		return E_OK;
	if (door->listen->tls_cert)
		return tls_load(door->listen->tls_cert, door->listen->tls_key, tls, why);
	if ((err = own_certificate(door->doors, c, why)))
		return err;
	door->own_certificate = true;
	*tls = door->doors->tls;
	return E_OK;
}

void door_note_tls(struct door *door, const struct tls *tls, const struct why *why)
{
	struct door_tls *t = &door->tls;

	memset(t, 0, sizeof *t);
	if (!wants_tls(door))
		return;
	t->state = tls ? DOOR_TLS_ON : DOOR_TLS_MISSING;
	if (tls)
		t->not_after = tls_ends(tls);
	else
		str_copy(t->reason, sizeof t->reason, str_of(why->text));
}

void doors_renew_certificate(struct doors *d)
{
	if (d->tls)
		tls_release(d->tls);
	d->tls = NULL;
	free(d->ca);
	d->ca = NULL;
}
