/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The explorer's page as people use it: see browser.mjs and world.sh. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, chain, launch, open, PATIENCE, shown, url, world } from "./browser.mjs";

let browser;
const w = world();
const PAGES = {
	"/": "Newest blocks",
	"/block/2": "Block 2",
	["/transaction/" + w.sold4]: "Transfer",
	["/transaction/" + w.shares]: "Into shares",
	["/asset/" + w.painting]: "Evening at the harbour",
	["/account/" + w.bob]: "Account",
	["/share/" + w.sung]: "Share",
	"/search?q=harbour": "“harbour”",
	"/pending": "Waiting for a block",
};
const limit = { timeout: 5 * PATIENCE };

before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

/* Does WORK with a page, and wants no fault of it. */
async function on(path, work, options) {
	const { page, context, faults } = await open(browser, path, options);

	try {
		await work(page, context);
		assert.deepEqual(faults, []);
	} finally {
		await context.close();
	}
}

const heading = (page) => page.locator("h1").innerText();

/* Everything that can be used has a name, and headings go down by one. */
async function hasNames(page) {
	const tree = await page.locator("body").ariaSnapshot();
	const levels = await page.locator("h1, h2, h3").evaluateAll((list) =>
	    list.map((e) => Number(e.tagName[1])));

	assert.doesNotMatch(tree, /^\s*- (button|link|searchbox|textbox|img)( \[.*)?:?$/m);
	assert.equal(levels.filter((level) => level === 1).length, 1);
	levels.reduce((last, level) => { assert.ok(level <= last + 1); return level; }, 0);
}

async function canBeRead(page, colorScheme) {
	await page.emulateMedia({ colorScheme });
	const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
	const bright = ground.match(/\d+/g).map(Number)[0] > 128;

	assert.equal(bright, colorScheme === "light", ground);
	for (const [contrast, text] of await page.evaluate(contrasts))
		assert.ok(contrast >= 4.5, `${colorScheme}: ${contrast}: ${text}`);
}

async function fitsPhone(page) {
	await page.setViewportSize({ width: 360, height: 740 });
	/* Drawings follow a moment later. */
	await page.waitForFunction(() => [...document.querySelectorAll("figure > svg")].every((e) =>
	    e.getBoundingClientRect().width <= innerWidth));
	assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
	assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll(
	    "main *, header *")].filter((e) => !e.closest("svg, .hidden, thead, caption") &&
	    e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.outerHTML)), []);
}

/* The first block that is mined may come years after genesis. */
test("genesis does not make blocks rare", limit, () => on("/", async (page) => {
	await page.waitForSelector(".figures");
	assert.match(await page.locator(".figures").innerText(), /Between blocks\s+\d+ (s|min)\b/);
}));

for (const [path, title] of Object.entries(PAGES)) {
	test("a page with names, light, dark, on a phone: " + path.slice(0, 24), limit, () =>
	    on(path, async (page) => {
		assert.equal(await heading(page), title);
		assert.match(await page.title(), / · Bitmark explorer$/);
		assert.equal(await page.locator("[style], script:not([src]), style").count(), 0);
		await hasNames(page);
		await canBeRead(page, "light");
		await canBeRead(page, "dark");
		await fitsPhone(page);
	    }));
}

test("a block's page has its records, and leads to its neighbours", limit, () =>
    on("/block/3", async (page) => {
	const { total } = await api("block/3");

	assert.equal(await page.locator("tbody tr").count(), total);
	await page.getByRole("link", { name: "Next block" }).click();
	await page.waitForSelector("text=Block 4");
	await page.goBack();
	await page.waitForFunction(() => document.querySelector("h1").innerText === "Block 3");
    }));

test("times are local, and say when exactly", limit, () => on("/block/2", async (page) => {
	const { block } = await api("block/2");
	const time = page.locator("main time").first();

	assert.equal(await time.getAttribute("datetime"),
	    new Date(block.time * 1000).toISOString());
	assert.match(await time.innerText(), /2:30:00|\d+:\d\d:\d\d/);
}, { timezoneId: "Asia/Taipei" }));

test("ids are shortened; the whole is in the title, and is copied", limit, () =>
    on("/asset/" + w.painting, async (page) => {
	const link = page.locator(`a[title="${w.alice}"]`);

	assert.ok((await link.innerText()).length < 20);
	await page.getByRole("button", { name: "Copy account" }).first().click();
	assert.equal(await page.evaluate(() => navigator.clipboard.readText()), w.alice);
	assert.equal(await page.locator("#said").innerText(), "Copied");
    }, { permissions: ["clipboard-read", "clipboard-write"] }));

test("provenance is drawn, from the asset to the newest transfer", limit, () =>
    on("/transaction/" + w.sold2, async (page) => {
	const steps = page.locator(".river a.step");
	const names = await steps.evaluateAll((list) => list.map((e) =>
	    e.getAttribute("aria-label").split(",")[0]));

	assert.deepEqual(names, ["Asset", "Issue", "Transfer", "Transfer", "Transfer", "Transfer"]);
	assert.match(await steps.last().getAttribute("aria-label"), new RegExp(w.bob.slice(0, 8)));
	assert.equal(await page.locator(".step.here").getAttribute("href"),
	    "/transaction/" + w.sold2);
	await steps.first().click();
	await page.waitForFunction(() => location.pathname.startsWith("/asset/"));
    }));

test("holders of a share, and what each has", limit, () => on("/share/" + w.sung, async (page) => {
	const rows = await page.locator("tbody tr").allInnerTexts();

	assert.equal(rows.length, 3);
	for (const quantity of ["660", "250", "90"])
		assert.ok(rows.some((row) => row.split(/\s+/).includes(quantity)), quantity);
	assert.equal(await page.locator(".parts .part").count(), 3);
}));

test("an account's items, with the names of their assets", limit, () =>
    on("/account/" + w.bob, async (page) => {
	await page.getByRole("link", { name: "Evening at the harbour" }).waitFor();
	await page.getByRole("heading", { name: "Shares" }).waitFor();
    }));

/* --- search ------------------------------------------------------------------------- */

const reversed = (id) => id.match(/../g).reverse().join("");
const SEARCHES = {
	"a block's number": ["3", "/block/3"],
	"an id": [w.sold, "/transaction/" + w.sold],
	"an id as logs show it": [reversed(w.sold), "/transaction/" + w.sold],
	"an asset's id": [w.song, "/asset/" + w.song],
	"a part of a name": ["EVENING", "/asset/" + w.painting],
	"a part of metadata": ["ida lind", "/asset/" + w.painting],
	"an account": [w.carol, "/account/" + w.carol],
};

test("search finds ids, numbers, accounts, and parts of names and metadata", limit, () =>
    on("/", async (page) => {
	for (const [what, [text, link]] of Object.entries(SEARCHES)) {
		await page.keyboard.press("/");
		await page.keyboard.type(text);
		await page.keyboard.press("Enter");
		await page.waitForSelector(`.results a[href="${link}"]`).catch((error) =>
		    assert.fail(what + ": " + error.message));
		await page.locator(`.results a[href="${link}"]`).first().click();
		await page.waitForFunction((path) => location.pathname === path, link);
		await shown(page);
	}
    }));

test("search says when there is nothing", limit, () => on("/search?q=zzzzzz", async (page) => {
	await page.getByText("Nothing was found").waitFor();
}));

/* --- strangers' bytes ------------------------------------------------------------------ */

test("markup in names and metadata stays text", limit, () =>
    on("/asset/" + w.hostile, async (page) => {
	assert.equal(await heading(page), "<img src=x onerror=alert(1)><b>bold</b>");
	assert.equal(await page.locator("main img, main script, main b").count(), 0);
	await fitsPhone(page);
	assert.match(await page.locator(".metadata").innerText(),
	    /<script>document.title=1<\/script>[\s\S]*"><svg onload=alert\(2\)>[\s\S]*\\u202ertl/);
	await page.goto(url + "/search?q=" + encodeURIComponent("<img src=x"));
	await page.waitForSelector(".results li");
	assert.equal(await page.locator(".results img").count(), 0);
    }));

test("a search for markup stays text", limit, () =>
    on("/search?q=" + encodeURIComponent("<script>alert(1)</script>"), async (page) => {
	assert.equal(await heading(page), "“<script>alert(1)</script>”");
    }));

/* --- keys, labels, colours, sizes --------------------------------------------------------- */

test("landmarks, headings and tables have roles and names", limit, () => on("/", async (page) => {
	const tree = await page.locator("body").ariaSnapshot();

	for (const role of ["banner:", "search:", "searchbox \"Search blocks", "main:",
	    "navigation \"Views\"", "heading \"Newest blocks\" [level=1]", "contentinfo:",
	    "table \"Blocks, the newest first\"", "columnheader \"Records\"", "rowheader \"2\"",
	    "img \"Records in the newest", "link \"Skip to the content\""])
		assert.ok(tree.includes(role), role + " is not in:\n" + tree);
}));

test("keys alone lead through the page, and the focus is seen", limit, () =>
    on("/", async (page) => {
	const outline = () => page.evaluate(() =>
	    parseFloat(getComputedStyle(document.activeElement).outlineWidth));
	const focused = () => page.evaluate(() => document.activeElement.innerText ||
	    document.activeElement.id);

	await page.keyboard.press("Tab");
	assert.equal(await focused(), "Skip to the content");
	await page.keyboard.press("Enter");
	await page.keyboard.press("Tab");
	assert.ok(await page.evaluate(() => document.activeElement.closest("main") !== null));
	assert.ok(await outline() >= 2);
	await page.keyboard.press("/");
	assert.equal(await focused(), "search");
	assert.ok(await outline() >= 2);
	await page.keyboard.press("Escape");
	assert.notEqual(await focused(), "search");
	await page.getByRole("rowheader").first().getByRole("link").focus();
	await page.keyboard.press("Enter");
	await page.waitForFunction(() => document.activeElement.tagName === "H1" &&
	    document.activeElement.innerText.startsWith("Block "));
    }));

/* The contrast of texts with what is behind them, by the formula of WCAG 2. */
function contrasts() {
	const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
	const rgba = (colour) => {
		canvas.clearRect(0, 0, 1, 1);
		canvas.fillStyle = colour;
		canvas.fillRect(0, 0, 1, 1);
		return [...canvas.getImageData(0, 0, 1, 1).data];
	};
	const light = (c) => c.slice(0, 3).map((v) => v / 255).map((v) => v <= 0.03928 ?
	    v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) =>
	    sum + v * [0.2126, 0.7152, 0.0722][i], 0);
	const behind = (e) => {
		for (; e !== null; e = e.parentElement) {
			const c = rgba(getComputedStyle(e).backgroundColor);

			if (c[3] > 200)
				return c;
		}
		return [255, 255, 255];
	};

	return [...document.querySelectorAll("h1, h2, dt, dd, td, th, a, p, span, footer, b")]
	    .filter((e) => e.innerText && [...e.childNodes].some((n) => n.nodeType === 3 &&
		n.data.trim() !== "") && e.checkVisibility() && !e.closest(".hidden, .skip"))
	    .map((e) => {
		const [a, b] = [light(rgba(getComputedStyle(e).color)), light(behind(e))];

		return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.innerText];
	    });
}

/* --- live ------------------------------------------------------------------------------- */

test("a new block appears without reloading, and is announced", limit, () =>
    on("/", async (page) => {
	const { height } = await api("status");

	await page.evaluate(() => { window.same = true; });
	await page.locator("tbody tr").nth(2).getByRole("link").first().focus();
	const focus = await page.evaluate(() => document.activeElement.href);
	chain("ask generate >/dev/null");
	await page.waitForSelector(`tr.fresh a[href="/block/${height + 1}"]`);
	assert.match(await page.locator("#said").innerText(), new RegExp(`New block ${height + 1}`));
	assert.match(await page.locator("#live").innerText(), new RegExp(` ${height + 1}$`));
	assert.ok(await page.evaluate(() => window.same));
	assert.equal(await page.evaluate(() => document.activeElement.href), focus);
	assert.equal(await page.locator(".notice").count(), 0);
    }));

test("without a server the page says so, and goes on when it is back", limit, () =>
    on("/", async (page, context) => {
	const rows = () => page.locator("tbody a").evaluateAll((list) =>
	    list.map((e) => e.href));
	const before = await rows();
	const faults = page.listeners("console");

	/* What the browser itself says of failed requests is no fault of the page. */
	page.removeAllListeners("console");
	await context.setOffline(true);
	await page.waitForSelector("#live[data-state=offline]");
	await page.getByText("does not answer").waitFor();
	assert.deepEqual(await rows(), before);
	await context.setOffline(false);
	await page.waitForSelector("#live[data-state=live]");
	assert.equal(await page.locator(".notice").count(), 0);
	faults.forEach((one) => page.on("console", one));
    }));

test("what waits is shown, with its state", limit, () => on("/pending", async (page) => {
	await page.locator(`tr:has([title="${w.letter}"]) .state.pending`).waitFor();
	assert.equal(await page.locator("main .note").count(), 0);
}));

/* No daemon here is slow: its answers are changed on their way. */
test("a list that is old or not all that waits says so", limit, () => on("/", async (page) => {
	const change = (what, edit) => page.route("**/api/v1/" + what, async (route) => {
		const response = await route.fetch();
		const json = response.status() === 200 ? await response.json() : null;

		if (json === null)
			return route.fulfill({ response });
		edit(json);
		return route.fulfill({ response, json });
	});

	await change("status", (json) => { json.daemon.late = true; });
	await change("pending*", (json) => { json.complete = false; });
	await page.goto(url + "/pending");
	await shown(page);
	await page.getByText("slow to answer").waitFor();
	await page.getByText("Not all that wait").waitFor();
	await page.unrouteAll({ behavior: "ignoreErrors" });
}));

test("a reorganisation is shown", limit, () => on("/", async (page) => {
	chain("ask generate 2 >/dev/null");
	const { height, newest } = await api("status");

	await page.waitForSelector(`tbody a[href="/block/${height}"]`);
	chain(`stop_chain
	    bitmark-chain --config "$conf" delete-down --yes ${height - 1} >/dev/null
	    start_chain
	    ask generate 3 >/dev/null`);
	await page.waitForSelector(`tbody a[href="/block/${height + 1}"]`);
	await page.getByText("The chain was reorganised.").waitFor();
	assert.match(await page.locator(".notice").innerText(),
	    new RegExp(`Blocks? .*${height - 1}`));
	assert.equal(await page.locator(`[title="${newest.digestDisplay}"]`).count(), 0);
	await page.getByRole("button", { name: "Close" }).click();
	assert.equal(await page.locator(".notice").count(), 0);
}));

test("without a daemon the chain is shown all the same", limit, () => on("/", async (page) => {
	chain("stop_chain");
	await page.getByText("no daemon is asked").waitFor();
	await page.getByRole("link", { name: "Waiting" }).first().click();
	await page.getByText("No daemon can be asked").waitFor();
	await page.goto(url + "/block/2");
	await shown(page);
}));
