/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The pictures of README: the explorer's page, and what bitmarkd-c top shows, of
 * which tmux has kept the screen with its colours.
 * usage: node pictures.mjs DIRECTORY SCREEN */
import { readFileSync } from "node:fs";
import { launch, open, world } from "./browser.mjs";

const [, , directory, screen] = process.argv;

/* Colours of a terminal, by the last digit of their number. */
const COLOURS = ["#3b4252", "#e06c75", "#7ec699", "#e5c07b", "#6aa7f0", "#c792ea", "#56b6c2",
	"#e7e8e6"];

const escaped = (text) => text.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`);

/* Bold and colours alone: tmux writes nothing else of what top uses. */
function html(text) {
	let bold = false, dim = false, colour = null;

	return text.split(/\x1b\[([0-9;]*)m/).map((part, i) => {
		if (i % 2 === 0)
			return `<span style="${bold ? "font-weight:700;" : ""}${dim ? "opacity:.6;" : ""}` +
			    `${colour ? "color:" + colour : ""}">${escaped(part)}</span>`;
		for (const code of part.split(";").map(Number)) {
			if (code === 0)
				[bold, dim, colour] = [false, false, null];
			else if (code === 1)
				bold = true;
			else if (code === 2)
				dim = true;
			else if (code >= 30 && code <= 37)
				colour = COLOURS[code - 30];
			else if (code === 39)
				colour = null;
		}
		return "";
	}).join("");
}

const browser = await launch();
const { page } = await open(browser, "/transaction/" + world().sold4,
    { viewport: { width: 1100, height: 760 }, colorScheme: "light" });

await page.waitForSelector(".river a.step");
await page.screenshot({ path: directory + "/explorer.png", animations: "disabled" });

const terminal = await (await browser.newContext({ viewport: { width: 1100, height: 760 } }))
    .newPage();
await terminal.setContent(`<style>body{margin:0;background:#131619;color:#e7e8e6}
    pre{margin:0;padding:44px 52px;font:22px/1.6 "DejaVu Sans Mono",monospace}</style>
    <pre>${html(readFileSync(screen, "utf8"))}</pre>`);
await terminal.screenshot({ path: directory + "/top.png" });
await browser.close();
