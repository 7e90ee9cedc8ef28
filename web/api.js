// The native API: requests, the stream of events, and what this caller may do.

const WAIT_MS = 15000;
const SILENCE_MS = 40000; // the stream has a comment every 15 s
const EVENT_MAX = 1 << 20;

export class Refusal extends Error {
	constructor(status, body) {
		super(body.error ?? (status ? `platend answered ${status}` : "platend does not answer"));
		this.status = status;
		this.code = body.code;
	}
}

// --- who we are ------------------------------------------------------------
// Without a token the console may do everything but administer; a token's rights
// replace these. What was refused once is not offered again.

const denied = new Set();
let administrator = false;

export const token = () => sessionStorage.getItem("token");
export const may = what => what === "admin" ? administrator : !denied.has(what);

export function signOut() {
	sessionStorage.removeItem("token");
	administrator = false;
	denied.clear();
}

// True if the token is an administrator's; throws if it is none at all.
export async function signIn(text) {
	signOut();
	sessionStorage.setItem("token", text);
	try {
		await call("GET", "/v1/origins");
		administrator = true;
	} catch (e) {
		if (e.status !== 403) {
			if (e.status)
				signOut();
			throw e;
		}
	}
	return administrator;
}

const authorization = () => token() ? { Authorization: `Bearer ${token()}` } : {};

// --- requests ----------------------------------------------------------------

async function refusal(answer) {
	const body = await answer.json().catch(() => ({}));
	const missing = /^Not allowed: (\w+)$/.exec(body.error);
	if (missing)
		denied.add(missing[1]);
	return new Refusal(answer.status, body);
}

async function ask(path, options) {
	try {
		return await fetch(path, { cache: "no-store", ...options });
	} catch {
		throw new Refusal(0, {});
	}
}

// A body is JSON, or bytes in a printer's language.
export async function call(method, path, body, headers = {}) {
	const bytes = body instanceof Uint8Array;
	const answer = await ask(path, {
		method,
		body: body && !bytes ? JSON.stringify(body) : body,
		headers: {
			...(body && { "Content-Type": bytes ? "application/octet-stream" : "application/json" }),
			...authorization(),
			...headers,
		},
		signal: AbortSignal.timeout(WAIT_MS),
	});
	if (!answer.ok)
		throw await refusal(answer);
	return answer.json();
}

// What makes paper carries a key until it is answered: who presses the button
// again because no answer came still gets one paper.
const keys = new Map();

function newKey() {
	return Array.from(crypto.getRandomValues(new Uint32Array(4)), n => n.toString(36)).join("-");
}

export async function submit(path, body, headers = {}) {
	const key = keys.get(path) ?? { key: newKey(), body };
	keys.set(path, key);
	try {
		const answer = await call("POST", path, key.body,
			{ ...headers, "Idempotency-Key": key.key });
		keys.delete(path);
		return answer;
	} catch (e) {
		if (e.status)
			keys.delete(path);
		throw e;
	}
}

export const device = (name, verb) => `/v1/devices/${encodeURIComponent(name)}/${verb}`;

// --- events ------------------------------------------------------------------

function tell(block, on) {
	let name = "", data = "";
	for (const line of block.split("\n")) {
		if (line.startsWith("event: "))
			name = line.slice(7);
		else if (line.startsWith("data: "))
			data += line.slice(6);
	}
	if (name && data)
		on.event(name, JSON.parse(data));
}

async function stream(on) {
	const abort = new AbortController();
	let silence;
	const heard = () => {
		clearTimeout(silence);
		silence = setTimeout(() => abort.abort(), SILENCE_MS);
	};
	heard();
	try {
		const answer = await ask("/v1/events", { headers: authorization(), signal: abort.signal });
		if (!answer.ok)
			throw await refusal(answer);
		on.open();
		const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
		for (let rest = "";;) {
			const { value, done } = await reader.read();
			if (done)
				return;
			heard();
			const blocks = (rest + value).split("\n\n");
			rest = blocks.pop();
			if (rest.length > EVENT_MAX)
				return;
			blocks.forEach(b => tell(b, on));
		}
	} finally {
		clearTimeout(silence);
		abort.abort();
	}
}

// Follow the events for as long as the page lives. on.open() when the stream
// stands: what was missed is to be loaded then. on.lost(refusal) when it broke.
export async function follow(on) {
	for (let pause = 500;; pause = Math.min(pause * 2, 8000)) {
		let why = new Refusal(0, {});
		try {
			await stream({ ...on, open: () => { pause = 250; on.open(); } });
		} catch (e) {
			why = e instanceof Refusal ? e : why;
		}
		on.lost(why);
		await new Promise(wake => setTimeout(wake, pause * (0.75 + Math.random() / 2)));
	}
}
