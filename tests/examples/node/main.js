#!/usr/bin/env node
// SPDX-License-Identifier: ISC
// Copyright (c) 2026 the libbitmarkpeer developers
// @ts-check
/**
 * Keep a list of who owns which bitmarks, and show it live.
 *
 * usage: node main.js CHAIN PUBLISHER NODE STATE-FILE
 *
 * PUBLISHER and NODE are KEY@HOST:PORT.  The state file is made at the first time
 * and read at the next ones.  Ctrl-C ends it.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { follow } from './feed.js'
import { Owners, Parted } from './owners.js'

/** How often the file is written, at most. */
const SAVE_EVERY_MS = 1000

/** Accounts of a summary. */
const TOP = 5

/** @param {string} file @returns {Owners} */
function load (file) {
  try {
    return Owners.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return new Owners()
    throw error
  }
}

/** After a crash there is the old file or the new one. @param {string} file @param {Owners} owners */
function save (file, owners) {
  writeFileSync(file + '.tmp', JSON.stringify(owners))
  renameSync(file + '.tmp', file)
}

/** @param {Owners} owners @returns {string} */
function summary (owners) {
  return `block ${owners.height}: ${owners.items.size} bitmarks of ` +
    `${owners.counts().length} accounts, ${owners.assets.size} assets`
}

/** On a terminal the summary is one line that changes, elsewhere one for each time.
 * @param {Owners} owners */
function show (owners) {
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${summary(owners)}`)
  else console.log(summary(owners))
}

/** @param {Owners} owners */
function showAll (owners) {
  if (process.stdout.isTTY) process.stdout.write('\n')
  for (const [account, count] of owners.counts().slice(0, TOP)) console.log(`${count} ${account}`)
}

/**
 * @param {string} chain
 * @param {string} publisher
 * @param {string} node
 * @param {string} file
 */
async function main (chain, publisher, node, file) {
  const end = new AbortController()
  for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
    process.once(name, () => end.abort())
  }
  let owners = load(file)
  let saved = 0
  show(owners)
  for (let begin = true; begin;) {
    begin = false
    try {
      const events = follow({ chain, publisher, node }, () => owners.from, end.signal)
      for await (const event of events) {
        if (event.event === 'restart') console.error('bitmark-peer has ended: it is started again')
        if (event.event === 'removed') owners.removeDownTo(Number(event.number))
        if (event.error !== undefined) throw new Error(`block ${event.number}: ${event.error}`)
        if (event.block !== undefined && owners.add(event.block)) show(owners)
        if (Date.now() - saved > SAVE_EVERY_MS) {
          save(file, owners)
          saved = Date.now()
        }
      }
    } catch (error) {
      if (!(error instanceof Parted)) throw error
      console.error(`${error.message}: everything is read again`)
      owners = new Owners()
      begin = true
    }
  }
  save(file, owners)
  showAll(owners)
}

const [chain, publisher, node, file] = process.argv.slice(2)
if (process.argv.length !== 6) {
  console.error('usage: node main.js CHAIN PUBLISHER NODE STATE-FILE')
  process.exitCode = 2
} else {
  main(chain, publisher, node, file).catch(error => {
    console.error(error.message)
    process.exitCode = 1
  })
}
