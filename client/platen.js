/*
 * platen.js: print from a page by the platen daemon on this machine.
 *
 *   <script src="http://127.0.0.1:6310/platen.js"></script>
 *   const p = await platen.connect();
 *   const job = await p.print("Hello\n", { printer: "counter" }); // accepted: on disk
 *   await job.done;                                                    // on paper
 *
 * Each change carries a key, so that what is repeated after a lost connection
 * happens once. platen.d.ts and docs/client.md describe all of it.
 */
// Made from platen.mjs by classic.py.
(function (root) {
  "use strict";

  const version = "0.1.0";

  const PROTOCOL = 1;
  const URLS = ["http://127.0.0.1:6310", "http://localhost:6310", "http://[::1]:6310",
    "https://localhost:6310", "https://127.0.0.1:6310"];
  const RECEIPT = "application/vnd.platen.receipt+json";
  const AGAIN = new Set(["too-many-requests", "shutting-down", "request-in-progress"]);
  const TOPIC = { job: "jobs", device: "devices", config: "devices" };
  const TICK = 20, STAGGER = 300, ANSWER = 30000, QUIET = 25000, PING = 8000;
  const FIRST = 250, LONGEST = 30000; // before it tries again
  const WINDOW = 200; // requests under way in one lane
  const CALLS = 0, FOLLOWS = 1, PINGS = 2;

  class PlatenError extends Error {
    constructor(code, message, more) {
      super(message);
      this.name = "PlatenError";
      this.code = code;
      Object.assign(this, more);
    }
  }

  const fail = (code, message, more) => new PlatenError(code, message, more);
  const tooOld = (url) => fail("too-old", "This platen is too old for platen.js.", { url });
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
  const newKey = () => hex(globalThis.crypto.getRandomValues(new Uint8Array(16)));
  const origin = () => globalThis.location?.origin;

  class Emitter {
    #listeners = {};

    on(name, fn) {
      const set = (this.#listeners[name] ??= new Set());
      set.add(fn);
      return () => set.delete(fn);
    }

    hears(name) {
      return !!this.#listeners[name]?.size;
    }

    emit(name, value) {
      for (const fn of [...(this.#listeners[name] ?? [])])
        try {
          fn(value);
        } catch (e) {
          setTimeout(() => { throw e; });
        }
    }
  }

  /* --- finding the daemon, and saying why it cannot be reached ---------------------------- */

  const get = (url, ms, more) => fetch(url, { cache: "no-store", credentials: "omit",
    signal: AbortSignal.timeout(ms), ...more });

  async function hello(url, ms) {
    const said = await (await get(url + "/v1/hello", ms)).json();
    if (said.name !== "platen")
      throw fail("not-platen", `Another program answers at ${url}.`);
    return url;
  }

  /* The first that answers; the next is tried when one has failed or takes its time. */
  function first(urls, ms) {
    return new Promise((resolve, reject) => {
      let at = 0, open = 0, timer, worst;
      const next = () => {
        clearTimeout(timer);
        if (at === urls.length)
          return;
        const url = urls[at++];
        open++;
        timer = setTimeout(next, STAGGER);
        hello(url, ms).then((found) => { clearTimeout(timer); at = urls.length; resolve(found); },
          (e) => {
            worst = e.code === "not-platen" ? e : worst;
            if (--open === 0 && at === urls.length)
              reject(worst);
            next();
          });
      };
      next();
    });
  }

  /* What the browser says of pages that talk to this machine: granted, denied, prompt, or "". */
  async function permission() {
    for (const name of ["loopback-network", "local-network-access"])
      try {
        return (await globalThis.navigator.permissions.query({ name })).state;
      } catch { /* it does not know the name */ }
    return "";
  }

  /* Whether the page's own Content-Security-Policy is in the way. */
  function watchPolicy() {
    const end = new AbortController();
    let blocked;
    globalThis.document?.addEventListener("securitypolicyviolation", (e) => {
      blocked = e.effectiveDirective === "connect-src" ? e.blockedURI : blocked;
    }, { signal: end.signal });
    return {
      problem: () => sleep(TICK).then(() => blocked && fail("blocked-by-policy", "The" +
        ` Content-Security-Policy of this page does not let it connect to ${blocked}: add it to` +
        " connect-src.")),
      end: () => end.abort(),
    };
  }

  /* Nothing answered. A port that speaks TLS only tells plain callers so. */
  async function whyNothing(urls, ms) {
    const state = await permission();
    if (state && globalThis.isSecureContext === false)
      return fail("insecure-page", "The browser lets only secure pages talk to programs on this" +
        " machine: serve this page by https.");
    if (state === "denied")
      return fail("permission-denied", "The browser does not let this page talk to programs on this" +
        " machine. Allow it in the settings of the site (the icon beside the address), and in a" +
        " frame by allow=\"loopback-network\".");
    for (const url of urls.filter((u) => u.startsWith("https:")))
      try {
        await get(url.replace("https:", "http:") + "/v1/hello", ms, { mode: "no-cors" });
        return fail("tls", "platen runs, but this browser does not trust its certificate. Open" +
          ` ${url} once, or install the authority of platen.`, { url });
      } catch { /* nobody there */ }
    return fail("not-running", "platen is not running on this machine" + (state === "prompt"
      ? ", or the browser's question about devices was not answered." : "."), { urls });
  }

  /* It answers anybody's hello, but the WebSocket did not come about. */
  async function whyNotUs(url, query, ms) {
    try {
      const { status } = await get(`${url}/v1/ws${query}`, ms);
      if (status === 401)
        return fail(query ? "token-refused" : "token-needed", query
          ? "platen does not know this token." : "platen wants a token here.", { url });
      if (status === 404)
        return tooOld(url);
      if (status === 426)
        return fail("websocket-blocked", "Something between this page and platen blocks WebSockets.",
          { url });
      return fail("refused", `platen refused the connection (${status}).`, { url });
    } catch {
      return fail("origin-not-granted", `platen has not granted this page. On the machine, run:` +
        ` platen origins allow ${origin()} print,status`, { url, origin: origin() });
    }
  }

  /* --- documents --------------------------------------------------------------------------- */

  function toPng(canvas) {
    if (canvas.convertToBlob)
      return canvas.convertToBlob({ type: "image/png" });
    return new Promise((resolve, reject) => canvas.toBlob((blob) => blob ? resolve(blob)
      : reject(fail("bad-document", "The canvas cannot be read.")), "image/png"));
  }

  function bitmapCanvas(bitmap) {
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    return canvas;
  }

  /* { text } or { bytes }, and its type where that is known. */
  async function read(doc) {
    const is = (name) => globalThis[name] && doc instanceof globalThis[name];
    if (typeof doc === "string")
      return { text: doc };
    if (is("ImageBitmap"))
      doc = bitmapCanvas(doc);
    if (is("HTMLCanvasElement") || is("OffscreenCanvas"))
      doc = await toPng(doc);
    if (is("Blob"))
      return { bytes: new Uint8Array(await doc.arrayBuffer()), type: doc.type || undefined };
    if (doc instanceof ArrayBuffer)
      return { bytes: new Uint8Array(doc) };
    if (ArrayBuffer.isView(doc))
      return { bytes: new Uint8Array(doc.buffer, doc.byteOffset, doc.byteLength) };
    if (doc?.receipt)
      return { text: JSON.stringify(doc.receipt), type: RECEIPT };
    if (typeof doc?.html === "string")
      return { text: doc.html, type: "text/html" };
    throw fail("bad-document", "print takes a string, bytes, a Blob, a canvas, {html} or {receipt}.");
  }

  /* A request as it goes out; a document of bytes follows its request. */
  function pack(message, bytes) {
    const json = new TextEncoder().encode(JSON.stringify(message));
    if (!bytes)
      return { size: json.length, data: new TextDecoder().decode(json) };
    const data = new Uint8Array(4 + json.length + bytes.length);
    new DataView(data.buffer).setUint32(0, json.length);
    data.set(json, 4);
    data.set(bytes, 4 + json.length);
    return { size: data.length, data };
  }

  /* --- what one holds in one's hand ---------------------------------------------------------- */

  class Job extends Emitter {
    #platen; #done;

    constructor(platen, data, key) {
      super();
      this.#platen = platen;
      this.data = data;
      this.key = key;
    }

    get id() { return this.data.id; }
    get printer() { return this.data.printer; }
    get state() { return this.data.state; }

    /* Resolves when it is on paper as far as can be known; rejects with why it is not. */
    get done() {
      this.#done ??= this.#follow();
      return this.#done;
    }

    on(name, fn) {
      this.done.catch(() => {});
      return super.on(name, fn);
    }

    #update(data) {
      this.data = data;
      this.emit("change", data);
    }

    async #follow() {
      this.#update(await this.#platen.request({ do: "follow", job: this.id },
        { timeout: 0, lane: FOLLOWS, progress: (data) => this.#update(data) }));
      const { state, error, code } = this.data;
      if (state === "done")
        return this.data;
      throw fail(state === "failed" ? code ?? state : state, error ?? `The job is ${state}.`,
        { job: this.data });
    }

    cancel() { return this.#platen.cancel(this.id); }
    resolve(action) { return this.#platen.resolve(this.id, action); }
  }

  class Printer {
    constructor(platen, name) {
      this.platen = platen;
      this.name = name;
    }

    print(doc, options) { return this.platen.print(doc, { ...options, printer: this.name }); }
    preview(doc, options) { return this.platen.preview(doc, { ...options, printer: this.name }); }
    status() { return this.platen.device(this.name); }
    probe() { return this.platen.probe(this.name); }
    open(options) { return this.platen.open(this.name, options); }
    beep(times, options) { return this.platen.beep(this.name, times, options); }

    /* "change": what it is now, and from then on each change. */
    on(name, fn) {
      this.status().then(fn, (e) => this.platen.emit("error", e));
      return this.platen.on("device", (d) => d.name === this.name && fn(d));
    }
  }

  /* --- the connection ----------------------------------------------------------------------- */

  class Platen extends Emitter {
    #o; #ws; #number = 0; #waiting = new Map(); #end = new AbortController();
    #timer; #tries = 0; #alive; #heard = 0; #asking;

    constructor(options = {}) {
      super();
      const { url, ...rest } = options;
      const urls = (url ? [url].flat() : URLS).map((u) => String(u)
        .replace(/^ws/, "http").replace(/\/+$/, ""));
      this.#o = { timeout: ANSWER, WebSocket: globalThis.WebSocket, ...rest, urls };
      this.state = "connecting"; // then "online", "offline", "closed"
      this.problem = null;       // why it is offline
      this.info = null;          // version, rights, names of printers
    }

    get printers() { return (this.info?.printers ?? []).map((name) => this.printer(name)); }
    printer(name) { return new Printer(this, name); }
    get #query() { return this.#o.token ? "?token=" + encodeURIComponent(this.#o.token) : ""; }

    /* Connect once; connect() below is what pages call. */
    async start() {
      this.#listen();
      try {
        await this.#attempt();
      } catch (e) {
        if (!this.#o.retry) {
          this.close(e);
          throw e;
        }
        this.#lost(e);
      }
      return this;
    }

    async #attempt() {
      const { urls, timeout } = this.#o, ms = timeout || ANSWER;
      if (!this.#o.WebSocket)
        throw fail("no-websocket", "There is no WebSocket here: give connect() one.");
      const policy = watchPolicy();
      let url;
      try {
        url = await first(urls, ms);
        await this.#open(url, ms);
      } catch (e) {
        throw e ?? await policy.problem() ?? await (url ? whyNotUs(url, this.#query, ms)
          : whyNothing(urls, ms));
      } finally {
        policy.end();
      }
    }

    /* Open when its first word has come. */
    #open(url, ms) {
      return new Promise((resolve, reject) => {
        const ws = new this.#o.WebSocket(url.replace(/^http/, "ws") + "/v1/ws" + this.#query);
        const late = setTimeout(() => ws.close(), ms);
        let up = false;
        ws.binaryType = "arraybuffer";
        ws.onmessage = ({ data }) => {
          const message = JSON.parse(data);
          this.#heard = Date.now();
          if (message.event !== "hello")
            return this.#take(message);
          clearTimeout(late);
          if (this.state === "closed" || !(message.data.protocol >= PROTOCOL)) {
            reject(this.problem ?? tooOld(url));
            return ws.close();
          }
          up = true;
          this.#up(ws, { ...message.data, url });
          resolve();
        };
        ws.onerror = () => {};
        ws.onclose = () => {
          clearTimeout(late);
          reject(null);
          if (up && this.#ws === ws)
            this.#lost(fail("connection-lost", "The connection to platen was lost."));
        };
      });
    }

    #up(ws, info) {
      this.#ws = ws;
      this.#tries = 0;
      this.info = info;
      this.problem = null;
      for (const [id, r] of this.#waiting)
        r.once ? this.#waiting.delete(id) : r.sent = false;
      this.#alive = setInterval(() => this.#check(QUIET), QUIET / 5);
      this.#set("online");
      this.#subscribe(Object.keys(TOPIC).filter((name) => this.hears(name)));
      this.#pump();
    }

    /* Full jitter: all pages of a shop come back at different times. */
    #lost(problem) {
      if (this.state === "closed")
        return;
      clearInterval(this.#alive);
      clearTimeout(this.#timer);
      this.#ws = null;
      this.problem = problem;
      this.#set("offline");
      const most = Math.min(LONGEST, FIRST * 2 ** Math.min(this.#tries++, 10));
      this.#timer = setTimeout(() => this.#again(), Math.random() * most);
    }

    #again() {
      this.#timer = null;
      this.#attempt().catch((e) => this.#lost(e));
    }

    /* Nothing heard for so long: ask, and give it up when even that is not answered. */
    #check(quiet) {
      const ws = this.#ws, heard = this.#heard;
      if (!ws || this.#asking || Date.now() - heard < quiet)
        return;
      this.#asking = true;
      this.request({ do: "ping" }, { timeout: PING, lane: PINGS }).catch((e) => {
        if (e.code !== "timeout" || this.#ws !== ws || this.#heard !== heard)
          return;
        this.#lost(fail("connection-lost", "platen does not answer any more."));
        ws.close();
      }).finally(() => { this.#asking = false; });
    }

    /* A page that is looked at again, or a network that is back, does not wait. */
    #listen() {
      const wake = () => {
        if (this.state === "offline" && this.#timer) {
          clearTimeout(this.#timer);
          this.#again();
        } else if (globalThis.document?.visibilityState !== "hidden") {
          this.#check(1000);
        }
      };
      for (const name of ["online", "pageshow", "visibilitychange"])
        globalThis.addEventListener?.(name, wake, { capture: true, signal: this.#end.signal });
    }

    #set(state) {
      if (this.state === state)
        return;
      this.state = state;
      this.emit("state", state);
    }

    close(problem = fail("closed", "The connection was closed.")) {
      const ws = this.#ws;
      this.#set("closed");
      this.problem = problem;
      this.#ws = null;
      clearInterval(this.#alive);
      clearTimeout(this.#timer);
      this.#end.abort();
      for (const r of [...this.#waiting.values()])
        r.end(problem);
      ws?.close();
    }

    /* --- requests --- */

    /* Send one message of the native dialect; its reply. It waits while there is no
     * connection and is repeated after a lost one until it is answered. */
    request(message, { bytes, timeout = this.#o.timeout, signal, lane = CALLS, progress,
      late } = {}) {
      if (this.state === "closed")
        return Promise.reject(this.problem);
      if (signal?.aborted)
        return Promise.reject(signal.reason);
      const id = ++this.#number, packed = pack({ id, ...message }, bytes);
      return new Promise((resolve, reject) => {
        const timer = timeout && setTimeout(() => r.end(fail("timeout",
          "platen did not answer in time.", { key: message.key, sent: r.ever })), timeout);
        const abort = () => {
          const now = r.sent;
          r.end(signal.reason);
          if (now && late) // it may be accepted yet, and is undone then; it is not sent again
            this.#waiting.set(id, { ...r, once: true, end: (error, reply) => {
              this.#waiting.delete(id);
              error || late(reply);
            } });
        };
        const r = { ...packed, lane, progress, sent: false, ever: false, end: (error, reply) => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", abort);
          this.#waiting.delete(id);
          error ? reject(error) : resolve(reply);
          this.#pump();
        } };
        signal?.addEventListener("abort", abort);
        this.#waiting.set(id, r);
        this.#pump();
      });
    }

    #pump() {
      if (!this.#ws || this.state !== "online")
        return;
      const under = [0, 0, 0];
      for (const r of this.#waiting.values()) {
        if (r.size > this.info.max_message)
          return r.end(fail("too-large", "The document exceeds what platen takes."));
        if (++under[r.lane] > WINDOW || r.sent)
          continue;
        r.sent = r.ever = true;
        this.#ws.send(r.data);
      }
    }

    #take(message) {
      if (message.event)
        return this.#told(message.event, message.data);
      const r = this.#waiting.get(message.id);
      if (!r)
        return;
      if (message.progress)
        r.progress?.(message.progress);
      else if (!message.code)
        r.end(null, message.replayed ? { ...message.reply, replayed: true } : message.reply);
      else if (AGAIN.has(message.code))
        this.#later(r, message.retry_after ?? 1);
      else
        r.end(fail(message.code, message.error, { field: message.field }));
    }

    async #later(r, seconds) {
      await sleep(Math.random() * seconds * 1000);
      r.sent = false;
      this.#pump();
    }

    #told(name, data) {
      if (name === "config")
        this.request({ do: "hello" }).then((info) => Object.assign(this.info, info), () => {})
          .then(() => this.emit("config", this.info));
      else
        this.emit(name, data);
    }

    /* "state", "error", and what happens in the daemon: "job", "device", "config". */
    on(name, fn) {
      const first = !this.hears(name), off = super.on(name, fn);
      if (first && this.state === "online")
        this.#subscribe([name]);
      return off;
    }

    #subscribe(names) {
      const topics = [...new Set(names.map((name) => TOPIC[name]).filter(Boolean))];
      if (topics.length)
        this.request({ do: "subscribe", topics }).catch((e) => this.emit("error", e));
    }

    /* --- what one does --- */

    #which(printer) {
      const names = this.info?.printers ?? [];
      if (!printer && names.length !== 1)
        throw fail("invalid-field", "Which printer? Give {printer: NAME}.", { field: "printer" });
      return printer || names[0];
    }

    /* The Job, once it is accepted. Options besides these are the job's own. */
    async print(doc, { printer, type, key = newKey(), signal, timeout, ...options } = {}) {
      const { bytes, text, type: own } = await read(doc);
      printer = this.#which(printer);
      const late = ({ id }) => this.cancel(id).catch(() => {});
      return new Job(this, await this.request({ do: "print", printer, type: type ?? own, text, key,
        options }, { bytes, signal, timeout, late }), key);
    }

    /* A picture, as a Blob, of what print() would put on paper. */
    async preview(doc, { printer, type, signal, timeout, ...options } = {}) {
      const { bytes, text, type: own } = await read(doc), { token } = this.#o;
      const ms = AbortSignal.timeout(timeout || this.#o.timeout || ANSWER);
      const r = await get(`${this.info.url}/v1/preview?printer=${encodeURIComponent(
        this.#which(printer))}`, 0, { method: "POST", body: bytes ?? text,
        signal: signal ? AbortSignal.any([signal, ms]) : ms, headers: {
          "Content-Type": type ?? own ?? (bytes ? "application/octet-stream" : "text/plain"),
          "Platen-Options": JSON.stringify(options).replace(/[^ -~]/g,
            (c) => "\\u" + c.charCodeAt().toString(16).padStart(4, "0")),
          ...(token && { Authorization: "Bearer " + token }) } });
      if (r.ok)
        return r.blob();
      const { code, error, field } = await r.json();
      throw fail(code, error, { field });
    }

    #change(message, { key = newKey(), ...how } = {}) {
      return this.request({ ...message, key }, how);
    }

    async open(device, how) { return new Job(this, await this.#change({ do: "open", device }, how)); }
    async beep(device, times = 1, how) {
      return new Job(this, await this.#change({ do: "beep", device, times }, how));
    }
    async reprint(job, how) { return new Job(this, await this.#change({ do: "reprint", job }, how)); }
    cancel(job, how) { return this.#change({ do: "cancel", job }, how); }
    resolve(job, action, how) { return this.#change({ do: "resolve", job, action }, how); }
    probe(device, how) { return this.request({ do: "probe", device }, how); }
    device(device, how) { return this.request({ do: "device", device }, how); }
    job(job, how) { return this.request({ do: "job", job }, how); }
    follow(job) { return new Job(this, { id: String(job) }); }
    status(how) { return this.request({ do: "status" }, how); }
    async devices(how) { return (await this.request({ do: "devices" }, how)).devices; }
    async jobs(query, how) { return (await this.request({ ...query, do: "jobs" }, how)).jobs; }
  }

  /* Find the daemon and connect to it; rejects with a PlatenError that says what is in the way. */
  function connect(options) {
    return new Platen(options).start();
  }

  const platen = { version, PlatenError, Job, Printer, Platen, connect };
  if (typeof module === "object" && module.exports)
    module.exports = platen;
  else
    root.platen = platen;
})(globalThis);
