/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Elements, and how values look: ids, times, numbers, marks.
 *
 * A text from the chain is a stranger's bytes.  It becomes a text node, the
 * value of an attribute that no browser runs, or a part of a URL that is
 * encoded; nothing here parses markup.
 */

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
	for (const [name, value] of Object.entries(attributes)) {
		if (typeof value === "function")
			element.addEventListener(name, value);
		else if (value !== null && value !== undefined && value !== false)
			element.setAttribute(name, value === true ? "" : value);
	}
	for (const child of children.flat(Infinity)) {
		if (child !== null && child !== undefined && child !== false)
			element.append(child instanceof Node ? child : String(child));
	}
	return element;
}

/* An element: h("a", { href }, "text", otherElement, ...). */
export function h(name, attributes = {}, ...children) {
	return fill(document.createElement(name), attributes, children);
}

/* The same for drawings. */
export function s(name, attributes = {}, ...children) {
	return fill(document.createElementNS(SVG, name), attributes, children);
}

/* Control characters and those that turn the direction of a line would let a
 * name pretend to be another one: they are shown as what they are. */
export function clean(text) {
	return String(text).replace(
	    /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
	    (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
}

/* A name of an asset; it may be empty. */
export function nameOf(text) {
	return text === undefined || text === null || text === "" ?
	    h("em", {}, "without a name") : h("bdi", {}, clean(text));
}

/* --- numbers -------------------------------------------------------------------- */

/* Numbers that pass 2^53 come as text, and stay exact. */
export function number(value) {
	const text = String(value);

	return /^-?\d+$/.test(text) ? BigInt(text).toLocaleString() : clean(text);
}

export function bytes(count) {
	if (count < 1000)
		return count + " B";
	return count < 1e6 ? (count / 1e3).toFixed(1) + " kB" : (count / 1e6).toFixed(1) + " MB";
}

export function plural(count, one, many = one + "s") {
	return number(count) + " " + (String(count) === "1" ? one : many);
}

/* --- time ----------------------------------------------------------------------- */

const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "long" });
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const AGO = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

function ago(seconds) {
	if (seconds < 60)
		return seconds < 10 ? "just now" : AGO.format(-Math.round(seconds), "second");
	if (seconds < 3600)
		return AGO.format(-Math.round(seconds / 60), "minute");
	return AGO.format(-Math.round(seconds / 3600), "hour");
}

function tellTime(element) {
	const at = new Date(element.dateTime);
	const seconds = (Date.now() - at.getTime()) / 1000;

	element.textContent = element.dataset.full !== undefined ? FULL.format(at) :
	    seconds > -60 && seconds < 86400 ? ago(seconds) : DAY.format(at);
}

/* Unix seconds, as the reader's clock has them; the machine's form is ISO. */
export function time(unix, full = false) {
	const at = new Date(Number(unix) * 1000);

	if (unix === null || unix === undefined || Number.isNaN(at.getTime()))
		return document.createTextNode("");
	const element = h("time", { datetime: at.toISOString(), title: FULL.format(at),
	    "data-full": full });
	tellTime(element);
	return element;
}

/* "A minute ago" grows old. */
export function refreshTimes() {
	document.querySelectorAll("time").forEach(tellTime);
}

/* --- marks ---------------------------------------------------------------------- */

/* FNV-1a, then mixed well: near ids look unlike each other. */
function hash(text) {
	let value = 0x811c9dc5;

	for (let i = 0; i < text.length; i++)
		value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
	value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
	value = Math.imul(value ^ (value >>> 12), 0x297a2d39);
	return (value ^ (value >>> 15)) >>> 0;
}

/* The cells of a mark: five by five, the right half mirrors the left, 15 bits
 * of the hash choose them.  ROUND: dots for accounts, squares for the rest. */
export function markCells(text, size, round) {
	const bits = hash(text), cell = size / 7;
	const cells = s("g", { class: "mark hue" + (bits >>> 20) % 12 },
	    s("rect", { class: "ground", width: size, height: size,
		rx: round ? size / 2 : size / 5 }));

	for (let x = 0; x < 5; x++) {
		for (let y = 0; y < 5; y++) {
			const bit = Math.min(x, 4 - x) * 5 + y;

			if (bits >>> bit & 1)
				cells.append(s("rect", { x: (x + 1) * cell, y: (y + 1) * cell,
				    width: cell, height: cell, rx: round ? cell / 2 : cell / 6 }));
		}
	}
	return cells;
}

/* A small picture of an id, so that an eye knows it again.  The text beside it
 * says the same: nobody needs to see it. */
export function mark(text, round = false, size = 20) {
	return s("svg", { class: "marked", width: size, height: size,
	    viewBox: "0 0 " + size + " " + size, "aria-hidden": "true" },
	    markCells(text, size, round));
}

/* --- ids ------------------------------------------------------------------------ */

export function say(text) {
	document.getElementById("said").textContent = text;
}

/* Browsers without a clipboard for pages that came by plain HTTP have the old way. */
async function copy(text, button) {
	try {
		await navigator.clipboard.writeText(text);
	} catch {
		const box = h("textarea", { class: "hidden" }, text);

		document.body.append(box);
		box.select();
		document.execCommand("copy");
		box.remove();
		button.focus();
	}
	button.dataset.done = "yes";
	say("Copied");
	setTimeout(() => delete button.dataset.done, 1500);
}

export function short(text) {
	return text.length <= 20 ? text : text.slice(0, 8) + "…" + text.slice(-6);
}

/* An id or account: shortened, whole in its title, with a button that copies it.
 * WHAT names it for the button; LINK is where it leads, or null. */
export function id(text, what, link = null, whole = false) {
	const shown = whole ? text : short(text);
	const button = h("button", { type: "button", class: "copy", title: "Copy",
	    "aria-label": "Copy " + what + " " + short(text),
	    click: () => copy(text, button) });

	return h("span", { class: whole ? "id whole" : "id" },
	    link !== null ? h("a", { href: link, title: text }, shown) :
	    h("span", { title: text }, shown), button);
}

export function account(text, whole = false) {
	return h("span", { class: "account" }, mark(text, true),
	    id(text, "account", "/account/" + encodeURIComponent(text), whole));
}

/* --- pieces of a view ----------------------------------------------------------- */

/* Terms and what they are; a row whose value is null is left out. */
export function facts(...rows) {
	return h("dl", { class: "facts" }, rows.filter((row) => row && row[1] !== null &&
	    row[1] !== undefined).map(([term, value]) =>
	    h("div", {}, h("dt", {}, term), h("dd", {}, value))));
}

/* A table; on a phone each row stands as a card, and each cell has the name of
 * its column beside it.  Columns: [name, class]. */
export function table(caption, columns, rows) {
	return h("div", { class: "scroll" }, h("table", {},
	    h("caption", { class: "hidden" }, caption),
	    h("thead", {}, h("tr", {}, columns.map(([name, kind]) =>
		h("th", { scope: "col", class: kind }, name)))),
	    h("tbody", {}, rows.map((row) => h("tr", row.attributes ?? {},
		row.cells.map((cell, i) => h(i === 0 ? "th" : "td", {
		    scope: i === 0 ? "row" : null, class: columns[i][1],
		    "data-column": columns[i][0] }, cell)))))));
}

export function section(title, ...children) {
	return h("section", {}, h("h2", {}, title), children);
}

export function empty(...text) {
	return h("p", { class: "empty" }, text);
}

/* Links to the page before and the one behind; either may be null. */
export function pager(newer, older, names = ["Newer", "Older"]) {
	if (newer === null && older === null)
		return null;
	return h("nav", { class: "pager", "aria-label": "Pages" },
	    newer !== null ? h("a", { href: newer, rel: "prev" }, "← " + names[0]) : h("span"),
	    older !== null ? h("a", { href: older, rel: "next" }, names[1] + " →") : h("span"));
}
