// A WebSocket server by npm ws: node ws_server.mjs CERT|- KEY|-
// What it does with a client follows from the path.
import assert from 'node:assert';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { createRequire } from 'node:module';

const { WebSocketServer } = createRequire(import.meta.url)('../../node_modules/ws');
const [cert, key] = process.argv.slice(2);
const server = cert === '-' ? http.createServer()
	: https.createServer({ cert: readFileSync(cert), key: readFileSync(key) });
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: true,
	maxPayload: 8 << 20 });

async function echo(ws, payload, options = {}) {
	ws.send(payload, options);
	const [got, binary] = await once(ws, 'message');
	assert.ok(binary ? got.equals(payload) : got.toString() === payload);
}

async function talk(ws, request) {
	assert.equal(ws.extensions, '');
	assert.equal(ws.protocol, 'till');
	assert.equal(request.url, '/till?x=1');
	assert.equal(request.headers.authorization, 'Bearer s3cret');
	assert.equal(request.headers.origin, 'https://till.example');
	assert.match(request.headers.host, /^(localhost|127\.0\.0\.1):\d+$/);
	await echo(ws, 'hello');
	await echo(ws, '');
	for (const n of [125, 126, 127, 16367, 16368, 16369, 65535, 65536, 1 << 20])
		await echo(ws, 'é'.repeat(n / 2) + 'y'.repeat(n % 2));
	await echo(ws, Buffer.from(Array.from({ length: 1 << 20 }, (_, i) => i * 7 % 251)));

	const euro = Buffer.from('€');
	ws.send(euro.subarray(0, 1), { fin: false, binary: false });
	ws.ping('mark');
	ws.send(euro.subarray(1, 2), { fin: false });
	ws.send(euro.subarray(2), { fin: true });
	const [[pong], [joined]] = await Promise.all([once(ws, 'pong'), once(ws, 'message')]);
	assert.equal(pong.toString(), 'mark');
	assert.equal(joined.toString(), '€');

	const order = [];
	ws.on('message', (m) => order.push(Number(m)));
	for (let i = 0; i < 2000; i++)
		ws.send(String(i));
	while (order.length < 2000)
		await once(ws, 'message');
	assert.deepEqual(order, [...order.keys()]);
	ws.close(3001, 'done');
	const [code] = await once(ws, 'close');
	assert.equal(code, 3001);
	console.log('talked');
}

const paths = {
	'/till?x=1': talk,
	'/close-me': (ws) => ws.send('close me'),
	'/none': (ws) => ws.close(),
	'/gone': (ws) => ws.terminate(),
	'/big': (ws) => {
		ws.on('error', () => {}); // the client's close may come while we still write
		ws.send('z'.repeat((4 << 20) + 1));
	},
};

server.on('upgrade', (request, socket, head) => {
	console.log('upgrade', request.url);
	if (request.url === '/forbidden') {
		socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
		return;
	}
	sockets.handleUpgrade(request, socket, head, (ws) => {
		ws.on('close', (code, reason) => console.log('closed', code, reason.toString()));
		paths[request.url](ws, request);
	});
});
server.on('tlsClientError', () => {});
server.listen(0, () => console.log('port', server.address().port));
