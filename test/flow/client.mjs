// platen.js in Node with the WebSocket of the package ws: client.mjs PORT STRICT TOKEN
import { createRequire } from "node:module";
import { connect } from "../../client/platen.mjs";

const require = createRequire(import.meta.url);
const WebSocket = require("ws"), classic = require("../../client/platen.js");
const [port, strict, token] = process.argv.slice(2);
const open = `http://127.0.0.1:${port}`, closed = `http://127.0.0.1:${strict}`;
const code = (options) => connect({ WebSocket, ...options })
  .then((c) => (c.close(), "none"), (e) => e.code);
const said = {};

said.needed = await code({ url: closed });
said.refused = await code({ url: closed, token: "wrong" });
said.nowhere = await code({ url: "http://127.0.0.1:1" });
said.socketless = await code({ url: open, WebSocket: null });
said.tried = await code({ url: ["http://127.0.0.1:1", open] });

const p = await connect({ url: closed, token, WebSocket });
said.caller = p.info.caller;
const events = [], done = new Promise((end) => p.on("job", (j) => {
  events.push(j.state);
  if (j.state === "done")
    end();
}));
await new Promise((end) => p.request({ do: "ping" }).then(end)); // subscribed before it
const job = await p.print(new Uint8Array([0x61, 0x0a]), { printer: "till", title: "Node" });
said.evidence = (await job.done).evidence;
await done;
said.events = events;
const asked = p.request({ do: "ping" });
p.close();
said.closed = [await asked.catch((e) => e.code), await p.status().catch((e) => e.code), p.state];

const q = await classic.connect({ url: open, WebSocket });
said.classic = [q.info.caller, q instanceof classic.Platen];
said.large = await q.print(new Uint8Array(q.info.max_message), { printer: "till" })
  .catch((e) => e.code);
said.lost = await new Promise((end) => {
  q.on("state", (state) => state === "offline" && end(q.problem.code));
  console.log("ready");
});
said.kept = await q.print("later\n", { printer: "till", type: "application/vnd.escpos" })
  .then((j) => j.done).then((d) => d.state);
said.back = q.state;
q.close();
console.log(JSON.stringify(said));
