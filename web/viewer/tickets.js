// Tickets of the printers that were asked for, newest first.
import { h, toast } from "./dom.js";
import { clock, is_copy } from "./entries.js";

const KEPT = 50;

export function tickets(section, actions) {
	const boxes = section.querySelector("fieldset > div"), list = section.querySelector("ol");
	const empty = section.querySelector(".empty");
	const wanted = new Set(JSON.parse(sessionStorage.getItem("platen-tickets") ?? "[]"));

	async function choose(name, on) {
		try {
			await actions.subscribe(name, on);
			on ? wanted.add(name) : wanted.delete(name);
			sessionStorage.setItem("platen-tickets", JSON.stringify([...wanted]));
		} catch (error) {
			toast(error.message, "bad");
		}
		empty.textContent = wanted.size ? "Nothing was printed there yet."
			: "Choose a printer to see its tickets as they come.";
	}

	function box(name, label) {
		const input = h("input", { type: "checkbox", value: name });
		input.checked = wanted.has(name);
		input.addEventListener("change", () => choose(name, input.checked));
		return h("label", {}, input, label);
	}

	// A new connection knows nothing of what was chosen.
	function offer(printers) {
		boxes.replaceChildren(box("*", "All printers"), ...printers.map(name => box(name, name)));
		for (const name of [...wanted])
			name === "*" || printers.includes(name) ? choose(name, true) : wanted.delete(name);
	}

	function take({ printer, entry, text }) {
		const open = h("button", { type: "button", class: "quiet",
			onclick: () => actions.open(entry.id) }, "Command");
		const body = text.length ? h("pre", {}, text.join("\n"))
			: h("p", { class: "hint" }, "Printed as a picture or as the printer's own bytes.");
		list.prepend(h("li", { class: "ticket" },
			h("header", {}, h("strong", {}, printer), h("time", {}, clock(entry.time)), open),
			is_copy(entry) ? h("p", { class: "copy" }, "*** REPRINT ***") : null, body));
		while (list.children.length > KEPT)
			list.lastElementChild.remove();
		empty.hidden = true;
	}

	return { offer, take };
}
