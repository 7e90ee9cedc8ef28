// Jobs: those nobody knows about, on top; then the list, live, newest first.
import { button } from "./actions.js";
import { call, may, submit } from "./api.js";
import { h, keyed, put } from "./dom.js";
import { bytes, ended, many, reason, sentence, title, tone, when } from "./words.js";

const PAGE = 50;
const DOUBT_MAX = 200;

const $ = id => document.getElementById(id);
const path = (job, after = "") => `/v1/jobs/${job.id}${after}`;
const newestFirst = map => [...map.values()].sort((a, b) => b.id - a.id);

// --- what can be done with a job ------------------------------------------------

const resolve = (job, action) => call("POST", path(job, "/resolve"), { action }).then(take);
const cancel = job => call("DELETE", path(job)).then(take);

async function copy(job) {
	const made = await submit(path(job, "/reprint"));
	return `A copy is on its way as job ${made.id}`;
}

const CHOICES = [
	["It was printed", job => resolve(job, "printed")],
	["Print it again", job => resolve(job, "reprint")],
	["Drop it", job => resolve(job, "drop"), { class: "quiet" }],
];

// What the list offers; the unconfirmed ones are decided above it.
function offers(job) {
	if (job.state === "unconfirmed")
		return [];
	if (ended(job))
		return job.kind === "print" ? [["Print a copy", copy, { class: "quiet" }]] : [];
	return [
		...(job.state === "held" ? [["Try now", j => resolve(j, "reprint")]] : []),
		["Cancel", cancel, { class: "quiet" }],
	];
}

// Buttons are made anew only when there are others than before.
function actions(wantedFor) {
	const node = h("div", { class: "actions" });
	let shown, current;
	return { node, update(job) {
		const wanted = may("print") ? wantedFor(job) : [];
		const name = wanted.map(a => a[0]).join();
		current = job;
		if (name === shown)
			return;
		shown = name;
		node.replaceChildren(...wanted.map(([label, run, props]) =>
			button(label, () => run(current), { ...props, "aria-label": `${label}: job ${job.id}` })));
	} };
}

// --- one row, and what it opens ---------------------------------------------------

function facts(job) {
	const rows = [
		["Accepted", when(job.created)],
		["Starts", job.run_at && when(job.run_at)],
		["Ended", job.ended && when(job.ended)],
		["Size", `${bytes(job.size)}, ${job.sent.toLocaleString()} sent`],
		["Attempts", `${job.attempts}${job.reprints ? `, ${many(job.reprints, "reprint")}` : ""}`],
		["Proof", job.evidence && job.evidence + (job.grade ? ` (grade ${job.grade})` : "")],
		["Error", job.error && `${job.error} (${job.code})`],
		["From", `${job.caller}, by ${job.dialect}`],
	].filter(row => row[1]);
	return h("dl", {}, ...rows.map(([name, text]) => h("div", {}, h("dt", {}, name), h("dd", {}, text))));
}

function journal(notes) {
	if (!notes.length)
		return null;
	return h("table", {}, h("caption", {}, "Journal"), h("tbody", {}, ...notes.map(n => h("tr", {},
		h("td", {}, h("time", { datetime: n.at }, when(n.at))),
		h("td", {}, n.what + (n.number ? ` ${n.number}` : "")),
		h("td", {}, n.text ?? ""),
		h("td", {}, `${bytes(n.sent)} sent`)))));
}

async function load(job, into) {
	try {
		const whole = await call("GET", path(job));
		into.replaceChildren(facts(whole), journal(whole.journal) ?? "");
	} catch (e) {
		into.replaceChildren(h("p", { class: "why" }, e.message));
	}
}

function makeRow(first) {
	const id = `job-${first.id}`;
	const name = h("span", { class: "title" });
	const where = h("span", { class: "where" });
	const state = h("span", { class: "state" });
	const said = h("span", { class: "said" });
	const why = h("span", { class: "why" });
	const detail = h("div", { class: "detail", id, hidden: true });
	const open = h("button", { type: "button", class: "open", "aria-expanded": "false",
		"aria-controls": id },
		h("span", { class: "id" }, `#${first.id}`,
			h("time", { datetime: first.created }, when(first.created))),
		h("span", {}, name, where),
		h("span", {}, state, said, why));
	const does = actions(offers);
	let job = first;

	open.addEventListener("click", () => {
		detail.hidden = open.getAttribute("aria-expanded") === "true";
		open.setAttribute("aria-expanded", String(!detail.hidden));
		if (!detail.hidden)
			load(job, detail);
	});
	return { node: h("li", {}, h("div", { class: "row" }, open, does.node), detail), update(next) {
		const changed = JSON.stringify(next) !== JSON.stringify(job);
		job = next;
		put(name, title(job));
		put(where, job.printer);
		put(state, job.state);
		state.dataset.tone = tone(job);
		put(said, sentence(job, printers.get(job.printer)));
		put(why, reason(job));
		does.update(job);
		if (changed && !detail.hidden)
			load(job, detail);
	} };
}

function makeDoubt(first) {
	const name = h("strong");
	const where = h("span", { class: "where" }, `on ${first.printer}, ${when(first.created)}`);
	const said = h("p");
	const does = actions(() => CHOICES);
	return { node: h("li", {}, h("div", {}, h("span", { class: "id" }, `#${first.id}`), name, where,
		said), does.node), update(job) {
		put(name, title(job));
		put(said, `${job.sent < job.size ? job.sent.toLocaleString() + " of" : "All"} ` +
			`${bytes(job.size)} had left. ${job.error ?? ""}`);
		does.update(job);
	} };
}

// --- the two lists ------------------------------------------------------------------

const jobs = new Map();   // by id: those in the list
const doubts = new Map(); // by id: the unconfirmed ones
let printers = new Map();
let since = null;         // events since a list was asked for
let pages = 1, before = null, drawn = false;
let found = null;         // ids that a search gave: only the daemon knows what documents say

const showJobs = keyed(document.querySelector("#jobs ol"), j => j.id, makeRow);
const showDoubts = keyed(document.querySelector("#doubt ol"), j => j.id, makeDoubt);

function matches(job) {
	const states = $("by-state").value;
	const open = states === "open" ? !ended(job) : !states || states.split(",").includes(job.state);
	return open && (!$("by-printer").value || job.printer === $("by-printer").value) &&
		(!found || found.has(job.id));
}

const filtered = () => $("by-state").value || $("by-printer").value || $("by-text").value.trim();

function draw() {
	drawn = false;
	const list = newestFirst(jobs);
	const empty = document.querySelector("#jobs .empty");
	showJobs(list);
	showDoubts(newestFirst(doubts));
	$("doubt").hidden = !doubts.size;
	put($("doubt-title"), doubts.size === 1 ? "One job needs your decision"
		: `${doubts.size} jobs need your decision`);
	document.title = doubts.size ? `(${doubts.size}) platen` : "platen";
	empty.hidden = list.length > 0;
	put(empty, before ? "None of those looked at so far."
		: filtered() ? "No job is like this." : "Nothing has been printed yet.");
	document.querySelector("#jobs .more").hidden = !before;
}

// Many events make one drawing.
function drawSoon() {
	if (!drawn)
		setTimeout(draw, 40);
	drawn = true;
}

// Live jobs push old ones off the pages that were asked for.
function trim() {
	const list = newestFirst(jobs);
	for (const job of list.splice(pages * PAGE))
		jobs.delete(job.id);
	if (!found && list.length === pages * PAGE)
		before = list.at(-1).id;
}

// A job as it is now. One that is older than what is shown waits for its page.
export function take(job) {
	since?.push(job);
	const known = jobs.has(job.id);
	if (job.state === "unconfirmed")
		doubts.set(job.id, job);
	else
		doubts.delete(job.id);
	if (!matches(job))
		jobs.delete(job.id);
	else if (known || !before || Number(job.id) > Number(before))
		jobs.set(job.id, job);
	trim();
	drawSoon();
}

export function takePrinters(list) {
	const select = $("by-printer");
	printers = new Map(list.map(p => [p.name, p]));
	const names = list.map(p => p.name);
	if (select.value && !names.includes(select.value))
		names.push(select.value);
	const chosen = select.value;
	if ([...select.options].slice(1).map(o => o.value).join() !== names.join())
		select.replaceChildren(select.options[0], ...names.map(n => h("option", {}, n)));
	select.value = chosen;
	drawSoon();
}

function query(more = {}) {
	const given = { limit: PAGE, state: $("by-state").value, printer: $("by-printer").value,
		text: $("by-text").value.trim(), ...more };
	return new URLSearchParams(Object.entries(given).filter(pair => pair[1]));
}

// An answer may be older than the events that came while it was under way: they
// are taken again after it. Only the answer to the latest question counts.
async function answered(...paths) {
	const mine = since = [];
	try {
		const answers = await Promise.all(paths.map(p => call("GET", p)));
		return mine === since && answers;
	} catch (e) {
		since = mine === since ? null : since;
		throw e;
	}
}

function settle(list) {
	const missed = since;
	since = null;
	before = list.before ?? null;
	list.jobs.forEach(j => jobs.set(j.id, j));
	list.jobs.forEach(j => found?.add(j.id));
	missed.forEach(take);
	draw();
}

export async function reload() {
	const answers = await answered(`/v1/jobs?${query()}`,
		`/v1/jobs?state=unconfirmed&limit=${DOUBT_MAX}`);
	if (!answers)
		return;
	pages = 1;
	found = $("by-text").value.trim() ? new Set() : null;
	jobs.clear();
	doubts.clear();
	answers[1].jobs.forEach(j => doubts.set(j.id, j));
	settle(answers[0]);
}

async function more() {
	const answers = await answered(`/v1/jobs?${query({ before })}`);
	if (!answers)
		return;
	pages++;
	settle(answers[0]);
}

export function start(fail) {
	$("by-state").addEventListener("change", () => reload().catch(fail));
	$("by-printer").addEventListener("change", () => reload().catch(fail));
	$("by-text").addEventListener("change", () => reload().catch(fail));
	$("by-text").addEventListener("search", () => reload().catch(fail));
	document.querySelector("#jobs .more").addEventListener("click", () => more().catch(fail));
	addEventListener("rights", drawSoon);
}
