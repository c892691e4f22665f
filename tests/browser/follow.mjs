/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* A page that is open shows the blocks that a command makes, without being loaded
 * again: node follow.mjs COMMAND [ARGUMENT...], with EXPLORER_URL. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { api, launch, open, PATIENCE, url } from "./browser.mjs";

const browser = await launch();

try {
	const { page, faults } = await open(browser, "/");
	const { height } = await api("status");
	const [command, ...rest] = process.argv.slice(2);

	await page.evaluate(() => { window.same = true; });
	await promisify(execFile)(command, rest, { timeout: 4 * PATIENCE });
	const { height: higher } = await api("status");
	assert.ok(higher > height, `${command}: ${height}, then ${higher}`);
	await page.waitForSelector(`tr a[href="/block/${higher}"]`);
	assert.match(await page.locator("#live").innerText(), new RegExp(` ${higher}$`));
	assert.ok(await page.evaluate(() => window.same));
	assert.deepEqual(faults, []);
	console.log(`== ${await page.title()} at ${url}: block ${height}, then ${higher}, ` +
	    "without being loaded again");
} finally {
	await browser.close();
}
