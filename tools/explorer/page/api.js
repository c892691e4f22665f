/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The server's JSON.  Each answer has an ETag; the last ones are kept, so that a
 * question whose answer is the same costs the server nothing but its headers.
 */

const KEPT = 64;
const kept = new Map();         /* path: { tag, value, text } */

/* Errors that the server told, with its words. */
export class Refused extends Error {
	constructor(status, text) {
		super(text);
		this.status = status;
	}
}

/* The newest are last in a map, so that its first one is given up. */
function keep(path, entry) {
	kept.delete(path);
	kept.set(path, entry);
	if (kept.size > KEPT)
		kept.delete(kept.keys().next().value);
	return entry;
}

/* Nothing answers. */
export class Unreachable extends Error {}

async function refused(answer) {
	let text = answer.statusText;

	try {
		text = (await answer.json()).error ?? text;
	} catch {
		/* not JSON: the status says enough */
	}
	return new Refused(answer.status, String(text));
}

/* { value, text, fresh }: the text is what came, so that a view that would look
 * the same is not drawn again; fresh is false for an answer that has not changed.
 * Throws Refused or Unreachable. */
export async function ask(path, signal) {
	const old = kept.get(path);
	const answer = await fetch("/api/v1/" + path, { cache: "no-store", signal,
	    headers: old?.tag ? { "If-None-Match": old.tag } : {} }).catch((error) => {
		throw new Unreachable(error.message);
	    });

	if (answer.status === 304 && old !== undefined)
		return { ...keep(path, old), fresh: false };
	if (!answer.ok)
		throw await refused(answer);
	const text = await answer.text();
	return { ...keep(path, { tag: answer.headers.get("ETag"), value: JSON.parse(text), text }),
	    fresh: true };
}

/* A path of the API or of a page, with the parameters that have a value. */
export function path(base, parameters) {
	const query = new URLSearchParams(Object.entries(parameters)
	    .filter(([, value]) => value !== null && value !== undefined && value !== ""));

	return query.size === 0 || String(query) === "" ? base : base + "?" + query;
}
