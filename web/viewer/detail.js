// One command in full, and sending what it printed again.
import { h, put, toast } from "./dom.js";

function fact(name) {
	const value = h("dd", {});
	return { nodes: [h("div", {}, h("dt", {}, name), value)], value };
}

async function copy(text) {
	try {
		await navigator.clipboard.writeText(text);
		toast("Copied");
	} catch {
		toast("The browser does not allow copying", "bad");
	}
}

function block(name) {
	const text = h("pre", { tabindex: "0", "aria-label": name });
	const button = h("button", { type: "button", class: "quiet", onclick: () => copy(text.textContent),
		"aria-label": `Copy the ${name.toLowerCase()}` }, "Copy");
	return { nodes: [h("h3", {}, name, button), text], text };
}

const json = value => value === null ? "none" : JSON.stringify(value, null, 2);

export function details(id, actions) {
	const caller = fact("Caller"), dialect = fact("Dialect"), uuid = fact("Its own id");
	const entry = fact("Entry"), job = fact("Job");
	const request = block("Request"), response = block("Response");
	const printer = h("select", { "aria-label": "Printer" });
	const button = h("button", { class: "main" }, "Send again");
	const form = h("form", { onsubmit: resend }, h("span", { class: "hint" }, "As a new job on"),
		printer, button);
	const node = h("div", { class: "facts", id },
		h("dl", {}, ...[caller, dialect, uuid, entry, job].flatMap(f => f.nodes)), form,
		...request.nodes, ...response.nodes);
	let now = null;

	async function resend(event) {
		event.preventDefault();
		button.disabled = true;
		try {
			const answer = await actions.resend(now.id, printer.value);
			toast(`Sent again: job ${answer.job_id} on ${answer.printer}`);
		} catch (error) {
			toast(error.message, "bad");
		}
		button.disabled = false;
	}

	function offer_printers() {
		const names = actions.printers(), chosen = printer.value || now.job?.printer;
		printer.replaceChildren(...names.map(name => h("option", { value: name }, name)));
		if (names.includes(chosen))
			printer.value = chosen;
	}

	function update(e) {
		const first = now === null;
		now = e;
		put(caller.value, e.caller);
		put(dialect.value, e.dialect);
		put(uuid.value, e.UUIDV4 === null ? "none" : String(e.UUIDV4));
		put(entry.value, `${e.id}, ${new Date(e.time).toLocaleString()}`);
		put(job.value, e.job ? `${e.job.job_id} on ${e.job.printer}, ${e.job.state}` : "none");
		put(request.text, json(e.request));
		put(response.text, e.exec === null ? "not answered yet" : json(e.response));
		form.hidden = !e.resendable || !e.job;
		if (first || !printer.options.length)
			offer_printers();
	}

	return { node, update };
}
