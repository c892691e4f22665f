/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The kinds of records: what people call them, their fields, and where those lead. */
import { account, clean, h, id, mark, nameOf, number } from "./dom.js";

const KINDS = {
	BaseData: ["Base", "block"],
	BlockFoundation: ["Foundation", "block"],
	BlockOwnerTransfer: ["Block transfer", "block"],
	AssetData: ["Asset", "asset"],
	BitmarkIssue: ["Issue", "issue"],
	BitmarkTransferUnratified: ["Transfer", "transfer"],
	BitmarkTransferCountersigned: ["Transfer, countersigned", "transfer"],
	ShareBalance: ["Into shares", "share"],
	BitmarkShare: ["Into shares", "share"],
	ShareGrant: ["Grant of shares", "share"],
	ShareSwap: ["Swap of shares", "share"],
};

/* Members around the fields of a record. */
const AROUND = new Set(["record", "tag", "id", "idDisplay", "txId", "txIdDisplay", "payId",
	"network", "inBlock", "offset", "size", "index", "state", "since", "until", "heldBy"]);

/* A record as the server tells it: its name, its ids, and its fields.  The id of an
 * asset follows from its fingerprint; that of an issue's asset is a field. */
export function parts(record) {
	const name = typeof record.record === "string" ? record.record : "Record";
	const asset = name === "AssetData";
	const data = record.data ?? Object.fromEntries(Object.entries(record).filter(([key]) =>
	    !AROUND.has(key) && !(asset && key === "assetId")));

	return { name, data, id: record.id ?? record.txId ?? null,
	    assetId: asset ? record.assetId ?? null : null };
}

export function title(name) {
	return KINDS[name]?.[0] ?? clean(name);
}

export function kind(name) {
	return KINDS[name]?.[1] ?? "other";
}

export function chip(name) {
	return h("span", { class: "chip " + kind(name) }, title(name));
}

/* The page of a record: an asset has a page of its own. */
export function place(part) {
	if (part.assetId !== null)
		return "/asset/" + encodeURIComponent(part.assetId);
	return part.id !== null ? "/transaction/" + encodeURIComponent(part.id) : null;
}

export function ofAsset(assetId, names) {
	const name = names?.get(assetId);
	const link = "/asset/" + encodeURIComponent(assetId);

	return h("span", { class: "account" }, mark(assetId), name !== undefined ?
	    h("a", { href: link, title: assetId }, nameOf(name)) : id(assetId, "asset id", link));
}

/* One line about a record, for lists.  NAMES: of the assets that are known. */
export function summary(part, names) {
	const d = part.data, arrow = h("span", { class: "arrow", title: "to" }, " → ");
	const give = (from, to) => [from, arrow, account(to)];

	switch (part.name) {
	case "AssetData":
		return h("span", { class: "account" }, part.assetId !== null ? mark(part.assetId) : null,
		    part.assetId !== null ? h("a", { href: place(part) }, nameOf(d.name)) :
		    nameOf(d.name));
	case "BitmarkIssue":
		return give(ofAsset(d.assetId, names), d.owner);
	case "BitmarkTransferUnratified":
	case "BitmarkTransferCountersigned":
	case "BlockOwnerTransfer":
		return d.owner ? give("bitmark", d.owner) : null;
	case "ShareBalance":
	case "BitmarkShare":
		return number(d.quantity) + " shares";
	case "ShareGrant":
		return give([number(d.quantity), " from ", account(d.owner)], d.recipient);
	case "ShareSwap":
		return [number(d.quantityOne), " of ", account(d.ownerOne), " for ",
			number(d.quantityTwo), " of ", account(d.ownerTwo)];
	default:
		return d.owner ? account(d.owner) : null;
	}
}

/* Metadata are names and values, each ended by a zero byte but the last. */
export function metadata(text) {
	const words = String(text ?? "").split("\0");
	const pairs = [];

	if (words.length === 1 && words[0] === "")
		return pairs;
	for (let i = 0; i < words.length; i += 2)
		pairs.push([clean(words[i]), words[i + 1] !== undefined ? clean(words[i + 1]) : ""]);
	return pairs;
}

export function metadataTable(text) {
	const pairs = metadata(text);

	return pairs.length === 0 ? null : h("dl", { class: "facts metadata" }, pairs.map(
	    ([name, value]) => h("div", {}, h("dt", {}, h("bdi", {}, name)),
		h("dd", {}, h("bdi", {}, value)))));
}

const FIELDS = {
	owner: ["Owner", account], ownerOne: ["First owner", account],
	ownerTwo: ["Second owner", account], recipient: ["To", account],
	registrant: ["Registered by", account],
	link: ["Comes after", (v) => id(v, "transaction id", "/transaction/" + encodeURIComponent(v))],
	assetId: ["Asset", (v) => ofAsset(v)],
	shareId: ["Share", toShare], shareIdOne: ["First share", toShare],
	shareIdTwo: ["Second share", toShare],
	quantity: ["Shares", number], quantityOne: ["Of the first", number],
	quantityTwo: ["Of the second", number], beforeBlock: ["Before block", number],
	fingerprint: ["Fingerprint", (v) => h("bdi", { class: "mono" }, clean(v))],
	name: ["Name", nameOf], metadata: ["Metadata", metadataTable],
	signature: ["Signature", (v) => id(v, "signature")],
	countersignature: ["Countersignature", (v) => id(v, "countersignature")],
	escrow: ["Payment", escrow], payments: ["Payments to", payments],
	currency: ["Currency", clean], paymentAddress: ["Payments to", (v) => id(v, "address")],
	nonce: ["Nonce", clean], version: ["Version", clean],
};

function toShare(text) {
	return id(text, "share id", "/share/" + encodeURIComponent(text));
}

function escrow(value) {
	return value === null ? null : h("span", {}, number(value.amount), " ",
	    clean(value.currency), " to ", id(clean(value.address), "address"));
}

/* Addresses by currency. */
export function payments(value) {
	return h("ul", { class: "plain" }, Object.entries(value ?? {}).map(([currency, address]) =>
	    h("li", {}, h("span", { class: "chip other" }, clean(currency)), " ",
		id(clean(address), "address"))));
}

/* All fields of a record as rows of facts; those in LEFT_OUT are shown elsewhere. */
export function fieldRows(part, leftOut = []) {
	return Object.entries(part.data).filter(([name, value]) => value !== null &&
	    value !== "" && !leftOut.includes(name)).map(([name, value]) => {
		const field = FIELDS[name];

		if (field !== undefined)
			return [field[0], field[1](value)];
		return [clean(name), clean(typeof value === "object" ? JSON.stringify(value) : value)];
	});
}
