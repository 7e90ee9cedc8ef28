// A backend of the Print Bridge: a real socket.io server and the REST side of it.
//
//   node backend.mjs PORT [CERT KEY]
//
// Commands come as lines of JSON on stdin, what happens goes as lines of JSON to
// stdout. Jobs that were offered are offered again after each subscription until
// they are acknowledged.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTls } from 'node:https';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const { Server } = createRequire(import.meta.url)('../node_modules/socket.io');
const [port, cert, key] = process.argv.slice(2);

const say = (type, fields) => process.stdout.write(JSON.stringify({ type, ...fields }) + '\n');
const state = {
	refuse: null,     // message of the middleware, or null
	answers: [],      // what the next reports are answered: a status, 'hang' or 'break'
	missed: null,     // what the catch-up path returns; null: 404
	again: true,      // offer again what was not acknowledged
	chaos: 0,         // forced disconnects to come
};
const open = new Map();    // number -> socket
const pending = new Map(); // id -> offer
let connections = 0;

// --- the REST side

function answer(res, status, body = '') {
	res.writeHead(status, { 'Content-Type': 'application/json' });
	res.end(body);
}

function onReport(req, res, body) {
	let told = state.answers.length ? state.answers.shift() : 200;
	if (state.chaos > 0 && Math.random() < 0.3) {
		told = 'break'; // it was heard, but nobody knows
		drop();
	}
	say('patch', {
		id: decodeURIComponent(req.url.split('/').pop()), url: req.url, body, told,
		key: req.headers['idempotency-key'], auth: req.headers.authorization,
		media: req.headers['content-type'],
	});
	if (told === 'break')
		req.socket.destroy();
	else if (told !== 'hang')
		answer(res, told);
}

function onRequest(req, res) {
	const pieces = [];
	req.on('data', (piece) => pieces.push(piece));
	req.on('end', () => {
		const text = Buffer.concat(pieces).toString();
		if (req.method === 'PATCH')
			return onReport(req, res, JSON.parse(text));
		say('get', { url: req.url, auth: req.headers.authorization });
		return state.missed ? answer(res, 200, JSON.stringify(state.missed)) : answer(res, 404);
	});
}

const server = cert ? createTls({ cert: readFileSync(cert), key: readFileSync(key) }, onRequest)
	: createServer(onRequest);
const io = new Server(server, { transports: ['websocket'], serveClient: false });
const restaurant = io.of('/restaurant');

// --- connections

const wire = (socket) => socket.conn.transport.socket;

function drop() {
	if (!open.size)
		return;
	state.chaos = Math.max(0, state.chaos - 1);
	say('drop', {});
	open.forEach((socket) => wire(socket)?.terminate());
}

function later(fn) {
	setTimeout(fn, Math.random() * 40);
}

function emit(n, offer) {
	const socket = open.get(n);
	if (!socket)
		return;
	socket.emit('print_job.new', offer, (told) => {
		say('ack', { n, id: offer.id, told });
		pending.delete(offer.id);
		if (state.chaos > 0 && Math.random() < 0.3)
			later(() => drop());
	});
	if (state.chaos > 0 && Math.random() < 0.5)
		later(() => drop());
}

restaurant.use((socket, next) => {
	say('auth', { auth: socket.handshake.auth });
	next(state.refuse ? new Error(state.refuse) : undefined);
});

restaurant.on('connection', (socket) => {
	const n = ++connections;
	open.set(n, socket);
	say('connect', { n, auth: socket.handshake.auth });
	socket.on('disconnect', (reason) => {
		open.delete(n);
		say('disconnect', { n, reason });
	});
	socket.onAny((name, ...args) => say(name, { n, args }));
	socket.on('subscribe', ({ stationId }) => {
		for (const offer of state.again ? pending.values() : [])
			if (offer.stationId === stationId)
				emit(n, offer);
	});
});

// --- commands

const commands = {
	set: (fields) => Object.assign(state, fields),
	drop: () => drop(),
	leave: () => open.forEach((socket) => socket.disconnect()),
	offer({ offer }) {
		if (offer.id)
			pending.set(offer.id, offer);
		for (const n of open.keys())
			emit(n, offer);
	},
	// An event as it is, without an acknowledgement.
	event({ name, args }) {
		open.forEach((socket) => socket.emit(name, ...args));
	},
	raw({ text }) {
		open.forEach((socket) => wire(socket).send(text));
	},
};

createInterface({ input: process.stdin }).on('line', (line) => {
	const { command, ...fields } = JSON.parse(line);
	commands[command](fields);
	say('did', { command });
}).on('close', () => process.exit(0));

server.listen(Number(port), '127.0.0.1', () => say('listening', { port: server.address().port }));
