// Buttons that ask the daemon for something, and say what came of it.
import { h, toast } from "./dom.js";

// run() may give a sentence to show. While it runs, the button is off.
export function button(label, run, props = {}) {
	const node = h("button", { type: "button", ...props, onclick: async () => {
		node.disabled = true;
		try {
			const said = await run();
			if (said)
				toast(said);
		} catch (e) {
			toast(e.message, "bad");
			dispatchEvent(new Event("rights")); // a refusal may have told what we may not
		}
		node.disabled = false;
	} }, label);
	return node;
}
