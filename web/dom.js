// Elements out of text. Nothing here takes markup: whatever a device, a page or
// a job calls itself stays text.

// h("p", { class: "x", onclick: fn, hidden: true }, "text", node, null)
export function h(name, props = {}, ...children) {
	const node = document.createElement(name);
	for (const [key, value] of Object.entries(props)) {
		if (key.startsWith("on"))
			node.addEventListener(key.slice(2), value);
		else if (value === true || value === false)
			node.toggleAttribute(key, value);
		else if (value !== undefined && value !== null)
			node.setAttribute(key, value);
	}
	node.append(...children.filter(c => c !== null && c !== undefined && c !== ""));
	return node;
}

// Touches the page only when something changed, so that a selection stays and
// a screen reader is not told the same twice.
export function put(node, text) {
	if (node.textContent !== text)
		node.textContent = text;
}

// A list that is updated in place: rows keep their focus and their open details.
// make(item) gives { node, update(item) }; the returned function shows items.
export function keyed(list, key, make) {
	const rows = new Map();
	return items => {
		const wanted = new Set(items.map(key));
		for (const [k, row] of rows) {
			if (!wanted.has(k)) {
				row.node.remove();
				rows.delete(k);
			}
		}
		let at = list.firstElementChild;
		for (const item of items) {
			let row = rows.get(key(item));
			if (!row)
				rows.set(key(item), row = make(item));
			row.update(item);
			if (row.node === at)
				at = at.nextElementSibling;
			else
				list.insertBefore(row.node, at);
		}
	};
}

export function toast(text, tone = "good") {
	const node = h("p", { "data-tone": tone }, text);
	document.getElementById("toasts").append(node);
	setTimeout(() => node.remove(), tone === "bad" ? 9000 : 4000);
}

// A command to be typed elsewhere, with a button that copies it.
export function command(text) {
	const code = h("code", {}, text);
	const copy = async () => {
		try {
			await navigator.clipboard.writeText(code.textContent);
			toast("Copied");
		} catch {
			getSelection().selectAllChildren(code); // no clipboard without TLS: select it
		}
	};
	const node = h("div", { class: "command" }, code,
		h("button", { type: "button", onclick: copy, "aria-label": "Copy the command" }, "Copy"));
	return { node, update: t => put(code, t) };
}
