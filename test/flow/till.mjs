// A till that speaks as the original client does (npm ws, not ours): one socket, a fixed uid,
// the first message without `result` ends a pending printers.find, print is over with the first
// message that has its uid.
//
//   node till.mjs URL ORIGIN
//
// Commands come as lines of JSON on stdin: ["find"], ["print", name, data], ["status", name];
// each gives a line of JSON on stdout; broadcasts give {"heard": ...}.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const WebSocket = createRequire(import.meta.url)('../node_modules/ws');
const UID = 'uid-7';
const [url, origin] = process.argv.slice(2);
const tell = (thing) => process.stdout.write(JSON.stringify(thing) + '\n');
const ws = new WebSocket(url, { origin, perMessageDeflate: true, rejectUnauthorized: false });
let pending = null;

const CALLS = {
	find: () => ({ call: 'printers.find' }),
	version: () => ({ call: 'server.version' }),
	print: (name, data) => ({ call: 'print', params: { printer: { name }, data } }),
	status: (name) => ({ call: 'printerStatus', PrinterName: name }),
};

ws.on('open', () => tell({ open: true, extensions: ws.extensions }));
ws.on('unexpected-response', (_, answer) => { tell({ refused: answer.statusCode }); process.exit(0); });
ws.on('error', (e) => tell({ error: e.message }));
ws.on('close', (code) => { tell({ closed: code }); process.exit(0); });
ws.on('message', (bytes) => {
	const message = JSON.parse(bytes);
	if (message.uid === undefined)
		tell({ heard: message });
	else if (pending)
		tell({ [pending]: message });
	else
		tell({ second: message }); // a reply that nobody waits for
	if (message.uid !== undefined)
		pending = null;
});

createInterface({ input: process.stdin }).on('line', (line) => {
	const [name, ...args] = JSON.parse(line);
	pending = name;
	ws.send(JSON.stringify({ uid: UID, ...CALLS[name](...args) }));
}).on('close', () => ws.close());
