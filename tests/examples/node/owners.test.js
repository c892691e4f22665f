// SPDX-License-Identifier: ISC
// Copyright (c) 2026 the libbitmarkpeer developers
// @ts-check
import assert from 'node:assert/strict'
import test from 'node:test'
import { DEPTH, Owners, Parted, SHARED } from './owners.js'

/**
 * @param {number} number
 * @param {import('./owners.js').TransactionRecord[]} transactions
 * @param {string} branch
 * @param {string} below
 */
const block = (number, transactions = [], branch = 'a', below = branch) => ({
  header: { number: String(number), previousBlock: `${below}${number - 1}` },
  digest: `${branch}${number}`,
  transactions
})
const issue = { record: 'BitmarkIssue', txId: 'i1', assetId: 'A', owner: 'alice' }
const asset = { record: 'AssetData', txId: 'x', assetId: 'A', name: 'a painting' }
const transfer = { record: 'BitmarkTransferUnratified', txId: 't1', link: 'i1', owner: 'bob' }

/** @param {Owners} owners */
const owner = owners => owners.items.get('i1')?.owner

test('a bitmark is issued and transferred', () => {
  const owners = new Owners()
  assert.equal(owners.from, 2)
  assert.ok(owners.add(block(2, [asset, issue])))
  assert.equal(owner(owners), 'alice')
  owners.add(block(3, [transfer]))
  assert.deepEqual(owners.counts(), [['bob', 1]])
  owners.add(block(4, [{ ...transfer, txId: 't2', owner: 'carol' }]))
  assert.equal(owner(owners), 'bob', 'it was transferred on')
  owners.add(block(5, [{ record: 'ShareBalance', txId: 's', link: 't1' }]))
  assert.equal(owner(owners), SHARED)
})

test('a block that is told again changes nothing', () => {
  const owners = new Owners()
  owners.add(block(2, [asset, issue]))
  const before = JSON.stringify(owners)
  assert.equal(owners.add(block(2, [asset, issue])), false)
  assert.equal(JSON.stringify(owners), before)
})

test('what is taken back leaves no trace', () => {
  const owners = new Owners()
  const states = [JSON.stringify(owners)]
  for (const next of [block(2, [asset, issue]), block(3, [transfer]),
    block(4, [{ ...transfer, txId: 't2', link: 't1' }])]) {
    owners.add(next)
    states.push(JSON.stringify(owners))
  }
  for (let number = 4; number >= 2; number--) {
    owners.removeDownTo(number)
    assert.equal(JSON.stringify(owners), states[number - 2])
  }
  assert.equal(owners.byLast.size, 0)
})

test('another branch takes the place of blocks that nobody told as removed', () => {
  const owners = new Owners()
  owners.add(block(2, [asset, issue]))
  owners.add(block(3, [transfer]))
  owners.add(block(3, [], 'b', 'a'))
  assert.equal(owner(owners), 'alice')
  assert.equal(owners.height, 3)
})

test('a state that was kept goes on', () => {
  const owners = new Owners()
  owners.add(block(2, [asset, issue]))
  const again = Owners.parse(JSON.stringify(owners))
  assert.equal(again.from, 2)
  again.add(block(3, [transfer]))
  again.removeDownTo(3)
  assert.equal(JSON.stringify(again), JSON.stringify(owners))
})

test('a gap, and a branch that parts too far below, say so', () => {
  const owners = new Owners()
  assert.throws(() => owners.add(block(3)), Parted)
  for (let number = 2; number < DEPTH + 10; number++) owners.add(block(number))
  assert.equal(owners.steps.length, DEPTH)
  assert.equal(owners.from, 10)
  assert.throws(() => owners.add(block(9, [], 'b')), Parted)
  assert.throws(() => new Owners().add(block(4)), Parted)
  const other = new Owners()
  other.add(block(2))
  assert.throws(() => other.add(block(3, [], 'b', 'b')), Parted)
})
