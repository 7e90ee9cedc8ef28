// Setting up needs an administrator: a token of one does it here, the command
// line does it anywhere.
import { button } from "./actions.js";
import { call, may, signIn, signOut, token } from "./api.js";
import { command, h, put } from "./dom.js";
import { ago, many } from "./words.js";

const NAME = "[A-Za-z0-9._\\-]{1,63}";
const HOST = "[A-Za-z0-9.\\-]+|\\[[0-9A-Fa-f:]+\\]";

const field = (label, props) => h("label", {}, h("span", {}, label), h("input", props));
const changed = () => dispatchEvent(new Event("rights"));

// --- a printer ------------------------------------------------------------------

function addPrinter(added) {
	const form = h("form", { "aria-label": "Add a printer" },
		field("Name", { name: "name", value: "counter", pattern: NAME, required: true, size: 10 }),
		field("Address", { name: "host", placeholder: "192.168.1.50", pattern: HOST, required: true,
			size: 14, inputmode: "url" }),
		field("Port", { name: "port", value: "9100", type: "number", min: 1, max: 65535, required: true }));
	const uri = () => `socket://${form.elements.host.value || form.elements.host.placeholder}:${form.elements.port.value}`;
	const line = command("");
	const add = button("Add printer", async () => {
		if (!form.reportValidity())
			return "";
		const made = await call("POST", "/v1/printers", { name: form.elements.name.value, uri: uri() });
		await added();
		return `Printer ${made.name} is there`;
	}, { class: "main" });
	const update = () => {
		const fits = form.checkValidity() || !form.elements.host.value;
		line.update(fits ? `platen printers add ${form.elements.name.value} ${uri()}`
			: "platen printers add NAME socket://HOST:9100");
		add.hidden = !may("admin");
		line.node.hidden = may("admin");
	};
	form.append(add);
	form.addEventListener("input", update);
	form.addEventListener("submit", e => {
		e.preventDefault();
		if (may("admin"))
			add.click();
	});
	update();
	addEventListener("rights", update);
	return h("details", { id: "add" }, h("summary", {}, "Add a printer"), form, line.node);
}

// --- web pages that want in --------------------------------------------------------

async function letIn(origin) {
	await call("POST", "/v1/origins", { origin, allow: "print,status" });
	await showOrigins();
	return `${origin} may print now`;
}

const refused = h("ul", { "aria-label": "Refused pages" });

async function showOrigins() {
	const known = may("admin") ? await call("GET", "/v1/origins") : { refused: [] };
	refused.replaceChildren(...known.refused.map(o => h("li", {},
		h("span", {}, h("strong", {}, o.origin),
			h("span", { class: "said" }, `refused ${many(o.count, "time")}, ${ago(o.last)}`)),
		button("Let in", () => letIn(o.origin)))));
}

function webPages() {
	return h("details", {}, h("summary", {}, "Let a web page in"),
		h("p", { class: "hint" }, "A page prints only when its origin was granted. ",
			h("code", {}, "platen origins"), " lists those that were refused; this lets one in at once:"),
		command("platen origins allow https://pos.example print,status").node, refused);
}

// --- who we are ----------------------------------------------------------------------

function administrator(entered) {
	const said = h("p", { class: "hint" });
	const input = h("input", { type: "password", autocomplete: "off", required: true,
		"aria-label": "Administrator's token" });
	const form = h("form", {}, input);
	const hint = command("platen tokens add console print,status,drawer,raw,admin");
	const enter = button("Sign in", async () => {
		if (!form.reportValidity())
			return "";
		const admin = await signIn(input.value.trim());
		input.value = "";
		changed();
		await entered();
		return admin ? "Signed in" : "Signed in, but this token is no administrator's";
	});
	const leave = button("Sign out", () => {
		signOut();
		changed();
		return entered();
	});
	const update = () => {
		form.hidden = hint.node.hidden = Boolean(token());
		leave.hidden = !token();
		put(said, may("admin") ? "Signed in until this tab is closed."
			: "Pausing and adding printers and letting pages in needs an administrator: use the " +
			"command line, or make a token with this right and sign in with it.");
		showOrigins().catch(() => {});
	};
	form.append(enter);
	form.addEventListener("submit", e => {
		e.preventDefault();
		enter.click();
	});
	addEventListener("rights", update);
	update();
	return h("details", { id: "signin" }, h("summary", {}, "Administrator"), said, hint.node, form, leave);
}

// again() loads everything anew, as somebody else or with another printer.
export async function start(again) {
	document.getElementById("setup").append(addPrinter(again), webPages(), administrator(again));
	if (token())
		await signIn(token()).catch(() => {});
	changed();
}
