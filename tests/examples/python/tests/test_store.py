# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
"""A store of the golden chain, read by Python.

BITMARK_STORE is its directory, BITMARK_DATA that of the golden data.
"""

import json
import os
import pathlib
import unittest

import bitmarkpeer as bp

GOLDEN = json.loads(
    (pathlib.Path(os.environ["BITMARK_DATA"]) / "chain-a.json").read_text())


class GoldenStore(unittest.TestCase):
    def setUp(self) -> None:
        self.store = bp.Store(os.environ["BITMARK_STORE"], "local")
        self.chain = self.store.snapshot()

    def tearDown(self) -> None:
        self.store.close()

    def test_blocks(self) -> None:
        tip = self.chain.tip()
        self.assertEqual(tip.number, GOLDEN["height"])
        self.assertEqual(tip.digest.hex(), GOLDEN["tipDigest"])
        self.assertEqual(self.store.rules, "8.2")
        for golden in GOLDEN["blocks"]:
            number = int(golden["header"]["number"])
            self.assertEqual(self.chain.digest(number).hex(), golden["digest"])
            self.assertGreater(len(self.chain.block(number)), 100)
        with self.assertRaises(bp.NotFoundError) as caught:
            self.chain.block(tip.number + 1)
        self.assertEqual(caught.exception.name, "BITMARK_E_BLOCK_NOT_FOUND")

    def test_counts(self) -> None:
        counts = self.chain.counts()
        for name in ("assets", "owned", "transactions"):
            self.assertEqual(getattr(counts, name), GOLDEN["counts"][name])

    def test_owners(self) -> None:
        """Also those of more items than one page has."""
        most = 0
        for golden in GOLDEN["owners"]:
            account = bp.Account(golden["account"])
            items = list(self.chain.owned(account))
            self.assertEqual([item.tx_id.hex() for item in items],
                             [item["txId"] for item in golden["items"]])
            most = max(most, len(items))
            for item in items[:20]:
                self.assertEqual(self.chain.owner(item.tx_id), (account, item))
                self.assertEqual(self.chain.item(item.issue_id), item)
        self.assertGreater(most, 100)

    def test_provenance(self) -> None:
        for golden in GOLDEN["owners"]:
            for item in list(self.chain.owned(bp.Account(golden["account"])))[:10]:
                if item.kind != bp.ItemKind.ASSET:
                    continue
                steps = self.chain.provenance(item.tx_id)
                self.assertEqual(steps[0].tx_id, item.tx_id)
                self.assertEqual(steps[-1].record.kind, bp.Kind.ASSET)
                self.assertEqual(steps[-1].tx_id, item.asset_id)
                self.assertEqual(steps[-2].tx_id, item.issue_id)
                for newer, older in zip(steps, steps[1:-1]):
                    self.assertEqual(newer.record.link, older.tx_id)
                    self.assertEqual(
                        self.chain.transaction(older.tx_id).packed, older.packed)
                found = self.chain.asset(steps[-1].tx_id)
                self.assertEqual(found.packed, steps[-1].packed)

    def test_what_is_not_there(self) -> None:
        with self.assertRaises(bp.NotFoundError):
            self.chain.transaction(bytes(32))
        with self.assertRaises(LookupError):
            self.chain.provenance(bytes(32))
        with self.assertRaises(bp.CallerError):
            self.chain.transaction(b"short")
        with self.assertRaises(bp.NotFoundError):
            bp.Store(os.environ["BITMARK_STORE"] + "-none", "local")

    def test_a_closed_store_closes_its_snapshots(self) -> None:
        other = self.store.snapshot()
        self.store.close()
        for closed in (self.chain.tip, other.counts, self.store.snapshot):
            with self.assertRaises(bp.CallerError):
                closed()

    def test_a_snapshot_that_is_forgotten_is_closed_before_its_store(self) -> None:
        store = bp.Store(os.environ["BITMARK_STORE"], "local")
        chain = store.snapshot()
        del store
        self.assertEqual(chain.tip().number, GOLDEN["height"])


class Shares(unittest.TestCase):
    def test_shares(self) -> None:
        """Chain G of the golden data has shares; all of a share are held."""
        with bp.Store(os.environ["BITMARK_STORE_SHARES"], "local") as store, \
                store.snapshot() as chain:
            self.assertEqual(store.rules, "0.16")
            dave = bp.Account("eZSFPWLLw49vupukNZ3VS2GuhpFjGfziku3hZSWv8R5cw23qAD")
            held = list(chain.balances(dave))
            self.assertGreater(len(held), 0)
            for balance in held:
                holders = list(chain.holders(balance.share_id))
                self.assertIn(balance, holders)
                self.assertEqual(chain.share(balance.share_id).total,
                                 sum(holder.balance for holder in holders))


if __name__ == "__main__":
    unittest.main()
