# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
"""Follow what a node publishes: its blocks, transactions and announcements.

Messages can be lost, and the protocol has no numbers to tell: after ``LOST`` and
``SILENT`` what came in between is missing.  A program that follows blocks
compares their numbers and asks a ``Client`` for those that are missing.
Nothing that is received is verified.

One thread iterates; ``cancel`` and ``close`` may be called by any other, and by
signal handlers.  The lock of the interpreter is not held while one waits.
"""

import enum
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Iterator, List, Optional, Tuple, Type, Union

from ._native import ffi, lib
from ._wait import wait_for
from .client import node_config
from .errors import Cancelled, check, error_of
from .keys import Network
from .records import Record, unpack_all
from .rules import network_of


class NoticeKind(enum.IntEnum):
    """What happened."""

    CONNECTED = lib.BITMARK_NOTICE_CONNECTED
    LOST = lib.BITMARK_NOTICE_LOST
    SILENT = lib.BITMARK_NOTICE_SILENT
    EVENT = lib.BITMARK_NOTICE_EVENT


@dataclass(frozen=True)
class Notice:
    """One thing that happened.

    An event has a name, as ``"block"``, ``"assets"``, ``"issues"``,
    ``"transfer"``, ``"proof"``, ``"rpc"``, ``"peer"``, ``"heart"``, and its
    parameters as bytes.
    """

    kind: NoticeKind
    network: Network
    event: str = ""
    parameters: Tuple[bytes, ...] = ()

    @property
    def records(self) -> List[Record]:
        """The records of assets, issues and transfers; else none."""
        if self.event not in ("assets", "issues", "transfer") or not self.parameters:
            return []
        data = self.parameters[0]
        # A node may put a byte of 0 behind issues: no record begins so.
        return unpack_all(data[:-1] if data[-1:] == b"\0" and self.event == "issues"
                          and not _is_whole(data, self.network) else data,
                          self.network)


class Subscriber:
    """What a node publishes, as an iterator without end::

        for notice in subscriber:
            if notice.event == "block": ...

    ``address`` is that of the node's publisher, ``server_key`` as of a
    ``Client``.  The iteration ends after ``cancel`` or ``close``; after
    ``cancel`` it may begin again, and nothing is lost.
    """

    def __init__(self, chain: str, address: str, server_key: Union[bytes, str], *,
                 silence: float = 120.0, private_key: Optional[bytes] = None) -> None:
        config, kept = node_config(
            "bitmark_subscriber_config", chain, address, server_key, private_key)
        config.silence_ms = max(1, int(silence * 1000))
        made = ffi.new("struct bitmark_subscriber **")
        check(lib.bitmark_subscriber_open(made, config), address)
        del kept
        self._subscriber = ffi.gc(made[0], lib.bitmark_subscriber_close)
        self._lock = threading.Lock()
        self._life = threading.RLock()
        self._closed = False
        self._network = network_of(chain)
        self.address = address

    def next(self, timeout: Optional[float] = None) -> Optional[Notice]:
        """The next thing that happens, or None when nothing has happened after
        ``timeout`` seconds."""
        notice = ffi.new("struct bitmark_notice *")
        notice.struct_size = ffi.sizeof("struct bitmark_notice")
        end_ms = lib.bitmark_clock_ms() + int((timeout or 0) * 1000)
        with self._lock:
            while True:
                if self._closed:
                    raise error_of(lib.BITMARK_E_STATE, "the subscriber is closed")
                status = lib.bitmark_subscriber_step(self._subscriber, notice)
                if status == lib.BITMARK_OK:
                    return Notice(
                        NoticeKind(notice.type), self._network,
                        ffi.string(notice.event).decode()
                        if notice.type == lib.BITMARK_NOTICE_EVENT else "",
                        tuple(bytes(ffi.buffer(notice.parameter[i].data,
                                               notice.parameter[i].size))
                              for i in range(notice.count)))
                if status != lib.BITMARK_E_PENDING:
                    raise error_of(status, self.address)
                if timeout is not None and lib.bitmark_clock_ms() >= end_ms:
                    return None
                due_ms = lib.bitmark_subscriber_deadline_ms(self._subscriber)
                wait_for(lib.bitmark_subscriber_poll_items, self._subscriber,
                         lib.BITMARK_SUBSCRIBER_POLL_MAX,
                         due_ms if timeout is None else min(due_ms, end_ms))

    def __iter__(self) -> Iterator[Notice]:
        while not self._closed:
            try:
                notice = self.next()
            except Cancelled:
                return
            if notice is not None:
                yield notice

    def cancel(self) -> None:
        """End the wait that is under way, or else the next one."""
        with self._life:
            if not self._closed:
                lib.bitmark_subscriber_cancel(self._subscriber)

    def close(self) -> None:
        """End the connection, and the iteration of another thread."""
        self.cancel()
        with self._lock, self._life:
            if not self._closed:
                self._closed = True
                ffi.release(self._subscriber)

    def __enter__(self) -> "Subscriber":
        return self

    def __exit__(self, kind: Optional[Type[BaseException]],
                 error: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        self.close()

    def __repr__(self) -> str:
        return "<Subscriber of %s%s>" % (
            self.address, ", closed" if self._closed else "")


def _is_whole(data: bytes, network: Network) -> bool:
    try:
        unpack_all(data, network)
    except ValueError:
        return False
    return True
