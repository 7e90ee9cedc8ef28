// The connection to the feed: opened again and again, asked by number, answered
// by number. What it says unasked goes to `tell`; how it is goes to `show`.

const WAIT_MS = 10000;      // for an answer
const HELLO_MS = 1500;      // until we ask for a token
const AGAIN_MS = [500, 1000, 2000, 4000, 8000];
const POLICY = 1008;
const TOKEN = "platen-viewer-token";

export function connect(tell, show) {
	const asked = new Map();
	let socket = null, number = 0, failures = 0, again = 0, port = 0;

	function send(message) {
		socket.send(JSON.stringify(message));
	}

	// Resolves with the answer, rejects with what went wrong as { code, message }.
	function ask(type, fields = {}) {
		return new Promise((resolve, reject) => {
			if (!socket || socket.readyState !== WebSocket.OPEN) {
				reject(new Error("Not connected"));
				return;
			}
			const ref = ++number;
			const late = setTimeout(() => settle(ref, new Error("No answer")), WAIT_MS);
			asked.set(ref, { resolve, reject, late });
			send({ ...fields, type, ref });
		});
	}

	function settle(ref, answer) {
		const waiting = asked.get(ref);
		if (!waiting)
			return;
		asked.delete(ref);
		clearTimeout(waiting.late);
		if (answer instanceof Error)
			waiting.reject(answer);
		else if (answer.type === "error")
			waiting.reject(Object.assign(new Error(answer.error), { code: answer.code }));
		else
			waiting.resolve(answer);
	}

	function take(event, hello) {
		const message = JSON.parse(event.data);
		if (message.ref !== undefined) {
			settle(message.ref, message);
			return;
		}
		if (message.type === "hello") {
			clearTimeout(hello);
			failures = 0;
			show({ tone: "good", word: "live" });
		}
		tell(message);
	}

	// A browser does not say why a WebSocket failed; whether the page's own server
	// still answers tells apart what can be told apart.
	async function explain(event, stood) {
		if (event.code === POLICY && /token|unauthorized/i.test(event.reason)) {
			sessionStorage.removeItem(TOKEN);
			return { tone: "warn", word: "token needed", token: true };
		}
		if (event.code === POLICY)
			return { tone: "bad", word: "refused", why: event.reason };
		try {
			await fetch("/health", { cache: "no-store" });
		} catch {
			return { tone: "bad", word: "not connected", why: "platen is not running." };
		}
		return stood ? { tone: "warn", word: "connection lost" }
			: { tone: "bad", word: "not connected",
				why: `The feed on port ${port} does not answer; see platen status.` };
	}

	async function closed(event, stood) {
		for (const ref of [...asked.keys()])
			settle(ref, new Error("The connection was lost"));
		const state = await explain(event, stood);
		show(state);
		if (state.token)
			return;
		const wait = AGAIN_MS[Math.min(failures++, AGAIN_MS.length - 1)];
		clearTimeout(again);
		again = setTimeout(open, wait * (.5 + Math.random() / 2));
	}

	async function find_port() {
		try {
			port = (await (await fetch("/feed.json", { cache: "no-store" })).json()).port;
		} catch {
			port ||= 9001;
		}
	}

	async function open() {
		await find_port();
		const host = location.hostname === "127.0.0.1" ? "127.0.0.1" : "localhost";
		const ws = socket = new WebSocket(`ws://${host}:${port}/`);
		let stood = false, hello = 0;
		ws.onopen = () => {
			const token = sessionStorage.getItem(TOKEN);
			stood = true;
			if (token)
				send({ type: "auth", token });
			hello = setTimeout(() => show({ tone: "warn", word: "token needed", token: true }),
				HELLO_MS);
		};
		ws.onmessage = event => take(event, hello);
		ws.onclose = event => {
			clearTimeout(hello);
			if (ws === socket)
				closed(event, stood);
		};
	}

	// A token that was typed in: kept for this tab, said first on a new connection.
	function authorize(token) {
		sessionStorage.setItem(TOKEN, token);
		const old = socket;
		socket = null;
		old?.close();
		open();
	}

	open();
	return { ask, authorize };
}
