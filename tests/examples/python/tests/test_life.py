# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
"""The whole life of a bitmark, at a developer's node on loopback.

BITMARK_NODE is the node's KEY@HOST:PORT, BITMARK_PUBLISHER that of its publisher,
BITMARK_STORE_LIVE the directory of its store.  The node makes a block whenever
something is verified: see ``bitmarkd-c dev``.
"""

import os
import signal
import socket
import threading
import unittest
import unittest.mock
from typing import Any, Callable, List, Type

import bitmarkpeer as bp
from bitmarkpeer._wait import wait_for

KEY, ADDRESS = os.environ["BITMARK_NODE"].split("@")
PUBLISHER_KEY, PUBLISHER = os.environ["BITMARK_PUBLISHER"].split("@")

# A bound for a test that would else hang; one that passes does not wait for it.
PATIENCE = 120.0


def wait_for_event(events: bp.Subscriber, name: str) -> bp.Notice:
    while True:
        notice = events.next(PATIENCE)
        if notice is None:
            raise AssertionError("no event %r came" % name)
        if notice.event == name:
            return notice


class Life(unittest.TestCase):
    def test_from_an_account_to_an_owner(self) -> None:
        seed, alice = bp.new_seed(bp.Network.TEST)
        with alice, bp.PrivateKey(bp.phrase_of_seed(seed)) as again, \
                bp.PrivateKey.generate(bp.Network.TEST) as bob, \
                bp.Client("local", ADDRESS, KEY) as client, \
                bp.Subscriber("local", PUBLISHER, PUBLISHER_KEY) as events:
            self.assertEqual(again.account, alice.account)
            first = events.next(PATIENCE)
            assert first is not None
            self.assertEqual(first.kind, bp.NoticeKind.CONNECTED)
            info = client.info()
            self.assertEqual((info.chain, info.normal), ("local", True))
            height = client.height()

            painting = bp.asset("a painting", "of " + str(alice.account),
                                alice.account, {"year": "1979"}).sign(alice)
            self.assertEqual(client.submit(painting), bp.Submission.ASSETS)
            issued = bp.issue(painting.asset_id or b"", alice.account).sign(alice)
            self.assertEqual(client.submit(issued), bp.Submission.ISSUES)
            heard = wait_for_event(events, "issues").records
            self.assertEqual([record.tx_id for record in heard], [issued.tx_id])
            client.prove(issued.pack())
            wait_for_event(events, "block")
            self.assertEqual(client.height(), height + 1)

            store = bp.Store(os.environ["BITMARK_STORE_LIVE"], "local")
            self.assertEqual(store.rules, "0.16")
            chain = store.snapshot()
            self.assertEqual(chain.owner(issued.tx_id)[0], alice.account)

            sold = bp.transfer(issued.tx_id, bob.account).sign(alice)
            self.assertEqual(client.submit(sold), bp.Submission.TRANSFER)
            block = wait_for_event(events, "block").parameters[0]
            self.assertIn(sold.encode(), block)
            self.assertEqual(client.block(height + 2), block)

            self.assertEqual(chain.tip().number, height + 1)
            chain.renew()
            self.assertEqual(chain.tip().number, height + 2)
            self.assertEqual(chain.digest(height + 2), client.digest(height + 2))
            owner, item = chain.owner(sold.tx_id)
            self.assertEqual(owner, bob.account)
            self.assertEqual(item.issue_id, issued.tx_id)
            self.assertEqual(list(chain.owned(alice.account)), [])
            self.assertEqual(list(chain.owned(bob.account)), [item])
            self.assertEqual(
                [step.record.kind for step in chain.provenance(sold.tx_id)],
                [bp.Kind.TRANSFER, bp.Kind.ISSUE, bp.Kind.ASSET])
            store.close()


class Errors(unittest.TestCase):
    def test_a_block_that_is_not_there(self) -> None:
        with bp.Client("local", ADDRESS, KEY) as client:
            with self.assertRaises(bp.NotFoundError) as caught:
                client.block(10**9)
            self.assertEqual(caught.exception.text, "block not found")

    def test_another_chain(self) -> None:
        with bp.Client("testing", ADDRESS, KEY) as client:
            with self.assertRaises(bp.DataError) as caught:
                client.height()
            self.assertEqual(caught.exception.name, "BITMARK_E_INVALID_CHAIN")

    def test_a_node_that_has_another_key(self) -> None:
        wrong, _ = bp.new_peer_key()
        with bp.Client("local", ADDRESS, wrong) as client:
            with self.assertRaises(bp.DataError) as caught:
                client.height()
            self.assertEqual(caught.exception.name, "BITMARK_E_WRONG_SERVER_KEY")

    def test_nobody_there_is_told_in_time(self) -> None:
        with bp.Client("local", "127.0.0.1:1", KEY, timeout=0.2) as client:
            with self.assertRaises(bp.MachineError):
                client.height()

    def test_arguments_that_are_wrong(self) -> None:
        for chain, address, key in (("none", ADDRESS, KEY), ("local", "here", KEY),
                                    ("local", ADDRESS, "no such file")):
            with self.assertRaises(bp.BitmarkError):
                bp.Client(chain, address, key)
        with bp.Client("local", ADDRESS, KEY) as client:
            with self.assertRaises(bp.DataError):
                client.submit(b"nonsense")
        with self.assertRaises(bp.CallerError):
            client.height()

    def test_a_client_is_shared_by_threads(self) -> None:
        heights: List[int] = []
        with bp.Client("local", ADDRESS, KEY) as client:
            threads = [threading.Thread(
                target=lambda: heights.extend(client.height() for _ in range(10)))
                for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual(len(heights), 40)


class Ends(unittest.TestCase):
    def test_another_thread_ends_an_iteration(self) -> None:
        events = bp.Subscriber("local", PUBLISHER, PUBLISHER_KEY)
        seen = []
        connected = threading.Event()

        def follow() -> None:
            for notice in events:
                seen.append(notice.kind)
                connected.set()

        thread = threading.Thread(target=follow)
        thread.start()
        self.assertTrue(connected.wait(PATIENCE))
        events.close()
        thread.join(PATIENCE)
        self.assertFalse(thread.is_alive())
        self.assertEqual(seen[0], bp.NoticeKind.CONNECTED)
        with self.assertRaises(bp.CallerError):
            events.next()

    def test_nothing_happens_in_time(self) -> None:
        with bp.Subscriber("local", "127.0.0.1:1", PUBLISHER_KEY) as events:
            self.assertIsNone(events.next(0.05))

    def call_that_ends_by(self, end: Callable[[bp.Client], None],
                          error: Type[BaseException]) -> None:
        """``end`` is called while a call waits for a port that takes
        connections and says nothing."""
        waits = threading.Event()

        def wait_and_tell(*arguments: Any) -> None:
            waits.set()
            wait_for(*arguments)

        def wait_and_end() -> None:
            if waits.wait(PATIENCE):
                end(client)

        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            client = bp.Client("local", "127.0.0.1:%d" % port, KEY, timeout=PATIENCE)
            thread = threading.Thread(target=wait_and_end)
            thread.start()
            with unittest.mock.patch("bitmarkpeer.client.wait_for", wait_and_tell):
                with self.assertRaises(error):
                    client.height()
            thread.join(PATIENCE)
            self.assertFalse(thread.is_alive())
            client.close()

    def test_another_thread_ends_a_call(self) -> None:
        self.call_that_ends_by(lambda client: client.cancel(), bp.Cancelled)
        self.call_that_ends_by(lambda client: client.close(), bp.Cancelled)

    def test_the_keyboard_ends_a_call(self) -> None:
        main = threading.get_ident()
        self.call_that_ends_by(
            lambda client: signal.pthread_kill(main, signal.SIGINT),
            KeyboardInterrupt)


if __name__ == "__main__":
    unittest.main()
