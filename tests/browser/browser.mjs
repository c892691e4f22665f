/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Debian's chromium, driven by playwright-core; and the chain that the page shows. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

export const url = process.env.EXPLORER_URL;
const dir = process.env.WORLD_DIR;

/* Bounded, as everything that may wait: milliseconds. */
export const PATIENCE = 60000;

export async function launch() {
	return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
	    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update",
		"--disable-sync"] });
}

/* A page whose faults are collected: errors, words on the console, and what the
 * policy of the page refused. */
export async function open(browser, path, options = {}) {
	const context = await browser.newContext({ viewport: { width: 1280, height: 900 },
	    locale: "en-GB", timezoneId: "UTC", ...options });
	const page = await context.newPage();
	const faults = [];

	page.setDefaultTimeout(PATIENCE);
	page.on("console", (message) => ["error", "warning"].includes(message.type()) &&
	    faults.push(message.text()));
	page.on("pageerror", (error) => faults.push(String(error)));
	page.on("dialog", (dialog) => {
		faults.push("a dialog: " + dialog.message());
		dialog.dismiss();
	});
	await page.addInitScript(() => {
		document.addEventListener("securitypolicyviolation", (event) =>
		    console.error("the policy refuses " + event.blockedURI));
	});
	await page.goto(url + path);
	await shown(page);
	return { page, context, faults };
}

/* The view is there, and the page follows the chain. */
export async function shown(page) {
	await page.waitForSelector("main:not([aria-busy]) h1");
	await page.waitForSelector("#live[data-state=live]");
}

/* Names and ids that world.sh has kept. */
export function world() {
	return Object.fromEntries(readFileSync(dir + "/world", "utf8").trim().split("\n")
	    .map((line) => line.split(/=(.*)/s).slice(0, 2)));
}

export async function api(path) {
	const answer = await fetch(url + "/api/v1/" + path);

	return answer.json();
}

/* Words of world.sh, done to the chain while the page looks on. */
export function chain(words) {
	execFileSync("sh", ["-euc", `. tests/net/await.sh; . tests/browser/world.sh; ${words}`],
	    { cwd: process.env.TOP, stdio: ["ignore", "inherit", "inherit"], timeout: 5 * PATIENCE });
}
