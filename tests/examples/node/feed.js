// SPDX-License-Identifier: ISC
// Copyright (c) 2026 the libbitmarkpeer developers
// @ts-check
/**
 * The events of 'bitmark-peer subscribe --json' as an asynchronous iterator.  The
 * program is a child; when it ends it is started again, from where the caller then
 * wants to begin.
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'

/** Longest wait before a child is started again; the first is short. */
const PAUSE_MAX_MS = 30000
const PAUSE_MIN_MS = 500

/**
 * @typedef {object} FeedEvent
 * @property {string} event   "block", "removed", "current", "connected", ...
 * @property {string} [number]
 * @property {import('./owners.js').Block} [block]
 * @property {string} [error]
 *
 * @typedef {object} Wanted
 * @property {string} chain       "bitmark", "testing" or "local"
 * @property {string} publisher   KEY@HOST:PORT
 * @property {string} node        KEY@HOST:PORT, which has the blocks
 * @property {string} [program]   bitmark-peer, unless it is elsewhere
 */

/**
 * @param {Wanted} wanted
 * @param {() => number} from   asked before each start: the first block
 * @param {AbortSignal} signal  ends the iteration, and the child
 * @returns {AsyncGenerator<FeedEvent, void, void>}
 */
export async function * follow (wanted, from, signal) {
  let pauseMs = PAUSE_MIN_MS
  while (!signal.aborted) {
    for await (const event of once(wanted, from(), signal)) {
      if (event.event === 'connected') pauseMs = PAUSE_MIN_MS
      yield event
    }
    if (signal.aborted) return
    yield { event: 'restart' }
    await pause(pauseMs, undefined, { signal }).catch(() => {})
    pauseMs = Math.min(2 * pauseMs, PAUSE_MAX_MS)
  }
}

/**
 * One child, until it ends.
 *
 * @param {Wanted} wanted
 * @param {number} from
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<FeedEvent, void, void>}
 */
async function * once (wanted, from, signal) {
  const child = spawn(wanted.program ?? 'bitmark-peer', [
    '--chain', wanted.chain, 'subscribe', '--json', '--from', String(from),
    '--node', wanted.publisher, '--node', wanted.node
  ], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise(resolve => {
    child.once('close', resolve)
    child.once('error', error => {
      console.error(`bitmark-peer: ${error.message}`)
      resolve(undefined)
    })
  })
  const stop = () => child.kill()
  signal.addEventListener('abort', stop, { once: true })
  try {
    for await (const line of createInterface({ input: child.stdout, crlfDelay: Infinity })) {
      const event = parse(line)
      if (event !== null) yield event
    }
  } finally {
    // Also when the caller has left the loop.
    signal.removeEventListener('abort', stop)
    child.kill()
    await ended
  }
}

/**
 * A line of a child that was killed may be cut off.
 *
 * @param {string} line
 * @returns {FeedEvent | null}
 */
function parse (line) {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
