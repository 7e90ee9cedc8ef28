// The list of commands: what has come, what was asked for, and which of it shows.
import { h, keyed, put, toast } from "./dom.js";
import { details } from "./detail.js";

const SHOWN = 300;       // rows at most; older ones by the button
const KEPT = 2000;
const EVERY_MS = 40;     // between two drawings, when much comes
const FRESH_MS = 1500;

const STATES = { done: "good", sending: "busy", queued: "wait", held: "warn", scheduled: "calm",
	failed: "bad", expired: "bad", unconfirmed: "doubt", cancelled: "calm" };

export function clock(time) {
	const at = new Date(time), two = n => String(n).padStart(2, "0");
	return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.` +
		String(at.getMilliseconds()).padStart(3, "0");
}

export function is_copy(entry) {
	return entry.dialect === "viewer-feed" && entry.ACTION === "resend";
}

function outcome(entry) {
	if (entry.exec === null)
		return ["busy", "waiting"];
	return entry.exec === "SUCCESS" ? ["good", "success"] : ["bad", "failure"];
}

const is_poll = entry => /^(GET|HEAD) /.test(entry.ACTION) && entry.exec !== "FAILURE";

function words(entry) {
	return [entry.caller, entry.TARGET, entry.ACTION, JSON.stringify(entry.UUIDV4),
		JSON.stringify(entry.request), JSON.stringify(entry.response),
		entry.job?.printer].join("\n").toLowerCase();
}

export function entries(section, actions) {
	const known = new Map();
	const list = section.querySelector(":scope > ol"), empty = section.querySelector(".empty");
	const more = section.querySelector(".more");
	const find = id => document.getElementById(id);
	let limit = SHOWN, older = false, drawn = 0, timer = 0;

	const filter = () => ({
		text: find("by-text").value.trim(),
		dialect: find("by-dialect").value,
		printer: find("by-printer").value,
		outcome: find("by-outcome").value,
	});

	function fits(entry, f) {
		return (!f.dialect || entry.dialect === f.dialect) &&
			(!f.printer || printer_of(entry) === f.printer) &&
			(!f.outcome || { busy: "pending", good: "success", bad: "failure" }[outcome(entry)[0]] === f.outcome) &&
			(!find("by-change").checked || !is_poll(entry)) &&
			(!f.text || words(entry).includes(f.text.toLowerCase()));
	}

	// Where it was to be printed; what has no job may still say so.
	function printer_of(entry) {
		return entry.job?.printer ?? entry.request?.DATA?.printer ?? entry.request?.printer ?? "";
	}

	function row(entry) {
		const id = `entry-${entry.id}`;
		const time = h("time", {}), action = h("span", { class: "action" });
		const target = h("span", { class: "target" }), who = h("span", { class: "who" });
		const caller = h("span", {}), job = h("span", { class: "state" });
		const state = h("span", { class: "state" }), took = h("small", {});
		const button = h("button", { class: "command-row", type: "button", "aria-expanded": "false",
			"aria-controls": id, onclick: toggle },
		h("span", {}, time), h("span", {}, action, target), who,
		h("span", { class: "outcome" }, state, took));
		const node = h("li", { "data-id": entry.id }, button);
		let detail = null, now = entry;

		who.append(caller, job);
		if (Date.now() - Date.parse(entry.time) < FRESH_MS) {
			node.classList.add("fresh");
			setTimeout(() => node.classList.remove("fresh"), FRESH_MS);
		}

		function toggle() {
			if (detail) {
				detail.node.remove();
				detail = null;
			} else {
				detail = details(id, actions);
				detail.update(now);
				node.append(detail.node);
			}
			button.setAttribute("aria-expanded", String(detail !== null));
		}

		function update(e) {
			if (e === now && time.textContent)
				return;
			now = e;
			const [tone, word] = outcome(e);
			put(time, clock(e.time));
			time.setAttribute("datetime", e.time);
			put(action, is_copy(e) ? `resend of ${e.request?.id}` : e.ACTION);
			put(target, e.TARGET);
			put(caller, e.caller);
			put(state, word);
			state.dataset.tone = tone;
			put(took, e.ms === null ? "" : `${e.ms} ms`);
			job.hidden = !e.job;
			put(job, e.job ? `${e.job.printer}: ${e.job.state}` : "");
			job.dataset.tone = STATES[e.job?.state] ?? "calm";
			detail?.update(e);
		}
		return { node, update, open: () => { detail || toggle(); button.focus(); } };
	}

	const rows = new Map();
	const show = keyed(list, entry => entry.id, entry => {
		const made = row(entry);
		rows.set(entry.id, made);
		return made;
	});

	function draw() {
		clearTimeout(timer);
		timer = 0;
		drawn = performance.now();
		const f = filter();
		const fitting = [...known.values()].filter(e => fits(e, f)).sort((a, b) => b.id - a.id);
		show(fitting.slice(0, limit));
		for (const id of rows.keys())
			if (!rows.get(id).node.isConnected)
				rows.delete(id);
		empty.hidden = fitting.length > 0;
		put(empty, known.size ? "No command fits." : "Nothing has been asked yet.");
		more.hidden = !(older || fitting.length > limit);
		actions.count(known.size);
	}

	// At once, unless much comes: then often enough.
	function soon() {
		if (performance.now() - drawn >= EVERY_MS)
			draw();
		else
			timer ||= setTimeout(draw, EVERY_MS);
	}

	function learn(entry) {
		known.set(entry.id, entry);
		if (known.size > KEPT)
			known.delete(Math.min(...known.keys()));
		const dialects = find("by-dialect");
		if (![...dialects.options].some(o => o.value === entry.dialect))
			dialects.append(h("option", { value: entry.dialect }, entry.dialect));
	}

	function take(entry) {
		learn(entry);
		soon();
	}

	function job(id, changed) {
		const entry = known.get(id);
		if (entry)
			take({ ...entry, job: changed });
	}

	function clear() {
		known.clear();
		limit = SHOWN;
		draw();
	}

	// What the daemon still has that fits, newest first.
	async function fetch_older(before, f = filter()) {
		const wanted = { limit: 200 };
		for (const [name, value] of Object.entries(f))
			if (value)
				wanted[name] = value;
		if (before)
			wanted.before = before;
		const answer = await actions.history(wanted);
		answer.entries.forEach(learn);
		older = answer.more;
		draw();
		return answer;
	}

	more.addEventListener("click", async () => {
		limit += SHOWN;
		const f = filter(), ids = [...known.values()].filter(e => fits(e, f)).map(e => e.id);
		if (older)
			await fetch_older(Math.min(...ids, Infinity) === Infinity ? undefined : Math.min(...ids));
		else
			draw();
	});

	let typing = 0;
	const refine = wait => {
		limit = SHOWN;
		draw();
		clearTimeout(typing);
		typing = setTimeout(() => fetch_older().catch(() => {}), wait);
	};
	find("by-text").addEventListener("input", () => refine(200));
	for (const id of ["by-dialect", "by-printer", "by-outcome", "by-change"])
		find(id).addEventListener("change", () => refine(0));

	// Rows by the arrows; "/" to search, Escape to let go.
	list.addEventListener("keydown", event => {
		const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
		const li = event.target.closest("li");
		if (!event.target.matches(".command-row") || !li)
			return;
		if (step && li[step])
			li[step].querySelector(".command-row").focus();
		if (event.key === "Escape" && event.target.getAttribute("aria-expanded") === "true")
			event.target.click();
		if (step)
			event.preventDefault();
	});
	document.addEventListener("keydown", event => {
		const box = find("by-text");
		if (event.key === "/" && !event.target.matches("input, select, textarea")) {
			event.preventDefault();
			box.focus();
		} else if (event.key === "Escape" && event.target === box) {
			box.value = "";
			refine(0);
		}
	});

	function open(id) {
		if (timer)
			draw();
		if (rows.has(id))
			rows.get(id).open();
		else
			toast("The filter hides this command", "bad");
	}

	return { take, job, clear, open, fetch_older };
}
