// Clients: pages and programs that speak with platen in messages. Who they are is
// for an administrator.
import { call, may } from "./api.js";
import { h, keyed, put } from "./dom.js";
import { ago, many } from "./words.js";

const section = document.getElementById("clients");

function row() {
	const who = h("strong"), said = h("span", { class: "said" });
	return {
		node: h("li", {}, h("span", {}, who, said)),
		update(c) {
			put(who, c.caller.replace(/^origin:/, ""));
			put(said, [c.dialect, c.address, `since ${ago(c.since)}`, many(c.requests, "request"),
				c.last_call && `last ${c.last_call}`].filter(Boolean).join(" · "));
		},
	};
}

const show = keyed(section.querySelector("ul"), c => c.number, row);

export async function reload() {
	const { count, dialects, clients = [] } = await call("GET", "/v1/clients");
	put(section.querySelector("small"), count);
	section.hidden = !count;
	put(section.querySelector(".hint"), may("admin") ? ""
		: dialects.filter(d => d.count).map(d => `${d.count} by ${d.dialect}`).join(" · "));
	show(clients);
}
