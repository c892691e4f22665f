/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The page: which view a path has, following the chain live, keys.
 *
 * Every two seconds the server is asked for its status.  A new newest block draws
 * again what has changed; blocks that the page knew and that have another digest now
 * are a reorganisation, which is told.
 */
import { ask, Refused, Unreachable } from "./api.js";
import { clean, h, number, plural, refreshTimes, say } from "./dom.js";
import { failed, views } from "./views.js";

const EVERY_MS = 2000;
/* Hidden pages ask less often. */
const HIDDEN_MS = 30000;
/* Blocks whose digests are remembered: no reorganisation is nearly as deep. */
const KNOWN = 500;

const main = document.getElementById("main");
const notices = document.getElementById("notices");
const live = document.getElementById("live");
const field = document.getElementById("search");

let status = null;              /* what the server said last */
let shown = null;               /* what the view's answers were, as one text */
let asking = null;              /* an AbortController of the view that is asked */
let offline = false;
const known = new Map();        /* number: digest, of blocks seen */

/* --- views ------------------------------------------------------------------------ */

function route() {
	const parts = location.pathname.split("/").filter((part) => part !== "");
	let decoded;

	try {
		decoded = parts.map(decodeURIComponent);
	} catch {
		decoded = ["nothing"];
	}
	const name = decoded[0] ?? "";
	const view = decoded.length === (["", "search", "pending"].includes(name) ?
	    Number(name !== "") : 2) ? views[name] : undefined;
	return { view: Object.hasOwn(views, name) ? view : undefined, parts: decoded };
}

/* Where the reader is must stay where it is when the same page is drawn again. */
function withPlace(draw) {
	const active = document.activeElement;
	const inside = main.contains(active) && active !== main;
	const href = inside ? active.getAttribute("href") : null;
	const label = inside ? active.getAttribute("aria-label") : null;
	const heading = inside && active.tagName === "H1";
	const y = scrollY;

	draw();
	if (inside) {
		const same = heading ? main.querySelector("h1") :
		    [...main.querySelectorAll("a, button")].find((e) => href !== null ?
		    e.getAttribute("href") === href : e.getAttribute("aria-label") === label);

		same?.focus({ preventScroll: true });
	}
	scrollTo({ top: y, behavior: "instant" });
}

function draw(result, again) {
	const texts = JSON.stringify(result.texts);

	if (again && texts === shown)
		return;
	shown = texts;
	document.title = result.title + " · Bitmark explorer";
	const put = () => main.replaceChildren(...result.body.flat(Infinity).filter(Boolean));

	if (again) {
		withPlace(put);
		return;
	}
	put();
	scrollTo({ top: 0, behavior: "instant" });
}

function markNavigation() {
	for (const link of document.querySelectorAll("header nav a")) {
		if (link.getAttribute("href") === location.pathname)
			link.setAttribute("aria-current", "page");
		else
			link.removeAttribute("aria-current");
	}
	if (location.pathname === "/search")
		field.value = new URLSearchParams(location.search).get("q") ?? "";
}

/* AGAIN: the chain has changed, not the path.  FRESH: digests of new blocks. */
async function show(again = false, fresh = new Set()) {
	const { view, parts } = route();
	let result;

	asking?.abort();
	const mine = asking = new AbortController();
	markNavigation();
	if (!again)
		main.setAttribute("aria-busy", "true");
	try {
		if (view === undefined)
			throw new Refused(404, "There is no such page.");
		result = await view({ parts, query: new URLSearchParams(location.search),
		    signal: mine.signal, status, fresh });
	} catch (error) {
		if (mine.signal.aborted)
			return;
		if (again && error instanceof Unreachable)
			return;         /* what is shown stays */
		if (!(error instanceof Refused || error instanceof Unreachable))
			console.error(error);   /* a fault of ours */
		result = failed(error);
	}
	if (mine.signal.aborted)
		return;
	main.removeAttribute("aria-busy");
	for (const b of result.blocks ?? [])
		know(b.number, b.digest);
	draw(result, again);
}

/* A new page: its heading has the focus, so that it is read. */
async function go(url, push = true) {
	if (push)
		history.pushState(null, "", url);
	await show();
	main.querySelector("h1")?.focus({ preventScroll: true });
}

/* --- the chain, live ---------------------------------------------------------------- */

function know(n, digest) {
	known.set(Number(n), digest);
	if (known.size > KNOWN)
		known.delete(Math.min(...known.keys()));
}

function tellState(state, text) {
	live.dataset.state = state;
	document.getElementById("live-text").textContent = text;
}

function notice(key, text, ...more) {
	const close = h("button", { type: "button", class: "close", "aria-label": "Close",
	    click: () => box.remove() }, "×");
	const box = h("div", { class: "notice " + key }, h("span", {}, text, more), close);

	notices.querySelector("." + key)?.remove();
	notices.append(box);
}

/* The first of the blocks that the page knew and that is another one now, and how
 * many; those above the new height are gone, too. */
async function replaced(height) {
	const answer = await ask("blocks?count=100");
	const now = new Map(answer.value.blocks.map((b) => [Number(b.number), b.digest]));
	const changed = [...known].filter(([n, digest]) => n > height ||
	    (now.has(n) && now.get(n) !== digest)).map(([n]) => n);

	for (const n of [...known.keys()].filter((n) => n > height))
		known.delete(n);
	const fresh = new Set([...now].filter(([n, digest]) => known.get(n) !== digest)
	    .map(([, digest]) => digest));
	for (const [n, digest] of now)
		know(n, digest);
	return { changed, fresh };
}

function tellReorganised(changed) {
	const first = Math.min(...changed), last = Math.max(...changed);
	const which = first === last ? "Block " + number(first) + " was" :
	    `Blocks ${number(first)} to ${number(last)} were`;

	notice("reorganised", h("b", {}, "The chain was reorganised. "), which +
	    " replaced; what they held waits again, or is in other blocks now.");
}

/* The newest block is another one. */
async function changed(next) {
	const before = status;

	status = next;
	if (before === null) {
		know(next.newest.number, next.newest.digest);
		await show(true);
		return;
	}
	const { changed: old, fresh } = await replaced(Number(next.height));

	if (old.length > 0)
		tellReorganised(old);
	else
		say(`New block ${number(next.height)} with ${plural(next.newest.records, "record")}`);
	await show(true, fresh);
}

function tellFoot() {
	const program = status.program ?? {}, daemon = status.daemon;

	document.getElementById("foot").replaceChildren(
	    h("span", {}, clean(program.name ?? "bitmark-explorer"), " ",
		clean(program.version ?? "")),
	    h("span", {}, "chain ", h("b", {}, clean(status.chain)), ", rules ",
		clean(status.rules)),
	    h("span", {}, daemon ? `daemon: ${clean(daemon.mode)}, ` +
		plural(daemon.peers, "peer") : "no daemon is asked"),
	    h("a", { href: "/api/v1/status" }, "JSON"));
}

async function look() {
	const answer = await ask("status");
	const next = answer.value;
	const mode = next.daemon?.mode;

	if (offline) {
		offline = false;
		notices.querySelector(".offline")?.remove();
		say("Connected again");
	}
	tellState(mode && mode !== "Normal" ? "syncing" : "live",
	    (mode && mode !== "Normal" ? clean(mode) : "Live") + " · " + number(next.height));
	if (status === null || next.newest?.digest !== status.newest?.digest)
		await changed(next);
	else if (answer.fresh) {
		status = next;
		await show(true);
	}
	tellFoot();
}

function lost() {
	tellState("offline", "Offline");
	if (!offline)
		notice("offline", "The explorer does not answer. This is what it said last; it is " +
		    "asked again all the time.");
	offline = true;
}

/* One question after the other, however long an answer takes. */
let timer = null;
async function follow() {
	clearTimeout(timer);
	timer = null;
	try {
		await look();
	} catch (error) {
		if (error instanceof Refused)
			tellState("syncing", clean(error.message));
		else if (error instanceof Unreachable)
			lost();
		else
			console.error(error);
	}
	refreshTimes();
	clearTimeout(timer);
	timer = setTimeout(follow, document.hidden ? HIDDEN_MS : EVERY_MS);
}

/* --- links and keys ------------------------------------------------------------------ */

document.addEventListener("click", (event) => {
	const link = event.target.closest("a[href]");

	if (link === null || event.defaultPrevented || event.button !== 0 || event.ctrlKey ||
	    event.metaKey || event.shiftKey || event.altKey)
		return;
	const to = new URL(link.getAttribute("href"), location.href);
	if (to.origin !== location.origin || to.pathname.startsWith("/api/") || to.hash !== "")
		return;
	event.preventDefault();
	go(to.href);
});

document.querySelector("form.search").addEventListener("submit", (event) => {
	event.preventDefault();
	go("/search?" + new URLSearchParams({ q: field.value }));
});

document.addEventListener("keydown", (event) => {
	const typing = event.target.matches?.("input, textarea, [contenteditable]");

	if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
		event.preventDefault();
		field.focus();
		field.select();
	} else if (event.key === "Escape" && event.target === field) {
		field.blur();
	}
});

addEventListener("popstate", () => go(location.href, false));
document.addEventListener("visibilitychange", () => {
	if (!document.hidden && timer !== null)
		follow();
});

show();
follow();
