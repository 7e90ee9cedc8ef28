/* platen.js: print from a page by the platen daemon on this machine. See docs/client.md. */

export declare const version: string;

/** What is in the way of connecting, or why a request failed. */
export type ConnectCode =
  | "not-running" | "permission-denied" | "insecure-page" | "blocked-by-policy" | "origin-not-granted"
  | "tls" | "token-needed" | "token-refused" | "too-old" | "not-platen" | "websocket-blocked"
  | "refused" | "no-websocket" | "connection-lost" | "closed" | "timeout";

export declare class PlatenError extends Error {
  constructor(code: string, message: string, more?: object);
  readonly name: "PlatenError";
  /** One of ConnectCode, or a code of the daemon (docs/openapi.json, ErrorCode). */
  readonly code: ConnectCode | (string & {});
  /** The member or option that was wrong. */
  readonly field?: string;
  /** The job that did not come out. */
  readonly job?: JobData;
  /** With "timeout": the key to ask again with, and whether anything had left the page. */
  readonly key?: string;
  readonly sent?: boolean;
  readonly url?: string;
  readonly urls?: string[];
  readonly origin?: string;
}

export interface ConnectOptions {
  /** Where the daemon is: "https://counter.lan:6310"; several are tried in turn. */
  url?: string | URL | (string | URL)[];
  /** Bearer token, where one is needed. */
  token?: string;
  /** ms until a request without an answer fails; 30000. 0: never. */
  timeout?: number;
  /** Do not fail when the daemon cannot be reached: go on trying, and keep what is asked. */
  retry?: boolean;
  /** Where there is none built in (Node 20): the class of the package `ws`. */
  WebSocket?: unknown;
}

export interface RequestOptions {
  timeout?: number;
  signal?: AbortSignal;
}

export interface ChangeOptions extends RequestOptions {
  /** What makes a repeat the same request; made for each call unless given. */
  key?: string;
}

export interface PrintOptions extends ChangeOptions {
  /** Its name; may be left out where there is only one. */
  printer?: string;
  /** Media type; known for strings (text/plain), Blobs, canvases, {html} and {receipt}. */
  type?: string;
  copies?: number;
  cut?: boolean | "partial" | "full" | "none";
  /** ISO 8601, or ms since 1970. */
  run_at?: string | number;
  expires_s?: number;
  priority?: "bulk" | "normal" | "urgent" | -1 | 0 | 1;
  on_doubt?: "hold" | "reprint" | "drop";
  title?: string;
  /** Further options of the daemon: docs/openapi.json, JobOptions. */
  [option: string]: unknown;
}

export type PrintDocument =
  | string | ArrayBuffer | ArrayBufferView | Blob | HTMLCanvasElement | OffscreenCanvas | ImageBitmap
  | { html: string } | { receipt: object };

export type JobState =
  | "scheduled" | "queued" | "held" | "sending" | "unconfirmed" | "done" | "failed" | "expired"
  | "cancelled";

/** As docs/openapi.json, Job. What is only known later is missing until then. */
export interface JobData {
  id: string;
  printer?: string;
  state?: JobState;
  hold?: string;
  title?: string;
  error?: string;
  code?: string;
  evidence?: "sent" | "confirmed" | "operator";
  grade?: string;
  replayed?: boolean;
  [more: string]: unknown;
}

/** As docs/openapi.json, Device. */
export interface DeviceData {
  name: string;
  kind: string;
  state: "unknown" | "online" | "offline";
  paused: boolean;
  facts: Record<string, boolean | null>;
  reasons: { reason: string; upos?: string }[];
  queue: Record<string, number>;
  [more: string]: unknown;
}

export interface Info {
  name: "platen";
  version: string;
  protocol: number;
  max_message: number;
  /** Who the daemon takes this page for, and what it may do. */
  caller: string;
  allow: string[];
  printers: string[];
  url: string;
}

export interface JobQuery {
  state?: "open" | JobState[];
  printer?: string;
  limit?: number;
  before?: string;
}

declare class Emitter {
  on(name: string, fn: (value: any) => void): () => void;
  hears(name: string): boolean;
  emit(name: string, value?: unknown): void;
}

/** A job that the daemon has accepted: it is on disk there. */
export declare class Job extends Emitter {
  constructor(platen: Platen, data: JobData, key?: string);
  readonly id: string;
  readonly printer?: string;
  readonly state?: JobState;
  readonly key?: string;
  data: JobData;
  /** Resolves when it is printed as far as can be known (evidence, grade), rejects with why not. */
  readonly done: Promise<JobData>;
  on(name: "change", fn: (job: JobData) => void): () => void;
  cancel(): Promise<JobData>;
  resolve(action: "printed" | "reprint" | "drop"): Promise<JobData>;
}

export declare class Printer {
  constructor(platen: Platen, name: string);
  readonly platen: Platen;
  readonly name: string;
  print(document: PrintDocument, options?: PrintOptions): Promise<Job>;
  preview(document: PrintDocument, options?: PrintOptions): Promise<Blob>;
  status(): Promise<DeviceData>;
  /** Ask it now. */
  probe(): Promise<DeviceData>;
  /** Open the cash drawer. */
  open(options?: ChangeOptions): Promise<Job>;
  beep(times?: number, options?: ChangeOptions): Promise<Job>;
  /** What it is now, and from then on each change. Returns what ends it. */
  on(name: "change", fn: (device: DeviceData) => void): () => void;
}

export declare class Platen extends Emitter {
  constructor(options?: ConnectOptions);
  state: "connecting" | "online" | "offline" | "closed";
  /** Why it is offline or closed. */
  problem: PlatenError | null;
  info: Info | null;
  readonly printers: Printer[];
  printer(name: string): Printer;
  start(): Promise<this>;
  close(problem?: PlatenError): void;

  on(name: "state", fn: (state: Platen["state"]) => void): () => void;
  on(name: "error", fn: (error: PlatenError) => void): () => void;
  on(name: "job", fn: (job: JobData) => void): () => void;
  on(name: "device", fn: (device: DeviceData) => void): () => void;
  on(name: "config", fn: (info: Info) => void): () => void;

  print(document: PrintDocument, options?: PrintOptions): Promise<Job>;
  /** A picture (PNG) of what print would put on paper. */
  preview(document: PrintDocument, options?: PrintOptions): Promise<Blob>;
  open(device: string, options?: ChangeOptions): Promise<Job>;
  beep(device: string, times?: number, options?: ChangeOptions): Promise<Job>;
  reprint(job: string | number, options?: ChangeOptions): Promise<Job>;
  cancel(job: string | number, options?: ChangeOptions): Promise<JobData>;
  resolve(job: string | number, action: "printed" | "reprint" | "drop", options?: ChangeOptions):
    Promise<JobData>;
  follow(job: string | number): Job;
  job(job: string | number, options?: RequestOptions): Promise<JobData & { journal: object[] }>;
  jobs(query?: JobQuery, options?: RequestOptions): Promise<JobData[]>;
  device(device: string, options?: RequestOptions): Promise<DeviceData>;
  devices(options?: RequestOptions): Promise<DeviceData[]>;
  probe(device: string, options?: RequestOptions): Promise<DeviceData>;
  status(options?: RequestOptions): Promise<Record<string, unknown>>;
  /** Any message of the native dialect (docs/dialects/native.md). */
  request(message: object, options?: RequestOptions & { bytes?: Uint8Array }): Promise<any>;
}

/** Find the daemon and connect to it. Rejects with a PlatenError that says what is in the way. */
export declare function connect(options?: ConnectOptions): Promise<Platen>;

declare global {
  /** Defined by the classic script, /platen.js. */
  const platen: {
    version: string; connect: typeof connect; Platen: typeof Platen; Printer: typeof Printer;
    Job: typeof Job; PlatenError: typeof PlatenError;
  };
}
