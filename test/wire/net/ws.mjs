// WebSocket by npm ws: node ws.mjs PORT CA
import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { createRequire } from 'node:module';

const WebSocket = createRequire(import.meta.url)('../../node_modules/ws');
const [port, ca] = process.argv.slice(2);

async function open(path = '/', options = {}) {
	const ws = new WebSocket(`ws://localhost:${port}${path}`, options);
	await once(ws, 'open');
	return ws;
}

async function echo(ws, payload, options = {}) {
	ws.send(payload, options);
	const [got, binary] = await once(ws, 'message');
	assert.deepEqual(binary ? got : got.toString(), payload);
}

async function closed(ws) {
	const [code, reason] = await once(ws, 'close');
	return [code, reason.toString()];
}

const text = await open();
assert.equal(text.extensions, '');
await echo(text, 'hello');
await echo(text, '');
await echo(text, 'ünïcödé € 𝄞'.repeat(1000));
await echo(text, 'x'.repeat(1 << 20));
for (const n of [125, 126, 65535, 65536])
	await echo(text, 'y'.repeat(n));
await echo(text, Buffer.alloc(1 << 20, 7));

// Fragments, with a character and a ping between them.
const euro = Buffer.from('€');
text.send(euro.subarray(0, 1), { fin: false, binary: false });
text.ping('mark');
text.send(euro.subarray(1, 2), { fin: false });
text.send(euro.subarray(2), { fin: true });
const [[pong], [joined]] = await Promise.all([once(text, 'pong'), once(text, 'message')]);
assert.equal(pong.toString(), 'mark');
assert.equal(joined.toString(), '€');

// Order under load.
const order = [];
text.on('message', (m) => order.push(Number(m)));
for (let i = 0; i < 5000; i++)
	text.send(String(i));
while (order.length < 5000)
	await once(text, 'message');
assert.deepEqual(order, [...order.keys()]);
text.removeAllListeners('message');

text.close(3001, 'done');
assert.deepEqual((await closed(text))[0], 3001);

const ours = await open();
ours.send('close me');
assert.deepEqual(await closed(ours), [4001, 'as you wish']);

const binary = await open('/text');
binary.send(Buffer.from('b'));
assert.equal((await closed(binary))[0], 1003);

const big = await open();
big.on('error', () => {}); // our close may come while it still writes
big.send('z'.repeat((4 << 20) + 1));
assert.equal((await closed(big))[0], 1009);

// permessage-deflate is offered by default and must not be taken; TLS on the same port.
const tls = new WebSocket(`wss://localhost:${port}/`, { ca: readFileSync(ca) });
await once(tls, 'open');
await echo(tls, 't'.repeat(1 << 20));
tls.close();
await closed(tls);
console.log('ok');
