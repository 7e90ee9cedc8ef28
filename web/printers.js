// Printers: whether they answer, what waits for them, and what one can try.
import { button } from "./actions.js";
import { call, device, may, submit } from "./api.js";
import { h, keyed, put } from "./dom.js";
import { ago } from "./words.js";

const printable = text => text.replace(/[^\x20-\x7e]/g, "?");

function stamp() {
	const now = new Date();
	return new Date(now - now.getTimezoneOffset() * 60000).toISOString().slice(0, 16).replace("T", " ");
}

// A receipt that says where it came out. ESC/POS: ESC @, ESC a, GS !, ESC a; else bare text.
function testReceipt(printer) {
	const lines = `${printable(printer.name)}\n${printable(printer.uri)}\n${stamp()}\n`;
	const plain = `platen: test receipt\n\n${lines}`;
	const text = printer.language !== "escpos" ? plain
		: "\x1b@\x1ba\x01\x1d!\x11Test receipt\n\x1d!\x00\n" + lines +
		"\n".padStart(33, "-") + "If you can read this, it prints.\n\x1ba\x00";
	return new TextEncoder().encode(text);
}

async function printTest(printer) {
	const options = { title: "Test receipt", ...(printer.language === "escpos" && { cut: "partial" }) };
	const made = await submit(`/v1/printers/${encodeURIComponent(printer.name)}/jobs`,
		testReceipt(printer), { "Platen-Options": JSON.stringify(options) });
	return `Job ${made.id} is accepted`;
}

const ACTIONS = [
	["Test receipt", "print", printTest],
	["Open drawer", "drawer", p => submit(device(p.name, "open"), {}).then(() => "The drawer is asked to open")],
	["Beep", "print", p => submit(device(p.name, "beep"), {}).then(() => "It is asked to beep")],
	["Probe", "status", p => call("POST", device(p.name, "probe"), {}).then(answer => {
		changed(answer);
		return `${p.name} is ${answer.state}`;
	})],
	["Pause", "admin", p => call("POST", device(p.name, "pause"), {}).then(changed), p => !p.paused],
	["Resume", "admin", p => call("POST", device(p.name, "resume"), {}).then(changed), p => p.paused],
];

const COUNTS = [
	["active", n => `${n} printing`],
	["waiting", n => `${n} waiting`],
	["delayed", n => `${n} delayed`],
	["unconfirmed", n => `${n} unconfirmed`],
	["failed", n => `${n} failed today`],
];

function counts(printer) {
	const said = COUNTS.filter(([name]) => printer.queue[name]).map(([name, say]) => say(printer.queue[name]));
	return said.join(" · ") || "nothing waits";
}

function trouble(printer) {
	const last = printer.last_contact ? `, ${ago(printer.last_contact)}` : "";
	if (printer.last_error)
		return printer.last_error + last;
	return printer.state === "unknown" ? "Not asked yet." : "";
}

const TONES = { online: "good", offline: "bad", unknown: "calm" };
const kind = p => [p.uri, p.identity?.model ?? p.language, p.adhoc && "named by a page"]
	.filter(Boolean).join(" · ");
// What it says of itself: "paper low, cover open". That it is offline is its state.
const alarms = p => (p.reasons ?? []).map(r => r.reason.replaceAll("-", " "))
	.filter(r => r !== "offline").join(", ");

function makePrinter(first) {
	const state = h("span", { class: "state" });
	const paused = h("span", { class: "state", "data-tone": "warn" }, "paused");
	const alarm = h("span", { class: "state", "data-tone": "warn" });
	const where = h("p", { class: "where" });
	const why = h("p", { class: "why" });
	const waits = h("p", { class: "said" });
	const does = h("div", { class: "actions" });
	const hint = h("p", { class: "hint" }, "Go on with ",
		h("code", {}, `platen printers resume ${first.name}`));
	let printer = first, shown;

	return { node: h("li", {}, h("h3", {}, first.name, state, alarm, paused), where, why, waits, hint, does),
		update(next) {
			printer = next;
			put(state, printer.state);
			state.dataset.tone = TONES[printer.state] ?? "calm";
			put(alarm, alarms(printer));
			alarm.hidden = !alarm.textContent;
			paused.hidden = !printer.paused;
			hint.hidden = !printer.paused || may("admin");
			put(where, kind(printer));
			put(why, trouble(printer));
			put(waits, counts(printer));
			const wanted = ACTIONS.filter(a => may(a[1]) && (!a[3] || a[3](printer)));
			const name = wanted.map(a => a[0]).join();
			if (name === shown)
				return;
			shown = name;
			does.replaceChildren(...wanted.map(([label, , run]) =>
				button(label, () => run(printer), { "aria-label": `${label}: ${printer.name}` })));
		} };
}

const show = keyed(document.querySelector("#printers ul"), p => p.name, makePrinter);
let list = [];
let heard = 0;
let told = () => {};

function draw() {
	show(list);
	document.querySelector("#printers .empty").hidden = list.length > 0;
	const silent = list.filter(p => p.state === "offline").length;
	put(document.querySelector("#printers small"), silent ? `${silent} of ${list.length} offline` : "");
	told(list);
}

export function changed(printer) {
	heard++;
	const at = list.findIndex(p => p.name === printer.name);
	if (at < 0)
		list.push(printer);
	else
		list[at] = printer;
	draw();
}

export async function reload() {
	const before = heard;
	const answer = await call("GET", "/v1/printers");
	if (before !== heard)
		return reload(); // the answer may be older than what was heard
	list = answer.devices;
	draw();
}

// on(list) hears of every change.
export function start(on) {
	told = on;
	addEventListener("rights", draw);
}
