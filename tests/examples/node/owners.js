// SPDX-License-Identifier: ISC
// Copyright (c) 2026 the libbitmarkpeer developers
// @ts-check
/**
 * Who owns which bitmarks: the blocks of a chain, taken by a small state that can
 * also take them back.
 *
 * @typedef {object} TransactionRecord  a record, as all programs of the project print it
 * @property {string} record            the kind, as "BitmarkIssue"
 * @property {string} txId
 * @property {string} [assetId]         of assets and issues
 * @property {string} [owner]
 * @property {string} [link]            of transfers and shares
 * @property {string} [name]            of assets
 *
 * @typedef {object} Block
 * @property {{number: string, previousBlock: string}} header
 * @property {string} digest
 * @property {TransactionRecord[]} transactions
 *
 * @typedef {object} Item               a bitmark
 * @property {string} owner             its account, or SHARED
 * @property {string} last              id of its newest transaction
 * @property {string} asset             id
 *
 * @typedef {[string, Item | null]} Change  an item as it was before; null: it was not
 *
 * @typedef {object} Step               what it takes to take a block back
 * @property {string} digest
 * @property {Change[]} items
 * @property {string[]} assets          that are new
 */

/** The owner of a bitmark that has become shares. */
export const SHARED = '(shares)'

/** Blocks that can be taken back. */
export const DEPTH = 100

/** The first block that is no genesis. */
const FIRST = 2

const TRANSFERS = new Set(['BitmarkTransferUnratified', 'BitmarkTransferCountersigned'])
const SHARES = new Set(['ShareBalance', 'BitmarkShare'])

/** A block does not follow what is known: begin anew. */
export class Parted extends Error {}

export class Owners {
  constructor () {
    /** The newest block. */
    this.height = FIRST - 1
    /** @type {Map<string, Item>} by the id of the issue */
    this.items = new Map()
    /** @type {Map<string, string>} names by id */
    this.assets = new Map()
    /** @type {Map<string, string>} the issue that a newest transaction belongs to */
    this.byLast = new Map()
    /** @type {Step[]} the newest blocks, the newest last */
    this.steps = []
  }

  /** The number to subscribe from: far enough back to see what was replaced while
   * nobody listened. */
  get from () {
    return this.height + 1 - this.steps.length
  }

  /** @param {number} number @returns {string | undefined} */
  digest (number) {
    return this.steps[this.steps.length - 1 - (this.height - number)]?.digest
  }

  /**
   * Take a block; one that is known already changes nothing, and one that replaces
   * others takes these back first.
   *
   * @param {Block} block
   * @returns {boolean} it was new
   */
  add (block) {
    const number = Number(block.header.number)
    if (number <= this.height && this.digest(number) === block.digest) return false
    this.removeDownTo(number)
    if (number !== this.height + 1) throw new Parted(`block ${number} after ${this.height}`)
    const below = this.digest(this.height)
    if (below !== undefined && below !== block.header.previousBlock) {
      throw new Parted(`block ${number} is of another branch`)
    }
    /** @type {Step} */
    const step = { digest: block.digest, items: [], assets: [] }
    for (const record of block.transactions) this.#take(record, step)
    this.steps.push(step)
    if (this.steps.length > DEPTH) this.steps.shift()
    this.height = number
    return true
  }

  /** Take back all blocks from the newest down to this one. @param {number} number */
  removeDownTo (number) {
    while (this.height >= number && this.height >= FIRST) {
      const step = this.steps.pop()
      if (step === undefined) throw new Parted(`block ${this.height} is too old`)
      for (const [issue, before] of step.items.reverse()) this.#set(issue, before)
      for (const id of step.assets) this.assets.delete(id)
      this.height--
    }
  }

  /** @param {TransactionRecord} record @param {Step} step */
  #take (record, step) {
    const { record: kind, txId, assetId = '', owner = '', link = '', name = '' } = record
    if (kind === 'AssetData' && !this.assets.has(assetId)) {
      this.assets.set(assetId, name)
      step.assets.push(assetId)
    } else if (kind === 'BitmarkIssue' && !this.items.has(txId)) {
      this.#change(txId, { owner, last: txId, asset: assetId }, step)
    } else if (TRANSFERS.has(kind) || SHARES.has(kind)) {
      const issue = this.byLast.get(link)
      const item = issue === undefined ? undefined : this.items.get(issue)
      // Blocks may be transferred, too; they are no bitmarks.
      if (issue === undefined || item === undefined) return
      const next = SHARES.has(kind) ? SHARED : owner
      this.#change(issue, { ...item, owner: next, last: txId }, step)
    }
  }

  /** @param {string} issue @param {Item} item @param {Step} step */
  #change (issue, item, step) {
    step.items.push([issue, this.items.get(issue) ?? null])
    this.#set(issue, item)
  }

  /** @param {string} issue @param {Item | null} item */
  #set (issue, item) {
    const before = this.items.get(issue)
    if (before !== undefined) this.byLast.delete(before.last)
    if (item === null) {
      this.items.delete(issue)
    } else {
      this.items.set(issue, item)
      this.byLast.set(item.last, issue)
    }
  }

  /** How many bitmarks each account owns, most first. @returns {[string, number][]} */
  counts () {
    /** @type {Map<string, number>} */
    const found = new Map()
    for (const { owner } of this.items.values()) found.set(owner, (found.get(owner) ?? 0) + 1)
    return [...found].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  }

  /** For a file. */
  toJSON () {
    return {
      height: this.height,
      steps: this.steps,
      assets: [...this.assets],
      items: [...this.items]
    }
  }

  /** @param {string} text of toJSON @returns {Owners} */
  static parse (text) {
    const { height, steps, assets, items } = JSON.parse(text)
    const made = new Owners()
    made.height = height
    made.steps = steps
    made.assets = new Map(assets)
    for (const [issue, item] of items) made.#set(issue, item)
    return made
  }
}
