/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Drawings: the newest blocks as a skyline, the life of a bitmark as a river, the
 * holders of a share as a bar.  Sizes and colours come from attributes and from the
 * style sheet: the page's policy lets no style stand in the markup.
 */
import { h, markCells, number, plural, s, short } from "./dom.js";
import { kind, title } from "./records.js";

/* Draws now and whenever the width changes; DRAW gets the width, gives an SVG. */
function fitted(className, draw) {
	const frame = h("figure", { class: className });
	let drawn = 0;

	new ResizeObserver(() => {
		const width = Math.floor(frame.clientWidth);

		if (width > 0 && width !== drawn) {
			drawn = width;
			frame.replaceChildren(draw(width));
		}
	}).observe(frame);
	return frame;
}

/* --- the newest blocks ------------------------------------------------------------ */

const TALL = 96, NARROW = 14, WIDE = 46;

/* A bar for each block, as high as it has records (the scale is that of the square
 * root: one block may have thousands), the newest at the right.  FRESH: digests of
 * those that are new, which rise.  The table below has the same links for keys. */
export function skyline(blocks, fresh) {
	return fitted("skyline", (width) => {
		const shown = blocks.slice(0, Math.max(1, Math.floor(width / NARROW))).reverse();
		const bar = Math.min(WIDE, width / shown.length);
		const most = Math.sqrt(Math.max(4, ...shown.map((b) => Number(b.records))));
		const left = width - shown.length * bar;

		return s("svg", { width, height: TALL + 2, viewBox: `0 0 ${width} ${TALL + 2}`,
		    role: "img", "aria-label": "Records in the newest " +
		    plural(shown.length, "block") },
		    s("line", { class: "floor", x1: 0, x2: width, y1: TALL + 1, y2: TALL + 1 }),
		    shown.map((b, i) => {
			const high = Math.max(6, TALL * Math.sqrt(Number(b.records)) / most);

			return s("a", { href: "/block/" + b.number, tabindex: -1,
			    "aria-hidden": "true" },
			    s("title", {}, `Block ${b.number}, ${plural(b.records, "record")}`),
			    s("rect", { class: "reach", x: left + i * bar, y: 0, width: bar,
				height: TALL }),
			    s("rect", { class: fresh.has(b.digest) ? "bar fresh" : "bar",
				x: left + i * bar + 2, y: TALL - high, width: bar - 4,
				height: high, rx: 3 }));
		    }));
	});
}

/* --- provenance ------------------------------------------------------------------- */

const STEP = 150, ROW = 148, RADIUS = 27;

/* A river that turns at the banks: the first row runs to the right, the next one
 * back.  Each place is where step number I stands. */
function place(i, columns, width) {
	const row = Math.floor(i / columns), column = i % columns;
	const step = width / columns;

	return { x: step / 2 + step * (row % 2 === 0 ? column : columns - 1 - column),
	    y: RADIUS + 8 + row * ROW, turn: column === columns - 1 };
}

function course(places, width) {
	let d = `M${places[0].x} ${places[0].y}`;

	for (let i = 1; i < places.length; i++) {
		const a = places[i - 1], b = places[i];
		const bank = a.x > width / 2 ? 1 : -1;
		const bend = a.x + bank * Math.min(70, width / 4);

		d += a.y === b.y ? `L${b.x} ${b.y}` : `C${bend} ${a.y} ${bend} ${b.y} ${b.x} ${b.y}`;
	}
	return d;
}

/* The middle of a step: the mark of its asset, or of the account that has it. */
function stone(item, x, y) {
	const asset = item.asset;
	const size = RADIUS * 2 - 8;
	const at = s("g", { transform: `translate(${x - size / 2} ${y - size / 2})` },
	    markCells(asset ? item.id : item.owner ?? item.id, size, !asset));

	return [asset ? s("rect", { class: "ring", x: x - RADIUS, y: y - RADIUS,
	    width: 2 * RADIUS, height: 2 * RADIUS, rx: 13 }) :
	    s("circle", { class: "ring", cx: x, cy: y, r: RADIUS }), at];
}

function step(item, at, state) {
	const day = item.time ? new Date(item.time * 1000).toLocaleDateString(undefined,
	    { dateStyle: "medium" }) : "";
	const who = item.asset ? item.name ?? "" : item.owner ? short(item.owner) : "";
	const label = `${title(item.kind)}, block ${item.block}` +
	    (item.owner ? `, owner ${short(item.owner)}` : "");
	const text = (dy, className, words) => s("text", { class: className, x: at.x,
	    y: at.y + RADIUS + dy, "text-anchor": "middle" }, words);

	/* The area between the parts leads there, too. */
	return s("a", { href: item.link, class: "step " + kind(item.kind) + state,
	    "aria-label": label }, s("title", {}, label), s("rect", { class: "area",
		x: at.x - STEP / 2 + 8, y: at.y - RADIUS, width: STEP - 16, height: 2 * RADIUS + 57 }),
	    stone(item, at.x, at.y),
	    text(20, "what", title(item.kind).replace(", countersigned", "")),
	    text(37, "who", who.length > 18 ? who.slice(0, 17) + "…" : who),
	    text(53, "when", `block ${item.block}${day ? " · " + day : ""}`));
}

/* ITEMS: oldest first, { id, kind, block, time, owner, asset, name, link }; HERE: the
 * id of the one that the page is about. */
export function river(items, here) {
	return fitted("river", (width) => {
		const columns = Math.max(2, Math.min(items.length, Math.floor(width / STEP)));
		const places = items.map((_, i) => place(i, columns, width));
		const high = (Math.floor((items.length - 1) / columns) + 1) * ROW;

		return s("svg", { width, height: high, viewBox: `0 0 ${width} ${high}`,
		    role: "group", "aria-label": "Provenance, from the oldest to the newest" },
		    s("path", { class: "course", d: course(places, width) }),
		    items.map((item, i) => step(item, places[i], (item.id === here ? " here" : "") +
			(i === items.length - 1 ? " newest" : ""))));
	});
}

/* --- shares ------------------------------------------------------------------------- */

/* Parts of a whole as one bar.  Shares are 64 bits wide, and a part may be larger
 * than the whole: then it fills the bar. */
export function parts(holders, total) {
	const whole = Math.max(1, Number(total));
	let x = 0;

	return h("figure", { class: "parts" }, s("svg", { viewBox: "0 0 1000 40",
	    preserveAspectRatio: "none", role: "img",
	    "aria-label": "Parts of the " + plural(holders.length, "holder") },
	    s("rect", { class: "floor", width: 1000, height: 40 }),
	    holders.map((holder, i) => {
		const wide = Math.min(1000 - x, 1000 * Number(holder.quantity) / whole);
		const part = s("rect", { class: "part hue" + (i * 5) % 12, x, width: Math.max(0, wide - 3),
		    height: 40 }, s("title", {}, short(holder.account) + ": " +
		    number(holder.quantity)));

		x += wide;
		return part;
	    })));
}
