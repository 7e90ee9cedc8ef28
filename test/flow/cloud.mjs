// A cloud that daemons call: a real WebSocket server (npm ws).
//
//   node cloud.mjs PORT [CERT KEY]
//
// Commands come as lines of JSON on stdin, what happens goes as lines of JSON to
// stdout. A request that was not answered is asked again, under the same id,
// after each HELLO.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTls } from 'node:https';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const { WebSocketServer } = createRequire(import.meta.url)('../node_modules/ws');
const [port, cert, key] = process.argv.slice(2);

const say = (type, fields) => process.stdout.write(JSON.stringify({ type, ...fields }) + '\n');
const state = { refuse: 0, deaf: false, rough: 0 };
const WINDOW = 30;        // of 32 that the contract lets be in progress
const asked = new Map();  // id -> text, until it is answered
let waiting = [];         // ids not sent on this connection yet
let under = 0;            // sent on it, and not answered
const answers = new Map(); // id -> how often it was answered
let client = null, connections = 0;

const server = cert ? createTls({ cert: readFileSync(cert), key: readFileSync(key) })
	: createServer();
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });

server.on('upgrade', (req, socket, head) => {
	say('upgrade', { url: req.url, auth: req.headers.authorization ?? null,
		origin: req.headers.origin ?? null });
	if (state.refuse) {
		socket.end(`HTTP/1.1 ${state.refuse} No\r\nContent-Length: 0\r\n\r\n`);
		return;
	}
	sockets.handleUpgrade(req, socket, head, (ws) => sockets.emit('connection', ws));
});

function pump() {
	while (client && waiting.length && under < WINDOW) {
		const text = asked.get(waiting.shift());

		if (text) {
			client.send(text);
			under++;
		}
	}
}

function cut() {
	client?.terminate();
}

function onMessage(ws, data) {
	const text = data.toString();
	const m = JSON.parse(text);

	if (m.MESSAGE_TYPE === 'HELLO') {
		say('hello', { hello: m });
		waiting = [...asked.keys()];
		under = 0;
		pump();
		return;
	}
	// The answer has come, but the cloud dies before it has noted it.
	if (state.rough > 0 && m.MESSAGE_TYPE === 'RESPONSE' && Math.random() < 0.25) {
		state.rough--;
		say('rough', { left: state.rough });
		cut();
		return;
	}
	say('message', { message: m, text });
	if (m.MESSAGE_TYPE === 'RESPONSE') {
		under -= asked.delete(m.MESSAGE_UUID);
		answers.set(m.MESSAGE_UUID, (answers.get(m.MESSAGE_UUID) ?? 0) + 1);
		pump();
	}
}

sockets.on('connection', (ws) => {
	const number = ++connections;
	client = ws;
	say('connected', { number });
	ws.on('message', (data) => ws === client && onMessage(ws, data));
	ws.on('ping', () => say('ping', { number }));
	ws.on('close', (code) => {
		if (client === ws)
			client = null;
		say('closed', { number, code });
	});
});

const commands = {
	ask({ request }) {
		const text = JSON.stringify(request);

		asked.set(request.UUIDV4, text);
		waiting.push(request.UUIDV4);
		pump();
	},
	send({ text }) {
		client?.send(text);
	},
	drop: cut,
	set(fields) {
		Object.assign(state, fields);
	},
	count() {
		say('count', { open: asked.size, answers: Object.fromEntries(answers) });
	},
};

createInterface({ input: process.stdin }).on('line', (line) => {
	const { command, ...fields } = JSON.parse(line);

	commands[command](fields);
	say('did', { command });
}).on('close', () => process.exit(0));

server.listen(Number(port), '127.0.0.1', () => say('listening', {}));
