/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A view for each kind of page.  A view is asked with the parts of the path and the
 * query; it asks the server and gives { title, body, texts }: texts are what the
 * server said, so that the page is drawn again only when that has changed.
 */
import { ask, path, Refused } from "./api.js";
import { account, bytes, clean, empty, facts, h, id, mark, nameOf, number, pager, plural,
    section, table, time } from "./dom.js";
import { parts as bar, river, skyline } from "./draw.js";
import * as records from "./records.js";

const PAGE = 100;
/* A life of more steps than this is drawn without its middle. */
const STEPS = 60;

function heading(text, ...more) {
	return h("div", { class: "heading" }, h("h1", { tabindex: -1 }, text), more);
}

const blockLink = (n) => h("a", { href: "/block/" + encodeURIComponent(n) }, number(n));

/* --- blocks ----------------------------------------------------------------------- */

const BLOCKS = [["Block", ""], ["Found", ""], ["Records", "n"], ["Size", "n"], ["By", ""],
    ["Digest", ""]];

function blockRow(b, fresh) {
	return { attributes: { class: fresh?.has(b.digest) ? "fresh" : null },
	    cells: [blockLink(b.number), time(b.time), number(b.records), bytes(b.bytes),
	    b.owner ? account(b.owner) : "–",
	    id(b.digestDisplay, "digest", "/block/" + encodeURIComponent(b.number))] };
}

/* Genesis may be years older than the block behind it, and does not count. */
function pace(blocks) {
	const mined = blocks.filter((b) => Number(b.number) > 1);

	if (mined.length < 2)
		return null;
	const seconds = (Number(mined[0].time) - Number(mined.at(-1).time)) / (mined.length - 1);

	return seconds <= 0 ? null : seconds < 120 ? Math.round(seconds) + " s" :
	    seconds < 7200 ? Math.round(seconds / 60) + " min" :
	    seconds < 172800 ? Math.round(seconds / 3600) + " h" :
	    Math.round(seconds / 86400) + " days";
}

function figures(status, blocks) {
	const one = (name, value) => value === null ? null :
	    h("div", {}, h("dt", {}, name), h("dd", {}, value));
	const n = blocks.reduce((sum, b) => sum + Number(b.records), 0);

	return h("dl", { class: "figures" },
	    one("Newest block", blockLink(status.height)),
	    one("Found", status.newest ? time(status.newest.time) : "–"),
	    one("Between blocks", pace(blocks)),
	    one(`Records in ${blocks.length} blocks`, number(n)),
	    one("Waiting", status.daemon ? h("a", { href: "/pending" },
		number(status.daemon.pending)) : null));
}

/* FRESH: the digests that were not there when the page last looked. */
async function blocks(context) {
	const before = context.query.get("before");
	const answer = await ask(path("blocks", { before, count: before ? 20 : 60 }), context.signal);
	const list = answer.value.blocks, shown = list.slice(0, 20);
	const next = list.length > 20 ? list[20].number + 1 : answer.value.next;
	const older = next !== null && shown.length > 0 ?
	    path("/", { before: before ? next : shown.at(-1).number }) : null;

	return { title: "Newest blocks", texts: [answer.text, context.status?.height, context.status?.daemon?.pending],
	    blocks: list, body: [
		before ? heading("Blocks before " + clean(before)) : [
		    heading("Newest blocks"),
		    context.status ? figures(context.status, list) : null,
		    list.length > 0 ? skyline(list, context.fresh) : null],
		shown.length > 0 ? table("Blocks, the newest first", BLOCKS,
		    shown.map((b) => blockRow(b, context.fresh))) :
		    empty("This chain has no block yet but its first one."),
		pager(before ? "/" : null, older, ["Newest", "Older"])] };
}

const RECORDS = [["#", ""], ["Kind", ""], ["Record", ""], ["Id", ""]];

function recordRow(record, i, names) {
	const part = records.parts(record);
	const link = records.place(part);

	return { cells: [number(record.index ?? i), records.chip(part.name),
	    records.summary(part, names) ?? "", part.assetId !== null ?
	    id(part.assetId, "asset id", link) : part.id !== null ?
	    id(part.id, "transaction id", link) : ""] };
}

/* Names of the assets that stand in the same list. */
function namesIn(list) {
	return new Map(list.map(records.parts).filter((part) => part.name === "AssetData" &&
	    part.assetId !== null).map((part) => [part.assetId, part.data.name]));
}

async function block(context) {
	const which = encodeURIComponent(context.parts[1]);
	const start = context.query.get("start");
	const answer = await ask(path("block/" + which, { start, count: PAGE }), context.signal);
	const { block: b, records: list, total, next, payments } = answer.value;
	const n = Number(b.number), height = Number(context.status?.height ?? n);
	const at = (to) => path("/block/" + which, { start: to });

	return { title: "Block " + b.number, texts: [answer.text, height > n], body: [
		heading("Block " + number(b.number), h("nav", { class: "near",
		    "aria-label": "Neighbours" },
		    n > 1 ? h("a", { href: "/block/" + (n - 1), rel: "prev",
			"aria-label": "Block before" }, "←") : null,
		    n < height ? h("a", { href: "/block/" + (n + 1), rel: "next",
			"aria-label": "Next block" }, "→") : null)),
		facts(["Found", time(b.time, true)],
		    ["By", b.owner ? account(b.owner) : null],
		    ["Digest", id(b.digestDisplay, "digest", null, true)],
		    ["Comes after", b.previousDisplay ? id(b.previousDisplay, "digest",
			n > 1 ? "/block/" + (n - 1) : null) : null],
		    ["Difficulty", typeof b.difficulty === "number" ?
			b.difficulty.toLocaleString() : clean(b.difficulty)],
		    ["Size", bytes(b.bytes)],
		    ["Version", b.version !== undefined ? clean(b.version) : null],
		    ["Merkle root", b.merkleRoot ? id(b.merkleRoot, "merkle root") : null],
		    ["Nonce", b.nonce !== undefined ? clean(b.nonce) : null],
		    ["Proven", b.proven === false ? "not yet: below a checkpoint" : null],
		    ["Payments to", payments && Object.keys(payments).length > 0 ?
			records.payments(payments) : null]),
		section(plural(total, "record"), table("Records of the block", RECORDS,
		    list.map((r, i) => recordRow(r, i, namesIn(list)))),
		    pager(start && start !== "0" ? at(Math.max(0, Number(start) - PAGE)) : null,
		    next !== null && next !== undefined ? at(next) : null, ["Before", "More"]))] };
}

/* --- records ---------------------------------------------------------------------- */

/* All steps back from ${from}, oldest first, with the middle of a long life left out.
 * Each step of the asking is a page of the server's. */
async function steps(from, signal) {
	const items = [], texts = [];
	let next = from;

	while (next !== null && next !== undefined && items.length < 10 * STEPS) {
		const answer = await ask("provenance/" + encodeURIComponent(next), signal);

		items.push(...answer.value.items.slice(items.length > 0 &&
		    items.at(-1).id === answer.value.items[0]?.id ? 1 : 0));
		texts.push(answer.text);
		next = answer.value.next;
	}
	return { items: items.reverse(), texts };
}

function drawn(item) {
	const part = records.parts(item.record ?? {});
	const name = item.record ? part.name : item.kind;
	const asset = name === "AssetData";

	return { id: item.id, kind: name, block: item.block, time: item.time, owner: item.owner,
	    asset, name: asset ? clean(part.data.name ?? "") : null,
	    link: (asset ? "/asset/" : "/transaction/") + encodeURIComponent(item.id) };
}

/* A record that names no owner leaves the item with the one before. */
function withOwners(items) {
	let owner = null;

	return items.map((item) => ({ ...item, owner: owner = item.owner ?? owner }));
}

function provenance(items, here) {
	const middle = items.length - STEPS, all = withOwners(items.map(drawn));
	const shown = middle > 0 ? [...all.slice(0, 3), ...all.slice(middle + 3)] : all;

	return items.length === 0 ? null : section("Provenance", river(shown, here),
	    middle > 0 ? h("p", { class: "note" }, plural(middle, "step"),
	    " in the middle are not drawn.") : null);
}

const STATES = { confirmed: "Confirmed", verified: "Paid, waits for a block",
    pending: "Waits for its payment or proof" };

async function transaction(context) {
	const which = encodeURIComponent(context.parts[1]);
	const answer = await ask("transaction/" + which, context.signal);
	const t = answer.value, part = records.parts(t.record);
	const life = t.state === "confirmed" ? await steps(t.newest ?? t.id, context.signal)
	    .catch(notThere) : { items: [], texts: [] };
	const asset = t.asset ?? null, share = part.name === "ShareBalance" ?
	    life.items.find((item) => drawn(item).kind === "BitmarkIssue")?.id : undefined;
	const assetLink = asset ? "/asset/" + encodeURIComponent(asset.id) : null;

	return { title: records.title(part.name), texts: [answer.text, ...life.texts], body: [
		heading(records.title(part.name), h("span", { class: "state " + t.state },
		    STATES[t.state] ?? clean(t.state))),
		facts(["Asset", asset ? h("span", { class: "account" }, mark(asset.id),
		    h("a", { href: assetLink }, nameOf(asset.name))) : null],
		    ["Shares", share !== undefined ? h("a", { href: "/share/" +
			encodeURIComponent(share) }, "The holders") : null],
		    ["Owner now", t.owner ? account(t.owner) : null],
		    ["Block", t.block !== null && t.block !== undefined ?
			[blockLink(t.block), t.index !== undefined && t.index !== null ?
			" · record " + number(t.index) : ""] : null],
		    ["Time", t.time ? time(t.time, true) : null],
		    ["Id", id(t.id, "transaction id", null, true)],
		    ["In logs", t.idDisplay ? id(t.idDisplay, "reversed id") : null],
		    ["Goes on as", t.newest && t.newest !== t.id ? id(t.newest, "transaction id",
			"/transaction/" + encodeURIComponent(t.newest)) : null]),
		provenance(life.items, t.id),
		section("Record", facts(...records.fieldRows(part)))] };
}

/* What cannot be asked is left out; anything else goes on. */
function notThere(error) {
	if (error instanceof Refused)
		return { items: [], texts: [] };
	throw error;
}

async function asset(context) {
	const which = encodeURIComponent(context.parts[1]);
	const start = context.query.get("start");
	const answer = await ask(path("asset/" + which, { start }), context.signal);
	const a = answer.value, part = records.parts(a.record), meta =
	    records.metadataTable(part.data.metadata);

	return { title: clean(part.data.name || "Asset"), texts: [answer.text], body: [
		heading(nameOf(part.data.name), records.chip("AssetData")),
		h("div", { class: "figure" }, mark(a.id, false, 72)),
		meta,
		facts(["Fingerprint", h("bdi", { class: "mono" }, clean(part.data.fingerprint ?? ""))],
		    ["Registered by", part.data.registrant ? account(part.data.registrant) : null],
		    ["Block", a.block !== null && a.block !== undefined ? blockLink(a.block) : "waits"],
		    ["Id", id(a.id, "asset id", null, true)]),
		a.bitmarks === undefined ? null : section("Bitmarks", a.bitmarks.length === 0 ?
		    empty("No bitmark of this asset was issued yet.") :
		    table("Bitmarks of the asset", [["Bitmark", ""], ["Issued in", "n"], ["Owner", ""]],
			a.bitmarks.map((b) => ({ cells: [id(b.id, "transaction id",
			    "/transaction/" + encodeURIComponent(b.id)), blockLink(b.block),
			    b.owner ? account(b.owner) : "–"] }))),
		    pager(start ? path("/asset/" + which, {}) : null, a.next !== null &&
			a.next !== undefined ? path("/asset/" + which, { start: a.next }) : null,
			["First", "More"]))] };
}

/* --- accounts and shares ------------------------------------------------------------ */

const OWNED = { asset: "Bitmark", block: "Block", share: "Shares" };

function ownedRow(item) {
	const what = item.asset?.id ? h("span", { class: "account" }, mark(item.asset.id),
	    h("a", { href: "/asset/" + encodeURIComponent(item.asset.id) }, nameOf(item.asset.name))) :
	    item.block !== null && item.block !== undefined ? ["Block ", blockLink(item.block)] : "–";

	return { cells: [id(item.id, "transaction id", "/transaction/" + encodeURIComponent(item.id)),
	    h("span", { class: "chip " + item.kind }, OWNED[item.kind] ?? clean(item.kind)), what,
	    item.issued ? blockLink(item.issued) : "–"] };
}

async function owner(context) {
	const which = encodeURIComponent(context.parts[1]);
	const start = context.query.get("start");
	const answer = await ask(path("account/" + which, { start, count: PAGE }), context.signal);
	const held = await ask("account/" + which + "/shares", context.signal).catch(notThere);
	const a = answer.value, shares = held.value?.shares ?? held.value?.holders ?? [];

	return { title: "Account", texts: [answer.text, held.text], body: [
		heading("Account", a.network ? h("span", { class: "chip other" },
		    clean(a.network)) : null),
		h("div", { class: "figure" }, mark(a.account, true, 72),
		    id(a.account, "account", null, true)),
		section("Owns", a.items.length === 0 ? empty(start ? "Nothing more." :
		    "Nothing on this chain.") :
		    table("Items of the account", [["Newest record", ""], ["Kind", ""], ["Item", ""],
			["Issued in", "n"]], a.items.map(ownedRow)),
		    pager(start ? "/account/" + which : null, a.next !== null && a.next !== undefined ?
			path("/account/" + which, { start: a.next }) : null, ["First", "More"])),
		shares.length === 0 ? null : section("Shares", table("Shares that the account holds",
		    [["Share", ""], ["Holds", "n"], ["Of", "n"]], shares.map((held) => ({ cells: [
			id(held.id ?? held.shareId, "share id", "/share/" +
			    encodeURIComponent(held.id ?? held.shareId)), number(held.quantity),
			held.total !== undefined ? number(held.total) : "–"] }))))] };
}

function percent(part, whole) {
	const value = 100 * Number(part) / Math.max(1, Number(whole));

	return value > 0 && value < 0.1 ? "<0.1 %" : value.toFixed(1) + " %";
}

async function share(context) {
	const which = encodeURIComponent(context.parts[1]);
	const start = context.query.get("start");
	const answer = await ask(path("share/" + which, { start }), context.signal);
	const v = answer.value;

	return { title: "Share", texts: [answer.text], body: [
		heading("Share", h("span", { class: "chip share" }, plural(v.total, "share"))),
		facts(["Id", id(v.id, "share id", "/transaction/" + encodeURIComponent(v.id), true)],
		    ["Since block", v.since !== undefined && v.since !== null ?
			blockLink(v.since) : null]),
		section("Holders", v.holders.length > 0 ? [bar(v.holders, v.total),
		    table("Holders of the share", [["Account", ""], ["Holds", "n"], ["Part", "n"]],
			v.holders.map((one) => ({ cells: [account(one.account), number(one.quantity),
			    percent(one.quantity, v.total)] })))] : empty("Nobody holds any of it."),
		    pager(start ? "/share/" + which : null, v.next !== null && v.next !== undefined ?
			path("/share/" + which, { start: v.next }) : null, ["First", "More"]))] };
}

/* --- search, what waits --------------------------------------------------------------- */

const FOUND = { block: "Block", transaction: "Record", asset: "Asset", account: "Account",
    share: "Share" };

/* A URL that leads elsewhere is none. */
function inside(url) {
	return /^\/(?![/\\])/.test(url ?? "") ? url : null;
}

function foundItem(result) {
	const round = result.kind === "account";

	return h("li", {}, h("a", { class: "found", href: inside(result.url) },
	    mark(result.id ?? result.title ?? "", round, 36),
	    h("span", {}, h("b", {}, nameOf(result.title)),
		h("span", { class: "detail" }, clean((result.detail ?? "").replaceAll("\0", " · ")))),
	    h("span", { class: "chip " + (result.kind in FOUND ? result.kind : "other") },
		FOUND[result.kind] ?? clean(result.kind))));
}

/* Results of one page. */
const COUNT = 20;

function found(count) {
	return count === 0 ? "Nothing was found" : plural(count, "result");
}

async function search(context) {
	const q = context.query.get("q") ?? "", start = context.query.get("start");

	if (q.trim() === "")
		return { title: "Search", texts: [""], body: [heading("Search"),
			empty("A block's number, a digest, an id, an account, or a part of a name or " +
			    "of metadata.")] };
	const answer = await ask(path("search", { q, count: COUNT, start }), context.signal);
	const { results, next, complete } = answer.value;

	return { title: "Search: " + clean(q), texts: [answer.text], body: [
		heading(["“", h("bdi", {}, clean(q)), "”"]),
		h("p", { class: "note", id: "count" }, next && results.length < COUNT ?
		    [found(results.length), " so far: older assets are searched with the next page."] :
		    [found(results.length), next ? ", and more" : "", "."]),
		h("ul", { class: "results" }, results.map(foundItem)),
		complete === false ? h("p", { class: "note" },
		    "Not all names are known here yet, so that there may be more.") : null,
		pager(start ? path("/search", { q }) : null, next !== null && next !== undefined ?
		    path("/search", { q, start: next }) : null, ["First", "More"])] };
}

async function pending(context) {
	const start = context.query.get("start");
	const status = context.status ?? (await ask("status", context.signal)).value;

	if (status.daemon === null)
		return { title: "Waiting", texts: ["no daemon"], body: [heading("Waiting"),
			empty("No daemon can be asked, so that only what is in blocks is known here.")] };
	const answer = await ask(path("pending", { start, count: PAGE }), context.signal);
	const list = answer.value.pending ?? [];
	const next = answer.value.next;

	return { title: "Waiting", texts: [answer.text, status.daemon.late],
	    body: [heading("Waiting for a block"),
		list.length === 0 ? empty("Nothing waits.") : table("Records that wait for a block",
		    [["Kind", ""], ["State", ""], ["Record", ""], ["Id", ""]], list.map((record, i) => {
			const [, kind, what, which] = recordRow(record, i, namesIn(list)).cells;

			return { cells: [kind, h("span", { class: "state " + record.state },
			    clean(record.state ?? "")), what, which] };
		    })),
		status.daemon.late ? h("p", { class: "note" },
		    "The daemon is slow to answer: this is what waited a moment ago.") : null,
		answer.value.complete === false ? h("p", { class: "note" },
		    "Not all that wait are listed here.") : null,
		pager(start ? "/pending" : null, next !== null && next !== undefined ?
		    path("/pending", { start: next }) : null, ["First", "More"])] };
}

export const views = { "": blocks, block, transaction, asset, account: owner, share, search,
    pending };

/* A page for what went wrong. */
export function failed(error) {
	const there = error instanceof Refused;

	return { title: there && error.status === 404 ? "Not found" : "No answer", texts: [null],
	    body: [heading(there && error.status === 404 ? "Not found" : there ? "Refused" :
		"No answer"), empty(there ? clean(error.message) :
		"The explorer's server does not answer. This page asks again until it does.")] };
}
