# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
"""The package gives what the golden data say.

BITMARK_DATA is the directory of these data: tests/data of the project.
"""

import gc
import json
import os
import pathlib
import pickle
import unittest
from typing import Any

import bitmarkpeer as bp
from bitmarkpeer.rules import rules_of

DATA = pathlib.Path(os.environ["BITMARK_DATA"])


def load(name: str) -> Any:
    return json.loads((DATA / name).read_text())


class Records(unittest.TestCase):
    def golden(self) -> Any:
        return load("records-8.2.json") + load("records-0.16.json")

    def test_each_record_is_unpacked_and_packed(self) -> None:
        for golden in self.golden():
            packed = bytes.fromhex(golden["packed"])
            record = bp.Record.unpack(packed)
            self.assertEqual(record.kind, golden["tag"])
            self.assertEqual(record.tx_id.hex(), golden["txId"])
            self.assertTrue(record.is_signed)
            self.assertEqual(record.pack(bp.Account(golden["signer"])), packed)

    def test_each_record_comes_back_from_json(self) -> None:
        for golden in self.golden():
            packed = bytes.fromhex(golden["packed"])
            record = bp.Record.unpack(packed, bp.Network.TEST)
            self.assertEqual(bp.Record.from_json(record.to_json()).encode(), packed)
            shown = record.to_dict()
            self.assertEqual(shown["record"], record.kind.title)
            self.assertEqual(shown["txId"], golden["txId"])
            self.assertEqual(shown.get("assetId"),
                             record.asset_id.hex() if record.asset_id else None)

    def test_a_wrong_signature_is_refused(self) -> None:
        golden = load("records-8.2.json")[0]
        packed = bytearray.fromhex(golden["packed"])
        packed[-1] ^= 1
        record = bp.Record.unpack(bytes(packed), bp.Network.TEST)
        with self.assertRaises(bp.DataError) as caught:
            record.check()
        self.assertEqual(caught.exception.name, "BITMARK_E_SIGNATURE")
        self.assertEqual(caught.exception.code, -143)
        self.assertIn("invalid signature", str(caught.exception))

    def test_bytes_that_end_too_early_are_refused(self) -> None:
        packed = bytes.fromhex(load("records-8.2.json")[0]["packed"])
        for size in range(len(packed)):
            with self.assertRaises(bp.DataError):
                bp.Record.unpack(packed[:size], bp.Network.TEST)

    def test_two_records_are_not_one(self) -> None:
        packed = bytes.fromhex(load("records-8.2.json")[1]["packed"])
        self.assertEqual(len(bp.unpack_all(packed * 2)), 2)
        with self.assertRaises(bp.DataError):
            bp.Record.unpack(packed * 2)

    def test_a_record_outlives_the_bytes_it_was_read_from(self) -> None:
        golden = load("records-8.2.json")[0]
        record = bp.Record.unpack(bytes.fromhex(golden["packed"]), bp.Network.TEST)
        gc.collect()
        rubbish = [bytes(len(golden["packed"]) // 2) for _ in range(1000)]
        self.assertEqual(record.encode().hex(), golden["packed"])
        del rubbish

    def test_what_is_made_and_signed_is_the_golden_record(self) -> None:
        """Ed25519 has one signature, so that the bytes are the same."""
        alice = load("chain-a.json")["accounts"][0]
        key = bp.PrivateKey.from_seed_bytes(
            bp.Network.TEST, bytes.fromhex(alice["privateSeed"]))
        self.assertEqual(str(key.account), alice["base58"])
        made = bp.asset("a name", "a fingerprint", key.account,
                        {"k1": "v1", "k2": "v2"}).sign(key)
        again = bp.Record.unpack(made.pack())
        self.assertEqual(again.to_dict(), made.to_dict())
        self.assertEqual(again.to_dict()["metadata"], "k1\0v1\0k2\0v2")
        issued = bp.issue(made.asset_id or b"", key.account, 2**63).sign(key)
        self.assertEqual(issued.asset_id, made.asset_id)
        self.assertEqual(issued.to_dict()["nonce"], str(2**63))

    def test_two_sign_a_grant(self) -> None:
        with bp.PrivateKey.generate(bp.Network.TEST) as one, \
                bp.PrivateKey.generate(bp.Network.TEST) as two:
            record = bp.grant(bytes(range(32)), 5, one.account, two.account, 9)
            with self.assertRaises(bp.BitmarkError):
                record.countersign(two)
            record.sign(one)
            self.assertFalse(record.is_signed)
            with self.assertRaises(bp.DataError):
                record.pack()
            packed = record.countersign(two).pack()
            self.assertEqual(bp.Record.unpack(packed).pack(), packed)

    def test_json_that_is_wrong_says_what(self) -> None:
        with self.assertRaises(bp.DataError) as caught:
            bp.Record.from_json('{"record":"BitmarkIssue","nonce":"x"}')
        self.assertTrue(caught.exception.detail)

    def test_ids(self) -> None:
        for golden in load("vectors.json")["payId"]:
            packed = [bytes.fromhex(each) for each in golden.get("packed", ())]
            if packed:
                self.assertEqual(bp.pay_id(packed).hex(), golden["payId"])

    def test_the_rules_have_names(self) -> None:
        self.assertEqual(bp.default_rules("bitmark"), "0.16")
        self.assertEqual(bp.default_rules("local"), "8.2")
        with self.assertRaises(bp.CallerError):
            rules_of("1.0")


class Keys(unittest.TestCase):
    def test_accounts(self) -> None:
        for golden in load("vectors.json")["accounts"]:
            account = bp.Account(golden["base58"])
            self.assertEqual(account.to_bytes().hex(), golden["bytes"])
            self.assertEqual(account.public_key.hex(), golden["publicKey"])
            self.assertEqual(account.network == bp.Network.TEST, golden["test"])
            self.assertEqual(account.is_zero, golden["zero"])
            self.assertEqual(bp.Account.from_bytes(account.to_bytes()), account)
            self.assertEqual(len({account, bp.Account(str(account))}), 1)

    def test_texts_that_are_no_account(self) -> None:
        for golden in load("vectors.json")["accountFromBase58"]:
            if "error" in golden and golden["error"]:
                with self.assertRaises(bp.DataError) as caught:
                    bp.Account(golden["text"])
                self.assertEqual(caught.exception.text, golden["error"])

    def test_phrases(self) -> None:
        for golden in load("0.16/vectors.json")["seeds"]:
            phrase = " ".join(golden["phrase"])
            key = bp.PrivateKey(phrase)
            self.assertEqual(str(key.account), golden["account"])
            seed = bp.seed_of_phrase(phrase)
            self.assertEqual(bp.PrivateKey(seed).account, key.account)
            words = len(golden["phrase"])
            self.assertEqual(bp.phrase_of_seed(seed, words=words), phrase)
            with self.assertRaises(bp.DataError) as caught:
                bp.seed_of_phrase("xyzzy " + phrase.split(" ", 1)[1])
            self.assertEqual(caught.exception.detail, "word 1")
            self.assertNotIn("xyzzy", str(caught.exception))

    def test_new_seeds(self) -> None:
        for version in bp.SeedVersion:
            for language in bp.Language:
                seed, key = bp.new_seed(bp.Network.LIVE, version)
                phrase = bp.phrase_of_seed(seed, language)
                self.assertEqual(bp.seed_of_phrase(phrase), seed)
                self.assertEqual(bp.PrivateKey(phrase).account, key.account)

    def test_signatures(self) -> None:
        key = bp.PrivateKey.generate(bp.Network.TEST)
        signature = key.sign(b"a message")
        self.assertTrue(key.account.verify(b"a message", signature))
        self.assertFalse(key.account.verify(b"a massage", signature))
        self.assertFalse(key.account.verify(b"a message", signature[:-1]))

    def test_nothing_shows_a_secret(self) -> None:
        key = bp.PrivateKey.generate(bp.Network.TEST)
        secret = key.to_text()
        for shown in (repr(key), str(key), repr(vars(bp)), repr([key])):
            self.assertNotIn(secret, shown)
        self.assertEqual(repr(key), "<PrivateKey of %s>" % key.account)
        with self.assertRaises(TypeError):
            pickle.dumps(key)

    def test_a_closed_key_signs_nothing(self) -> None:
        with bp.PrivateKey.generate(bp.Network.TEST) as key:
            pointer = key._pointer()
            self.assertNotEqual(bytes(pointer.seed), bytes(32))
        with self.assertRaises(bp.CallerError):
            key.sign(b"")
        self.assertEqual(repr(key), "<PrivateKey of nobody: closed>")
        key.close()


class Proofs(unittest.TestCase):
    def test_progress_ends_the_work(self) -> None:
        from bitmarkpeer import proof

        class Enough(Exception):
            pass

        def progress(tries: int) -> None:
            raise Enough

        with self.assertRaises(Enough):
            proof.find(bytes(48), 0, 100, bp.Network.LIVE, 1, progress)


if __name__ == "__main__":
    unittest.main()
