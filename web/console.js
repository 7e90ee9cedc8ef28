// The console: follows the daemon's events, and asks for what events do not
// tell (health, counts) now and then.
import { call, follow } from "./api.js";
import * as clients from "./clients.js";
import { h, put, toast } from "./dom.js";
import * as jobs from "./jobs.js";
import * as printers from "./printers.js";
import * as setup from "./setup.js";
import { many, span } from "./words.js";

const HEALTH_MS = 10000;
const COUNTS_MS = 300;

const $ = id => document.getElementById(id);
const fail = e => toast(e.message, "bad");

// --- the head ---------------------------------------------------------------------

function say(tone, word, more = "") {
	const pill = $("state").firstElementChild;
	pill.dataset.tone = tone;
	put(pill, word);
	if (pill.nextSibling)
		pill.nextSibling.data = more;
	else
		pill.after(more);
}

const notices = new Map();

function notice(name, text) {
	const shown = notices.get(name);
	if (!text) {
		shown?.remove();
		notices.delete(name);
	} else if (shown) {
		put(shown, text);
	} else {
		const node = h("p", { class: "notice" }, text);
		notices.set(name, node);
		$("notices").append(node);
	}
}

const listenerTrouble = status => status.listeners.filter(l => l.reason)
	.map(l => `${l.name}: ${l.reason}.`).join(" ");

function showStatus(s) {
	const why = !s.journal ? "its journal cannot be written" : s.disk_low ? "the disk is full" : "";
	put($("version"), s.version);
	say(why ? "bad" : "good", why ? "not ready" : "ready", why ? ` · ${why}` : ` · up ${span(s.uptime)}`);
	put($("totals"), [`${s.open_jobs} open`, `${s.done} done`, `${s.failed} failed`,
		s.reprints && many(s.reprints, "reprint")].filter(Boolean).join(" · ") + " since the start");
	notice("listeners", listenerTrouble(s));
}

async function health() {
	showStatus(await call("GET", "/v1/status"));
}

// --- what happens --------------------------------------------------------------------

let live = false;
let counting;

// Counts and totals change with jobs; a burst of events asks once.
function countSoon() {
	counting ??= setTimeout(() => {
		counting = undefined;
		Promise.all([printers.reload(), health()]).catch(() => {});
	}, COUNTS_MS);
}

async function reload() {
	await Promise.all([health(), printers.reload(), jobs.reload(), clients.reload()]);
}

const HAPPENS = {
	job(job) {
		jobs.take(job);
		countSoon();
	},
	device: printers.changed,
};

function lost(why) {
	live = false;
	document.body.classList.add("stale");
	if (why.status === 401 || why.status === 403) {
		say("bad", "refused", ` · ${why.message}`);
		notice("daemon", "platend asks who you are: sign in with a token under Set up, Administrator.");
		$("signin").open = true;
		return;
	}
	say("bad", "not running");
	notice("daemon", "platend is not running, or cannot be reached. What you see is how it was. " +
		"This page goes on by itself as soon as platend is back.");
}

function open() {
	live = true;
	reload().then(() => {
		document.body.classList.remove("stale");
		notice("daemon", "");
	}).catch(fail);
}

jobs.start(fail);
printers.start(jobs.takePrinters);
await setup.start(reload);
setInterval(() => live && Promise.all([health(), printers.reload(), clients.reload()])
	.catch(() => {}), HEALTH_MS);
follow({ open, lost, event: (name, thing) => HAPPENS[name]?.(thing) });
