#!/usr/bin/env python3
"""docs/openapi.json against the program: the rows it must describe, and every
answer that a running daemon gives.

The validator knows the part of JSON Schema that the description uses, and is
stricter: a member that the schema does not name is an error, for it would be
an undocumented one.
"""
import datetime
import http.client
import json
import os
import re
import signal
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import platen  # noqa: E402
from platen import Breaker, Daemon, cli, free_port, request  # noqa: E402
from wsclient import WsClient  # noqa: E402

RAW = "application/octet-stream"
JOB = {"$ref": "#/components/schemas/Job"}
ANYBODY = ("/v1/hello", "/platen.js", "/platen.mjs", "/platen.d.ts")  # any origin may ask
with open(os.path.join(platen.ROOT, "docs", "openapi.json"), encoding="utf-8") as _f:
    SPEC = json.load(_f)


def source(path):
    with open(os.path.join(platen.ROOT, "src", path), encoding="utf-8") as f:
        return f.read()


# --- the validator -----------------------------------------------------------------

def resolve(node):
    while isinstance(node, dict) and "$ref" in node:
        assert node["$ref"].startswith("#/"), node
        at = SPEC
        for step in node["$ref"][2:].split("/"):
            at = at[step]
        node = at
    return node


TYPES = {"string": str, "object": dict, "array": list, "boolean": bool, "null": type(None)}
KEYWORDS = {"type", "properties", "required", "additionalProperties", "enum", "const", "items",
            "pattern", "minimum", "maximum", "minLength", "maxLength", "$ref",
            "description", "default", "format", "x-errors"}


def is_type(value, name):
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def same(a, b):
    return type(a) is type(b) and a == b


def problems(value, schema, at="$"):
    """What is wrong with a value, one line each."""
    schema = resolve(schema)
    unknown = schema.keys() - KEYWORDS
    if unknown:
        return [f"{at}: the validator does not know {unknown}"]
    found = []
    types = schema.get("type")
    if types and not any(is_type(value, t) for t in ([types] if isinstance(types, str) else types)):
        return [f"{at}: {value!r} is no {types}"]
    if "enum" in schema and not any(same(value, e) for e in schema["enum"]):
        found.append(f"{at}: {value!r} is none of {schema['enum']}")
    if "const" in schema and not same(value, schema["const"]):
        found.append(f"{at}: {value!r} is not {schema['const']!r}")
    if isinstance(value, str):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            found.append(f"{at}: {value!r} does not match {schema['pattern']}")
        if len(value.encode()) > schema.get("maxLength", len(value.encode())):
            found.append(f"{at}: too long")
    if is_type(value, "integer"):
        if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            found.append(f"{at}: {value} is out of range")
    if isinstance(value, list):
        for i, v in enumerate(value):
            found += problems(v, schema.get("items", {}), f"{at}[{i}]")
    if isinstance(value, dict):
        named = schema.get("properties", {})
        found += [f"{at}: {name} is missing" for name in schema.get("required", [])
                  if name not in value]
        for name, v in value.items():
            if name not in named:
                found.append(f"{at}: {name} is not described")
            else:
                found += problems(v, named[name], f"{at}.{name}")
    return found


def operations():
    for path, item in SPEC["paths"].items():
        for method, op in item.items():
            yield method.upper(), path, op


# --- the description against the tables of the source ------------------------------------

class Tables(unittest.TestCase):
    def routes(self):
        rows = re.findall(r'\{ "([A-Z]+)", "([^"]+)", (VERB_\w+), ([\w |]+), [^}]*?(CAP_\w+)? \}',
                          source("front/native.c"))
        self.assertGreater(len(rows), 20)
        return {(m, p): (verb, flags, cap) for m, p, verb, flags, cap in rows if p != "*"}

    def test_every_route_is_described_and_no_other(self):
        described = {(m, p) for m, p, _ in operations()}
        self.assertEqual(set(self.routes()), described)

    def test_capabilities(self):
        verbs = dict(re.findall(r'VERB\((\w+),\s+"[^"]+",\s+(\w+),', source("core/verb.def")))
        for (m, p), (verb, flags, cap) in self.routes().items():
            op = SPEC["paths"][p][m.lower()]
            cap = cap or verbs[verb]
            wanted = None if cap == "0" else cap[len("CAP_"):].lower()
            self.assertEqual(op.get("x-capability"), wanted, (m, p))
            free = "ROUTE_OPEN" in flags or "ROUTE_FREE" in flags
            self.assertEqual(op.get("security") == [], free, (m, p))

    def test_calls_over_websocket(self):
        verbs = dict(re.findall(r'VERB\((\w+),\s+"[^"]+",\s+(\w+),', source("core/verb.def")))
        rows = re.findall(r'^\t\{ "(\w+)", (?:NULL|"\w+"), (VERB_\w+), \w+, \w+(?:, (CAP_\w+))? \},',
                          source("front/native_ws.c"), re.M)
        described = SPEC["paths"]["/v1/ws"]["get"]["x-requests"]
        self.assertEqual([name for name, _, _ in rows], list(described))
        for name, verb, cap in rows:
            cap = cap or verbs[verb]
            self.assertEqual(described[name].get("x-capability"),
                             None if cap == "0" else cap[len("CAP_"):].lower(), name)

    def test_parameters_of_paths_are_described(self):
        for m, p, op in operations():
            given = {q["name"] for q in map(resolve, op.get("parameters", []))
                     if q["in"] == "path"}
            self.assertEqual(given, set(re.findall(r"\{(\w+)\}", p)), (m, p))

    def test_errors(self):
        rows = re.findall(r'^ERR\(\w+,\s+"([^"]+)",\s+(\d+),\s+\w+,\s+"([^"]*)"\)',
                          source("base/err.def"), re.M)
        schema = SPEC["components"]["schemas"]["ErrorCode"]
        self.assertEqual(schema["enum"], [name for name, _, _ in rows])
        self.assertEqual([(e["code"], e["status"], e["sentence"]) for e in schema["x-errors"]],
                         [(name, int(status), text) for name, status, text in rows])

    def test_words(self):
        schemas = SPEC["components"]["schemas"]
        job = schemas["Job"]["properties"]
        text = source("core/job.def")

        def names(macro, column):
            rows = re.findall(rf"^{macro}\(([^)]*)\)", text, re.M)
            found = [r.split(",")[column].strip().strip('"') for r in rows]
            return sorted({n for n in found if n})
        self.assertEqual(sorted(schemas["JobState"]["enum"]), names("STATE", 1))
        self.assertEqual(sorted(job["hold"]["enum"]), names("HOLD", 1))
        self.assertEqual(sorted(job["kind"]["enum"]), names("KIND", 1))
        self.assertEqual(sorted(job["grade"]["enum"]), names("EVIDENCE", 1))
        self.assertEqual(sorted(job["evidence"]["enum"]), names("EVIDENCE", 2))
        reach = re.findall(r'^REACH\(\w+,\s+"(\w+)"\)', source("core/status.def"), re.M)
        self.assertEqual(schemas["Device"]["properties"]["state"]["enum"], reach)

    def test_options_of_a_job(self):
        table = re.search(r"job_options\[\] = \{(.*?)\n\};", source("front/native.c"), re.S)[1]
        self.assertEqual(set(re.findall(r'\{ "(\w+)",', table)),
                         set(SPEC["components"]["schemas"]["JobOptions"]["properties"]))

    def test_options_of_blocks(self):
        options = cli("config", "--json").json
        for schema, block, own in (("PrinterBlock", "printer", {"name"}),
                                   ("OriginBlock", "origin", {"origin"}),
                                   ("TokenBlock", "token", {"name"})):
            described = SPEC["components"]["schemas"][schema]["properties"]
            rows = {o["option"].replace("-", "_"): o for o in options if o["block"] == block}
            rows.pop("sha256", None)
            self.assertEqual(set(described) - own, set(rows), block)
            for name, row in rows.items():
                self.assertTrue(described[name]["description"].startswith(row["help"]), name)
                self.assertEqual((described[name].get("minimum"), described[name].get("maximum")),
                                 (row.get("low"), row.get("high")), name)

    def test_examples_fit_their_schemas(self):
        seen = 0
        for content in self.contents(SPEC):
            for media in content.values():
                if "example" in media:
                    self.assertEqual(problems(media["example"], media["schema"]), [])
                    seen += 1
        self.assertGreater(seen, 30)

    def contents(self, node):
        if isinstance(node, dict):
            for key, value in node.items():
                if key == "content":
                    yield value
                yield from self.contents(value)
        elif isinstance(node, list):
            for value in node:
                yield from self.contents(value)


# --- the description against a daemon ------------------------------------------------------

CONF = """
listen native {{ address = {{"127.0.0.1:{{port}}"}} tls = off }}
listen strict {{ dialect = native address = {{"127.0.0.1:{strict}"}} local = token tls = off }}
listen pispas {{ address = {{"127.0.0.1:{pispas}"}} env-file = "{out}.env" tls = off }}
printer till  {{ uri = "file:{out}" language = escpos }}
printer raw   {{ uri = "file:{out}.raw" language = raw }}
printer small {{ uri = "file:{out}.small" queue-jobs = 1 }}
printer torn  {{ uri = "socket://127.0.0.1:{torn}" cooldown = 0 on-doubt = hold }}
origin https://pos.example {{ allow = {{print, status}} }}
token nothing {{ sha256 = {digest} allow = {{peripherals}} }}
"""


def find_operation(method, path):
    """The operation of a real path, the literal one before a template."""
    path = path.split("?")[0]
    for template in sorted(SPEC["paths"], key=lambda p: p.count("{")):
        pattern = re.sub(r"\{\w+\}", "[^/]+", template)
        if re.fullmatch(pattern, path) and method.lower() in SPEC["paths"][template]:
            return template, SPEC["paths"][template][method.lower()]
    raise AssertionError(f"{method} {path} is not described")


class Live(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.torn = Breaker()
        cls.addClassCleanup(cls.torn.close)
        cls.strict = free_port()
        made = cli("tokens", "add", "nothing", "--offline", "--json").json
        cls.token = made["token"]
        cls.d = Daemon()
        cls.addClassCleanup(cls.d.close)
        out = os.path.join(os.path.dirname(cls.d.config_path), "out")
        cls.d.write_conf(CONF.format(strict=cls.strict, pispas=free_port(), out=out,
                                     torn=cls.torn.port,
                                     digest=made["sha256"]).replace("{port}", str(cls.d.port)))
        cls.d.start()
        cls.succeeded, cls.failed = set(), set()

    def call(self, method, path, status, body=None, headers=None, address=None):
        """Ask as the administrator unless an address is given; the answer must
        be the described one."""
        r = request(address or self.d.socket, method, path, body, headers)
        template, op = find_operation(method, path)
        where = f"{method} {path}: {r}"
        self.assertEqual(r.status, status, where)
        self.check(op, r, where)
        (self.succeeded if status < 400 else self.failed).add((method, template))
        return r

    def check(self, op, r, where):
        described = op["responses"].get(str(r.status), op["responses"]["default"])
        described = resolve(described)
        for name, header in described.get("headers", {}).items():
            if name.lower() in r.headers and header["schema"].get("const"):
                self.assertEqual(r.headers[name.lower()], header["schema"]["const"], where)
        media = r.headers["content-type"].split(";")[0]
        self.assertIn(media, described["content"], where)
        if media == "application/json":
            self.assertEqual(problems(r.json, described["content"][media]["schema"]), [], where)
            self.assertTrue(r.status < 400 or self.code_fits(r), where)

    @staticmethod
    def code_fits(r):
        errors = SPEC["components"]["schemas"]["ErrorCode"]["x-errors"]
        return any((e["code"], e["status"]) == (r.json["code"], r.status) for e in errors)

    def submit(self, printer="till", status=201, body=b"hello", **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers.setdefault("Content-Type", RAW)
        return self.call("POST", f"/v1/printers/{printer}/jobs", status, body, headers)

    def ended(self, **more):
        job = self.submit(**more).json["id"]
        self.d.wait_job(job)
        return job

    # Numbers make the order: the last test looks at what the others have asked.

    def test_1_health(self):
        for path in (*ANYBODY, "/livez", "/readyz", "/v1/livez", "/v1/readyz", "/v1/status",
                     "/metrics", "/v1/metrics", "/readyz?verbose=1", "/v1/readyz?verbose=1"):
            self.call("GET", path, 200)
        self.assertIn("listeners", self.call("GET", "/readyz?verbose=1", 200).json)
        self.assertTrue(self.call("GET", "/metrics", 200).body.endswith(b"# EOF\n"))

    def test_1_submit(self):
        options = {"copies": 2, "cut": "full", "expires_s": 60, "priority": "urgent",
                   "on_doubt": "drop", "title": "Grüße", "engine": "auto", "halftone": "ordered",
                   "threshold": 99, "width_dots": 384, "encoding": "cp1252", "scripts": False,
                   "raster": True, "open_drawer": True}
        schema = SPEC["components"]["schemas"]["JobOptions"]
        self.assertEqual(problems(options, schema), [])
        self.submit(Platen_Options=json.dumps(options))
        self.submit(Platen_Options='{"run_at":"2020-01-01T00:00:00Z"}')
        for bad in ('{"copies":0}', '{"cut":7}', '{"run_at":"never"}', '{"expires_s":0}',
                    '{"priority":9}', '{"on_doubt":"pray"}', '{"engine":"steam"}', '{"x":1}',
                    "[]", "{", json.dumps({"title": "t" * 128})):
            r = self.submit(status=400, Platen_Options=bad)
            self.assertIn("field", r.json, bad)
        self.submit(status=400, body=b"")
        self.submit("nobody", 404)
        self.submit(status=415, Content_Type="application/zip")
        self.submit("raw", 415, Content_Type="application/vnd.escpos")
        self.submit("raw")

    def test_1_preview(self):
        for path, status in (("/v1/preview?printer=till", 200), ("/v1/preview", 400),
                             ("/v1/preview?printer=nobody", 404)):
            r = self.call("POST", path, status, b"one line\n",
                          {"Content-Type": "application/vnd.escpos"})
            self.assertEqual(r.body[:4] == b"\x89PNG", status == 200)

    def test_1_keys(self):
        first = self.submit(Idempotency_Key="order-1")
        again = self.submit(Idempotency_Key="order-1")
        self.assertEqual((again.body, again.headers["idempotency-replayed"]), (first.body, "true"))
        self.assertNotIn("idempotency-replayed", first.headers)
        self.submit(status=422, body=b"other", Idempotency_Key="order-1")
        self.submit(status=400, Idempotency_Key="k" * 201)

    def test_1_ceilings(self):
        self.call("POST", "/v1/devices/small/pause", 200)
        self.submit("small")
        self.assertIn("retry-after", self.submit("small", 429).headers)
        c = http.client.HTTPConnection("127.0.0.1", self.d.port, timeout=platen.SECONDS)
        c.putrequest("POST", "/v1/printers/till/jobs")
        c.putheader("Content-Length", str((16 << 20) + 1))
        c.endheaders()
        got = c.getresponse()
        r = platen.Response(got.status, got.getheaders(), got.read())
        c.close()
        self.assertEqual(r.status, 413)
        self.check(SPEC["paths"]["/v1/printers/{name}/jobs"]["post"], r, "413")

    def test_1_jobs(self):
        job = self.ended()
        self.call("GET", "/v1/jobs", 200)
        page = self.call("GET", "/v1/jobs?limit=1&state=done,failed&printer=till", 200).json
        self.assertEqual(page["before"], page["jobs"][0]["id"])
        self.call("GET", f"/v1/jobs?state=open&before={page['before']}", 200)
        for query in ("limit=0", "limit=1001", "state=green", "before=x"):
            self.call("GET", f"/v1/jobs?{query}", 400)
        self.call("GET", f"/v1/jobs/{job}", 200)
        self.call("GET", "/v1/jobs/999999", 404)
        self.call("GET", "/v1/jobs/twelve", 404)
        self.call("DELETE", f"/v1/jobs/{job}", 409)
        self.call("DELETE", "/v1/jobs/999999", 404)
        self.call("POST", f"/v1/jobs/{job}/reprint", 201)
        self.call("POST", "/v1/jobs/999999/reprint", 404)
        waiting = self.submit(Platen_Options='{"run_at":"%s"}' % tomorrow()).json["id"]
        self.assertEqual(self.d.job(waiting)["state"], "scheduled")
        self.call("POST", f"/v1/jobs/{waiting}/reprint", 409)
        self.assertEqual(self.call("DELETE", f"/v1/jobs/{waiting}", 200).json["state"], "cancelled")

    def test_1_resolve(self):
        for action in ("printed", "drop"):
            job = self.submit("torn", body=b"x" * 2_000_000).json["id"]
            self.d.wait_job(job, "unconfirmed")
            shown = self.call("GET", f"/v1/jobs/{job}", 200).json
            self.assertTrue(shown["journal"])
            self.call("POST", f"/v1/jobs/{job}/resolve", 400, {"action": "guess"})
            self.call("POST", f"/v1/jobs/{job}/resolve", 200, {"action": action})
            self.call("POST", f"/v1/jobs/{job}/resolve", 409, {"action": action})
        self.call("POST", "/v1/jobs/999999/resolve", 404, {"action": "printed"})

    def test_1_devices(self):
        for path in ("/v1/printers", "/v1/devices", "/v1/printers/till", "/v1/devices/till"):
            self.call("GET", path, 200)
        self.call("GET", "/v1/printers/nobody", 404)
        self.call("GET", "/v1/devices/nobody", 404)
        for verb, status in (("probe", 200), ("pause", 200), ("resume", 200), ("open", 201),
                             ("beep", 201)):
            self.call("POST", f"/v1/devices/till/{verb}", status)
            self.call("POST", f"/v1/devices/nobody/{verb}", 404)
        self.call("POST", "/v1/devices/till/beep", 201, {"times": 2})
        self.call("POST", "/v1/devices/till/beep", 400, {"times": 21})
        self.call("POST", "/v1/devices/till/beep", 400, b"{", {"Content-Type": "application/json"})
        self.call("POST", "/v1/devices/till/beep", 415, b"{}", {"Content-Type": "text/plain"})

    def test_1_configuration(self):
        block = {"name": "added", "uri": "file:/dev/null", "keep_open": True, "cooldown": 0,
                 "stations": ["grill", "bar"]}
        self.call("POST", "/v1/printers", 201, block)
        self.call("POST", "/v1/printers", 201, {**block, "chunk-delay": "5"})
        self.call("POST", "/v1/printers", 400, {"name": "added", "uri": "pigeon://x"})
        self.call("POST", "/v1/printers", 400, {"name": "added", "uri": "file:/x", "colour": "red"})
        self.call("POST", "/v1/printers", 400, {"uri": "file:/x"})
        self.call("POST", "/v1/printers", 409, {"name": "till", "uri": "file:/x"})
        self.call("DELETE", "/v1/printers/added", 200)
        self.call("DELETE", "/v1/printers/added", 404)

        self.d.get("/v1/jobs", {"Origin": "https://knocks.example"})
        self.assertTrue(self.call("GET", "/v1/origins", 200).json["refused"])
        grant = {"origin": "https://knocks.example", "allow": ["print"], "printers": "till"}
        self.call("POST", "/v1/origins", 201, grant)
        self.call("POST", "/v1/origins", 400, {"origin": "not an origin"})
        self.call("POST", "/v1/origins", 409, {"origin": "https://pos.example"})
        self.call("DELETE", "/v1/origins?origin=https://knocks.example", 200)
        self.call("DELETE", "/v1/origins?origin=https://knocks.example", 404)
        seen = self.call("GET", "/v1/clients", 200, address=self.d.port).json
        self.assertNotIn("clients", seen)
        with WsClient(("127.0.0.1", self.d.port), path="/v1/ws"):
            self.call("GET", "/v1/clients?limit=5", 200)
        self.call("GET", "/v1/clients?limit=0", 400)
        self.call("GET", "/v1/problems", 200)
        self.call("GET", "/v1/env", 200)
        self.call("PATCH", "/v1/env", 200, {"SERVICE_NAME": "till-1", "PLACE_ID": 7})
        self.assertEqual(self.call("GET", "/v1/env", 200).json["values"]["PLACE_ID"], "7")
        self.call("PATCH", "/v1/env", 400, {"SERVICE_NAME": []})
        self.call("PATCH", "/v1/env", 400, {"LOCAL_PORT": "none"})
        self.call("DELETE", "/v1/origins", 400)

        self.call("POST", "/v1/tokens", 201, {"name": "office", "allow": ["print", "status"]})
        key = {"Idempotency-Key": "token-1"}
        made = [self.call("POST", "/v1/tokens", 201, {"name": "office"}, key) for _ in range(2)]
        self.assertNotIn("idempotency-replayed", made[1].headers)
        self.assertNotEqual(made[0].json["token"], made[1].json["token"])
        self.call("POST", "/v1/tokens", 400, {"name": "office", "allow": ["fly"]})
        self.call("POST", "/v1/tokens", 409, {"name": "nothing"})
        self.call("GET", "/v1/tokens", 200)
        self.call("DELETE", "/v1/tokens/office", 200)
        self.call("DELETE", "/v1/tokens/office", 404)

    def test_1_events(self):
        c = http.client.HTTPConnection("127.0.0.1", self.d.port, timeout=platen.SECONDS)
        self.addCleanup(c.close)
        c.request("GET", "/v1/events")
        r = c.getresponse()
        op = SPEC["paths"]["/v1/events"]["get"]
        self.assertEqual((r.status, r.headers["Content-Type"].split(";")[0]),
                         (200, "text/event-stream"))
        self.call("POST", "/v1/devices/raw/pause", 200)
        self.call("POST", "/v1/devices/raw/resume", 200)
        self.submit("raw")
        seen, name = set(), None
        while seen != set(op["x-events"]):
            line = r.fp.readline().decode().rstrip("\n")
            if line.startswith("event: "):
                name = line[len("event: "):]
            elif line.startswith("data: "):
                self.assertIn(name, op["x-events"])
                value = json.loads(line[len("data: "):])
                self.assertEqual(problems(value, op["x-events"][name]), [], value)
                seen.add(name)
        self.succeeded.add(("GET", "/v1/events"))

    def test_1_websocket(self):
        """Every request of /v1/ws, and every event, is the described one."""
        op = SPEC["paths"]["/v1/ws"]["get"]
        self.call("GET", "/v1/ws", 426)
        ws = WsClient(("127.0.0.1", self.d.port), [], "/v1/ws", None, False, platen.SECONDS)
        self.addCleanup(ws.close)
        events, replies = set(), {}

        def hear(until):
            while True:
                message = json.loads(ws.message()[1])
                if "event" in message:
                    schema = op["x-events"][message["event"]]
                    self.assertEqual(problems(message["data"], schema), [], message)
                    events.add(message["event"])
                elif "progress" in message:
                    self.assertEqual(problems(message["progress"], JOB), [], message)
                elif message["id"] == until:
                    return message

        def ask(name, **more):
            number = len(replies) + 1
            ws.send_text(json.dumps({"id": number, "do": name, **more}).encode())
            message = hear(number)
            schema = op["x-requests"][name]["reply"]
            if more.get("wait") == "done":
                schema = JOB
            self.assertEqual(problems(message["reply"], schema), [], message)
            replies[number] = name
            return message["reply"]
        for name in ("hello", "ping", "status", "devices", "subscribe"):
            ask(name)
        job = ask("print", printer="till", base64="eA==")["id"]
        self.assertEqual(ask("follow", job=job)["state"], "done")
        ask("job", job=job)
        ask("jobs", limit=3)
        ask("reprint", job=job, wait="done")
        for name in ("device", "probe", "open", "beep"):
            ask(name, device="till")
        later = ask("print", printer="till", base64="eA==", options={"run_at": tomorrow()})["id"]
        self.assertEqual(ask("cancel", job=later)["state"], "cancelled")
        torn = ask("print", printer="torn", base64="eHh4" * 700_000)["id"]
        self.d.wait_job(torn, "unconfirmed")
        self.assertEqual(ask("resolve", job=torn, action="drop")["state"], "failed")
        self.d.write_conf(self.d.conf + "\n")
        self.d.child.signal(signal.SIGHUP)
        while events != set(op["x-events"]):
            ask("ping")
        ask("unsubscribe")
        self.assertEqual(set(replies.values()), set(op["x-requests"]))
        self.succeeded.add(("GET", "/v1/ws"))

    def test_2_who_may(self):
        """Every operation as a stranger, as a foreign page, and with too little."""
        for method, template, op in operations():
            path = template.replace("{name}", "till").replace("{id}", "1")
            open_to_all = op.get("security") == []
            if not open_to_all:
                self.call(method, path, 401, address=self.strict)
            if template not in ANYBODY:
                r = self.call(method, path, 403, headers={"Origin": "https://evil.example"},
                              address=self.d.port)
                self.assertEqual(r.json["code"], "origin-not-allowed")
            if op.get("x-capability"):
                r = self.call(method, path, 403, headers={"Authorization": "Bearer " + self.token},
                              address=self.strict)
                self.assertEqual(r.json["error"], f"Not allowed: {op['x-capability']}")

    def test_2_z_restart(self):
        self.call("POST", "/v1/restart", 200, {})

        def is_another():
            try:
                return self.d.get("/v1/status").json["accepted"] == 0
            except OSError:
                return False
        platen.wait_until(is_another, "the daemon to begin anew")

    def test_3_everything_was_asked(self):
        described = {(m, p) for m, p, _ in operations()}
        self.assertEqual(described - self.succeeded, set(), "never answered well")
        self.assertEqual(described - self.failed, {("GET", p) for p in ANYBODY}, "never refused")


class Full(unittest.TestCase):
    def test_no_space(self):
        with_room = 'printer till { uri = "file:/dev/null" }'
        d = Daemon("daemon { space-floor = 1099511627776 }\n" + with_room)
        self.addCleanup(d.close)
        d.start(wait=False)
        d.wait_answer()
        for r in (d.admin("GET", "/readyz"),
                  d.admin("POST", "/v1/printers/till/jobs", b"x", {"Content-Type": RAW})):
            self.assertEqual((r.status, r.json["code"]), (507, "storage-full"))
            self.assertIn("retry-after", r.headers)
            self.assertEqual(problems(r.json, SPEC["components"]["schemas"]["Error"]), [])


def tomorrow():
    return (datetime.datetime.now() + datetime.timedelta(days=1)).isoformat(timespec="seconds")


if __name__ == "__main__":
    platen.main()
