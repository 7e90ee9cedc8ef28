// A web till of the pispas service, with a WebSocket client that is not ours:
//   node pispas.mjs URL MESSAGE...
// sends the messages and prints as many answers, one line each.
import { createRequire } from "node:module";
const { WebSocket } = createRequire(process.env.PLATEN_MODULES + "/")("ws");

const [url, ...messages] = process.argv.slice(2);
const ws = new WebSocket(url, { rejectUnauthorized: false });
let left = messages.length;
ws.on("open", () => messages.forEach((m) => ws.send(m)));
ws.on("message", (data) => {
  console.log(data.toString());
  if (--left === 0) ws.close();
});
ws.on("error", (e) => {
  console.log(JSON.stringify({ failed: e.message }));
  process.exit(1);
});
