// What states, holds and proofs mean, in words for the person at the counter.

export const ended = job => ["done", "failed", "expired", "cancelled"].includes(job.state);

const TONES = {
	scheduled: "calm", queued: "wait", held: "warn", sending: "busy", unconfirmed: "doubt",
	done: "good", failed: "bad", expired: "bad", cancelled: "calm",
};
export const tone = job => TONES[job.state] ?? "calm";

const HOLDS = {
	offline: "waits: the printer does not answer",
	paper: "waits: the printer is out of paper",
	cover: "waits: the printer's cover is open",
	error: "waits: the printer reports an error",
	paused: "waits: the printer is paused",
	retry: "waits a moment, then tries again",
};

const EVIDENCE = {
	sent: "sent: the printer's network took all bytes",
	confirmed: "confirmed: the printer answered after printing it",
	operator: "marked as printed by a person",
};
const GRADES = {
	D: "sent: the print system took the job",
	C: "sent: the printer was well afterwards",
};

function queued(job, printer) {
	if (!printer)
		return `waits for a printer named ${job.printer}`;
	if (printer.paused)
		return HOLDS.paused;
	return printer.state === "offline" ? HOLDS.offline : "waits for its turn";
}

const SENTENCES = {
	scheduled: job => `starts ${when(job.run_at)}`,
	queued,
	held: job => HOLDS[job.hold] ?? "waits",
	sending: () => "on its way to the printer",
	unconfirmed: () => "nobody knows whether it was printed",
	done: job => GRADES[job.grade] ?? EVIDENCE[job.evidence] ?? "done",
	failed: job => job.sent ? "given up; some of it may be on paper" : "not printed",
	expired: () => "not printed: its time was over",
	cancelled: job => job.sent ? "stopped on its way" : "not printed",
};

// `printer` is that of the job, or undefined if there is none of this name.
export const sentence = (job, printer) => SENTENCES[job.state]?.(job, printer) ?? "";

// Why; unless the sentence says as much.
export const reason = job =>
	job.error && !["cancelled", "expired", "done"].includes(job.state) ? job.error : "";

const KINDS = { print: "Print job", drawer: "Open drawer", beep: "Beep" };
export const title = job => job.title || KINDS[job.kind] || job.kind;

export function when(iso) {
	const at = new Date(iso);
	const clock = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
	if (at.toDateString() === new Date().toDateString())
		return clock;
	return at.toLocaleDateString([], { day: "numeric", month: "short" }) + ", " + clock;
}

const UNITS = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];

// 3 h 12 min: the two largest units.
export function span(seconds) {
	const first = UNITS.findIndex(([size]) => seconds >= size);
	const [size, unit] = UNITS[first] ?? [1, "s"];
	const next = first < 2 ? UNITS[first + 1] : null;
	const rest = next ? Math.floor(seconds % size / next[0]) : 0;
	return `${Math.floor(seconds / size)} ${unit}` + (rest ? ` ${rest} ${next[1]}` : "");
}

export function ago(iso) {
	const seconds = Math.floor((Date.now() - new Date(iso)) / 1000);
	return seconds < 10 ? "just now" : `${span(seconds)} ago`;
}

export const bytes = n => `${n.toLocaleString()} byte${n === 1 ? "" : "s"}`;
export const many = (n, one, more = one + "s") => `${n.toLocaleString()} ${n === 1 ? one : more}`;
