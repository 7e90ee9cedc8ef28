/*
 * `platen-sim printer`: the command line, and as many printers as it asks for
 * on one loop, until a signal ends them.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "command.h"
#include "control.h"
#include "net/loop.h"
#include "station.h"
#include "sys/file.h"
#include "sys/service.h"

enum { COUNT_MAX = 10000, SCRIPT_MAX = 1 << 20, STATUS_USAGE = 2 };

struct arguments {
	const char *listen, *paper, *script, *control;
	const struct model *model;
	enum speech speech;
	unsigned count, width, speed;
	size_t buffer;
	bool no_png, no_json, forget, quiet;
};

struct shop {
	struct arguments args;
	struct loop *loop;
	struct journal journal;
	struct script *script;
	struct station *stations;
	char **dirs; /* of the stations */
	unsigned open;
	struct control *control;
};

static void print_help(void)
{
	puts("usage: platen-sim printer --listen ADDR:PORT --paper DIR [OPTION]...\n"
	     "\n"
	     "  --listen ADDR:PORT   where the first printer listens; port 0 takes a free one\n"
	     "  --paper DIR          papers go there: 000001.png, 000001.json, ..., log.jsonl\n"
	     "  --count N            N printers on as many ports; papers go to DIR/PORT\n"
	     "  --script FILE        fault script\n"
	     "  --control ADDR:PORT  HTTP control port, on loopback\n"
	     "  --model NAME         kind of printer, see below\n"
	     "  --language NAME      escpos (default), tspl, zpl or star\n"
	     "  --width DOTS         printable width (default: the model's)\n"
	     "  --speed MM_S         paper speed; 0 (default) is at once\n"
	     "  --buffer BYTES       receive buffer (default 65536)\n"
	     "  --forget             a closed connection ends a half-received command\n"
	     "  --no-png             no pictures\n"
	     "  --no-json            no JSON files either; log.jsonl remains\n"
	     "  --quiet              do not say where it listens\n"
	     "\nModels:");
	for (unsigned i = 0; model_at(i); i++)
		printf("  %-8s %s\n", model_at(i)->name, model_at(i)->summary);
	puts("\nActions of a fault script:");
	for (unsigned i = 0; fault_action_name(i); i++)
		printf("%s%s", i ? ", " : "  ", fault_action_name(i));
	puts("");
}

static int complain(const char *text)
{
	fprintf(stderr, "platen-sim: %s\n", text);
	return STATUS_USAGE;
}

static bool parse_number(const char *text, uint64_t max, uint64_t *out)
{
	if (str_to_u64(str_of(text), out) && *out <= max)
		return true;
	fprintf(stderr, "platen-sim: \"%s\" is not a number from 0 to %llu\n", text,
	    (unsigned long long)max);
	return false;
}

enum letter { LISTEN = 256, PAPER, COUNT, SCRIPT, CONTROL, MODEL, LANGUAGE, WIDTH, SPEED,
	BUFFER, FORGET, NO_PNG, NO_JSON, QUIET, HELP };

static const struct option options[] = {
	{ "listen", required_argument, NULL, LISTEN },
	{ "paper", required_argument, NULL, PAPER },
	{ "count", required_argument, NULL, COUNT },
	{ "script", required_argument, NULL, SCRIPT },
	{ "control", required_argument, NULL, CONTROL },
	{ "model", required_argument, NULL, MODEL },
	{ "language", required_argument, NULL, LANGUAGE },
	{ "width", required_argument, NULL, WIDTH },
	{ "speed", required_argument, NULL, SPEED },
	{ "buffer", required_argument, NULL, BUFFER },
	{ "forget", no_argument, NULL, FORGET },
	{ "no-png", no_argument, NULL, NO_PNG },
	{ "no-json", no_argument, NULL, NO_JSON },
	{ "quiet", no_argument, NULL, QUIET },
	{ "help", no_argument, NULL, HELP },
	{ 0 },
};

/* False after a complaint. */
static bool take_option(struct arguments *a, int letter)
{
	uint64_t n = 0;

	switch (letter) {
	case LISTEN: a->listen = optarg; return true;
	case PAPER: a->paper = optarg; return true;
	case SCRIPT: a->script = optarg; return true;
	case CONTROL: a->control = optarg; return true;
	case FORGET: a->forget = true; return true;
	case NO_PNG: a->no_png = true; return true;
	case NO_JSON: a->no_png = a->no_json = true; return true;
	case QUIET: a->quiet = true; return true;
	case COUNT:
		if (!parse_number(optarg, COUNT_MAX, &n))
			return false;
		a->count = n ? (unsigned)n : 1;
		return true;
	case LANGUAGE:
		for (a->speech = 0; a->speech < SPEECHES; a->speech++)
			if (!strcmp(optarg, speech_name(a->speech)))
				return true;
		complain("--language is escpos, tspl, zpl or star");
		return false;
	case WIDTH:
		if (!parse_number(optarg, 2400, &n))
			return false;
		a->width = (unsigned)n;
		return true;
	case SPEED:
		if (!parse_number(optarg, 10000, &n))
			return false;
		a->speed = (unsigned)n;
		return true;
	case BUFFER:
		if (!parse_number(optarg, 64 << 20, &n))
			return false;
		a->buffer = n ? (size_t)n : 1;
		return true;
	case MODEL:
		a->model = model_find(optarg);
		if (!a->model)
			fprintf(stderr, "platen-sim: unknown model \"%s\"\n", optarg);
		return a->model != NULL;
	default:
		return false;
	}
}

/* -1 to go on, else the exit status. */
static int parse_arguments(int argc, char **argv, struct arguments *a)
{
	*a = (struct arguments){ .model = model_at(0), .count = 1, .buffer = 65536 };
	for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (option == HELP) {
			print_help();
			return 0;
		}
		if (!take_option(a, option))
			return STATUS_USAGE;
	}
	if (optind < argc)
		return complain("what is not an option is not expected here; see --help");
	if (!a->listen || !a->paper)
		return complain("--listen ADDR:PORT and --paper DIR are needed; see --help");
	return -1;
}

static enum err read_script(struct shop *shop, struct why *why)
{
	struct buf text;
	enum err err;

	if (!shop->args.script)
		return E_OK;
	buf_init(&text, SCRIPT_MAX);
	err = file_read(shop->args.script, &text, why);
	if (!err)
		err = script_parse(buf_str(&text), shop->args.script, &shop->script, why);
	buf_finish(&text);
	return err;
}

static struct station_options station_options(const struct shop *shop, const struct ip *ip,
    uint16_t port)
{
	const struct arguments *a = &shop->args;

	return (struct station_options){
		.ip = *ip, .port = port, .png = !a->no_png, .json = !a->no_json,
		.script = shop->script,
		.printer = { .model = a->model, .speech = a->speech,
			.width_dots = a->width ? a->width : a->model->width_dots,
			.speed_mm_s = a->speed, .buffer_bytes = a->buffer, .draw = !a->no_png,
			.forget = a->forget },
	};
}

/* One printer prints to DIR, several to DIR/PORT. */
static enum err make_dir(struct shop *shop, unsigned i, struct why *why)
{
	struct station *s = &shop->stations[i];
	const char *dir = shop->args.paper;

	shop->dirs[i] = shop->args.count == 1 ? mem_strdup(dir) :
	                                        mem_printf("%s/%u", dir, s->opt.port);
	s->opt.dir = shop->dirs[i];
	return file_mkdirs(shop->dirs[i], 0755, why);
}

/* As ip_port_parse, and port 0: any free one. */
static enum err parse_address(const char *text, struct ip *ip, uint16_t *port, struct why *why)
{
	struct str s = str_of(text);
	char *any;
	enum err err;

	if (!str_ends(s, ":0"))
		return ip_port_parse(s, ip, port, why);
	any = mem_printf("%.*s1", (int)s.len - 1, s.ptr);
	err = ip_port_parse(str_of(any), ip, port, why);
	free(any);
	*port = 0;
	return err;
}

static enum err open_stations(struct shop *shop, struct why *why)
{
	struct ip ip;
	uint16_t port;
	enum err err = parse_address(shop->args.listen, &ip, &port, why);

	if (err)
		return err;
	if (port && port + shop->args.count > 65536)
		return why_fail(why, E_FIELD, "there are not %u ports from %u",
		    shop->args.count, port);
	shop->stations = mem_array(shop->args.count, sizeof *shop->stations);
	shop->dirs = mem_array(shop->args.count, sizeof *shop->dirs);
	for (unsigned i = 0; i < shop->args.count; i++) {
		uint16_t own = port ? (uint16_t)(port + i) : 0;
		struct station_options o = station_options(shop, &ip, own);
		err = station_open(&shop->stations[i], shop->loop, &shop->journal, &o, why);
		if (err)
			return err;
		shop->open++;
		err = make_dir(shop, i, why);
		if (err)
			return err;
	}
	return E_OK;
}

static enum err open_control(struct shop *shop, struct why *why)
{
	struct ip ip;
	uint16_t port;
	enum err err;

	if (!shop->args.control)
		return E_OK;
	err = parse_address(shop->args.control, &ip, &port, why);
	if (err)
		return err;
	return control_open(shop->loop, &ip, port, shop->stations, shop->open, &shop->control, why);
}

static void announce(const struct shop *shop)
{
	const struct station *first = &shop->stations[0], *last = &shop->stations[shop->open - 1];
	bool row = shop->open > 1 && last->opt.port - first->opt.port == (int)shop->open - 1;
	char ip[46], at[64];

	if (shop->args.quiet)
		return;
	ip_format(&first->opt.ip, ip);
	if (shop->control)
		printf("control on 127.0.0.1:%u\n", control_port(shop->control));
	if (row) {
		printf("listening on %s:%u-%u (%u printers)\n", ip, first->opt.port, last->opt.port,
		    shop->open);
	}
	for (unsigned i = 0; !row && i < shop->open; i++) {
		ip_port_format(&first->opt.ip, shop->stations[i].opt.port, at);
		printf("listening on %s\n", at);
	}
	fflush(stdout);
}

static void close_stations(struct shop *shop)
{
	for (unsigned i = 0; i < shop->open; i++)
		station_close(&shop->stations[i]);
}

static void on_signal(int signum, void *arg)
{
	struct shop *shop = arg;

	(void)signum;
	close_stations(shop);
	control_close(shop->control);
	loop_stop(shop->loop);
}

static enum err open_shop(struct shop *shop, struct why *why)
{
	char *log = mem_printf("%s/log.jsonl", shop->args.paper);
	enum err err;

	if ((err = read_script(shop, why)) || (err = file_mkdirs(shop->args.paper, 0755, why)) ||
	    (err = journal_open(&shop->journal, log, why)) || (err = open_stations(shop, why)) ||
	    (err = open_control(shop, why)))
		close_stations(shop);
	free(log);
	return err;
}

static void close_shop(struct shop *shop)
{
	control_destroy(shop->control);
	for (unsigned i = 0; i < shop->open; i++) {
		station_destroy(&shop->stations[i]);
		free(shop->dirs[i]);
	}
	free(shop->dirs);
	free(shop->stations);
	script_destroy(shop->script);
	journal_close(&shop->journal);
	loop_destroy(shop->loop);
}

int command_printer(int argc, char **argv)
{
	struct shop shop = { .journal.fd = -1 };
	struct why why;
	int status = parse_arguments(argc, argv, &shop.args);
	enum err err;

	if (status >= 0)
		return status;
	service_raise_files();
	shop.loop = loop_create();
	err = open_shop(&shop, &why);
	if (err) {
		status = complain(why.text);
		loop_stop(shop.loop);
		loop_run(shop.loop);
		close_shop(&shop);
		return status;
	}
	loop_on_signal(shop.loop, SIGTERM, on_signal, &shop);
	loop_on_signal(shop.loop, SIGINT, on_signal, &shop);
	for (unsigned i = 0; i < shop.open; i++)
		station_ready(&shop.stations[i]);
	announce(&shop);
	loop_run(shop.loop);
	close_shop(&shop);
	return 0;
}
