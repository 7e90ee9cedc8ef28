// A Socket.IO server by npm socket.io:
//   node sio_server.mjs CERT|- KEY|- [PING_INTERVAL PING_TIMEOUT]
// What it does with a client follows from the token in its auth.
import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { createRequire } from 'node:module';

const { Server } = createRequire(import.meta.url)('../../node_modules/socket.io');
const [cert, key, pingInterval, pingTimeout] = process.argv.slice(2);
const server = cert === '-' ? http.createServer()
	: https.createServer({ cert: readFileSync(cert), key: readFileSync(key) });
const io = new Server(server, {
	pingInterval: Number(pingInterval ?? 25000),
	pingTimeout: Number(pingTimeout ?? 20000),
});
const restaurant = io.of('/restaurant');

const heard = (socket, event) => new Promise((resolve) =>
	socket.once(event, (...args) => resolve(args)));

async function echo(socket, ...args) {
	const answer = heard(socket, 'echoed');
	socket.emit('echo', ...args);
	assert.deepEqual(await answer, args);
}

async function talk(socket) {
	console.log('hello', JSON.stringify(await heard(socket, 'hello')));
	await echo(socket);
	await echo(socket, 1, -2.5e-7, null, true, 'a "quoted" €\n', { a: [{}] }, []);
	await echo(socket, 'x'.repeat(900000));
	const acked = await socket.timeout(5000).emitWithAck('echo', { id: 'j1' });
	assert.deepEqual(acked, { id: 'j1' });
	for (let i = 0; i < 3; i++)
		assert.equal(await socket.timeout(5000).emitWithAck('echo', i), i);
	console.log('acked');
	// What the client throws away and counts: a binary event and its frame, and one too long.
	socket.emit('picture', Buffer.from([1, 2, 3]));
	socket.emit('novel', 'x'.repeat(1100000));
	socket.emit('last', { n: 1 }, [2, '3'], null);
	socket.emit('leave');
}

const ways = {
	good: talk,
	quiet: () => {},
	disconnect: (socket) => socket.disconnect(),
	close: (socket) => socket.disconnect(true),
	terminate: (socket) => socket.conn.transport.socket.terminate(),
	stop: (socket) => socket.conn.close(),
};

restaurant.use((socket, next) => {
	if (ways[socket.handshake.auth.deviceToken])
		return next();
	const error = new Error('no such device');
	error.data = { retry: false };
	return next(error);
});
restaurant.on('connection', (socket) => {
	console.log('joined', JSON.stringify(socket.handshake.auth));
	socket.on('disconnect', (reason) => console.log('left', reason));
	ways[socket.handshake.auth.deviceToken](socket);
});
io.on('connection', (socket) => {
	console.log('root');
	socket.disconnect();
});
server.on('tlsClientError', () => {});
server.listen(0, () => console.log('port', server.address().port));
