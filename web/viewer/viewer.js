// The command viewer: what comes over the feed goes into the list and the tickets.
import { entries } from "./entries.js";
import { connect } from "./feed.js";
import { h, put } from "./dom.js";
import { tickets } from "./tickets.js";

const find = id => document.getElementById(id);
let printers = [];

const actions = {
	printers: () => printers,
	history: fields => feed.ask("history", fields),
	resend: (id, printer) => feed.ask("resend", { id, printer }),
	subscribe: (printer, on) => feed.ask(on ? "subscribe" : "unsubscribe", { printer }),
	open: id => list.open(id),
	count: n => put(find("totals"), n === 1 ? "1 command" : `${n} commands`),
};

const list = entries(find("commands"), actions);
const paper = tickets(find("tickets"), actions);

function notice(text) {
	find("notices").replaceChildren(...(text ? [h("p", { class: "notice" }, text)] : []));
}

function show({ tone, word, why, token }) {
	const state = find("state").firstElementChild;
	put(state, word);
	state.dataset.tone = tone;
	document.body.classList.toggle("stale", word !== "live");
	find("token").hidden = !token;
	if (token)
		find("token-text").focus();
	notice(why ?? "");
}

function offer_printers() {
	const select = find("by-printer"), chosen = select.value;
	select.replaceChildren(select.options[0],
		...printers.map(name => h("option", { value: name }, name)));
	select.value = printers.includes(chosen) ? chosen : "";
}

// Also after a restart, when all that is known is no longer true.
function hello(message) {
	printers = message.printers;
	put(find("version"), message.version);
	offer_printers();
	list.clear();
	list.fetch_older().catch(() => {});
	paper.offer(printers);
}

// What we were too slow for is asked for again.
async function fill(gap) {
	notice(`The page could not keep up: entries ${gap.from} to ${gap.to} are being read again.`);
	try {
		let before = gap.to + 1, answer;
		do {
			answer = await list.fetch_older(before, {});
			before = answer.entries.at(-1)?.id ?? 0;
		} while (answer.more && before > gap.from);
		notice("");
	} catch (error) {
		notice(`Entries ${gap.from} to ${gap.to} are missing: ${error.message}`);
	}
}

const told = {
	hello,
	command: message => list.take(message.entry),
	result: message => list.take(message.entry),
	job: message => list.job(message.id, message.job),
	ticket: message => paper.take(message),
	gap: fill,
};

find("token").addEventListener("submit", event => {
	event.preventDefault();
	feed.authorize(find("token-text").value.trim());
	find("token-text").value = "";
});

const feed = connect(message => told[message.type]?.(message), show);
