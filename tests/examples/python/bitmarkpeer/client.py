# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
"""Ask any node of the network: info, height, digest, block, submit.

A client may be shared by threads: one call is under way at a time, and the
others wait for it.  The lock of the interpreter is not held while a call waits.
``cancel`` may be called by any thread and by signal handlers.
"""

import enum
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Callable, Optional, Type, TypeVar, Union

from . import proof
from ._native import ffi, lib
from ._wait import wait_for
from .errors import check, error_of
from .keys import peer_key
from .records import Record, pay_id
from .rules import network_of, rules_of


T = TypeVar("T")


class Submission(enum.IntEnum):
    """What can be sent to a node to be passed on."""

    BLOCK = lib.BITMARK_SUBMIT_BLOCK
    ASSETS = lib.BITMARK_SUBMIT_ASSETS
    ISSUES = lib.BITMARK_SUBMIT_ISSUES
    TRANSFER = lib.BITMARK_SUBMIT_TRANSFER
    PROOF = lib.BITMARK_SUBMIT_PROOF


@dataclass(frozen=True)
class Info:
    """What a node says of itself."""

    version: str
    chain: str
    normal: bool
    height: int


def node_config(kind: str, chain: str, address: str, server_key: Union[bytes, str],
                private_key: Optional[bytes]) -> Any:
    """The configuration of a client or a subscriber, and what it borrows."""
    config = ffi.new("struct %s *" % kind)
    config.struct_size = ffi.sizeof("struct " + kind)
    kept = [ffi.new("char[]", chain.encode()), ffi.new("char[]", address.encode())]
    config.chain, config.address = kept
    key = peer_key(server_key) if isinstance(server_key, str) else server_key
    if len(key) != lib.BITMARK_PEER_KEY_SIZE:
        raise error_of(lib.BITMARK_E_KEY_LENGTH)
    ffi.memmove(config.server_key, key, len(key))
    if private_key is not None:
        if len(private_key) != lib.BITMARK_PEER_KEY_SIZE:
            raise error_of(lib.BITMARK_E_KEY_LENGTH)
        kept.append(ffi.new("uint8_t[]", private_key))
        config.private_key = kept[-1]
    return config, kept


class Client:
    """A connection to one node; made again when it breaks.

    ``address`` is ``"host:port"``, ``server_key`` the node's public key as
    bytes, as hex or as the path of its ``peer.public``.  Every call ends after
    ``timeout`` seconds at the latest, with ``WaitTimeout`` or a more telling
    error.
    """

    def __init__(self, chain: str, address: str, server_key: Union[bytes, str], *,
                 timeout: float = 20.0, private_key: Optional[bytes] = None) -> None:
        config, kept = node_config(
            "bitmark_client_config", chain, address, server_key, private_key)
        config.timeout_ms = max(1, int(timeout * 1000))
        made = ffi.new("struct bitmark_client **")
        check(lib.bitmark_client_open(made, config), address)
        del kept
        self._client = ffi.gc(made[0], lib.bitmark_client_close)
        self._lock = threading.Lock()
        # Held for moments, so that nobody cancels what is being closed.  A
        # signal handler may come in between: its thread can take it again.
        self._life = threading.RLock()
        self._closed = False
        self.chain = chain
        self.address = address

    # --- the five requests -----------------------------------------------------

    def info(self) -> Info:
        """What the node says of itself."""
        info = ffi.new("struct bitmark_info *")
        info.struct_size = ffi.sizeof("struct bitmark_info")

        def get() -> Info:
            check(lib.bitmark_client_get_info(self._client, info))
            return Info(ffi.string(info.version).decode(errors="replace"),
                        ffi.string(info.chain).decode(), info.normal, info.height)

        return self._call(lib.bitmark_client_start_info, get)

    def height(self) -> int:
        """The number of its newest block."""
        height = ffi.new("uint64_t *")

        def get() -> int:
            check(lib.bitmark_client_get_height(self._client, height))
            return int(height[0])

        return self._call(lib.bitmark_client_start_height, get)

    def digest(self, number: int) -> bytes:
        """The digest of a block."""
        out = ffi.new("uint8_t[]", lib.BITMARK_DIGEST_SIZE)

        def get() -> bytes:
            check(lib.bitmark_client_get_digest(self._client, out))
            return bytes(ffi.buffer(out))

        return self._call(lib.bitmark_client_start_digest, get, number)

    def block(self, number: int) -> bytes:
        """A packed block, as the node has it: it is not verified."""
        span = ffi.new("struct bitmark_span *")

        def get() -> bytes:
            check(lib.bitmark_client_get_block(self._client, span))
            return bytes(ffi.buffer(span.data, span.size))

        return self._call(lib.bitmark_client_start_block, get, number)

    def submit(self, data: Union[bytes, Record],
               what: Optional[Submission] = None) -> Submission:
        """Send a block, packed records or a proof to be passed on, and tell as
        what.  Coming back means that the node has received it: whether it was
        accepted the protocol does not say."""
        packed = data.pack() if isinstance(data, Record) else data
        kind = recognise(self.chain, packed) if what is None else what
        self._call(lib.bitmark_client_start_submit, lambda: None,
                   int(kind), packed, len(packed))
        return kind

    # --- proofs ----------------------------------------------------------------

    def pay_nonce(self, rules: str) -> int:
        """The number that a proof is made for now, under these rules."""
        table = rules_of(rules)
        number = lib.bitmark_pay_nonce_block(table, self.height())
        if table.pay_nonce == lib.BITMARK_PAY_NONCE_DIGEST:
            return int(lib.bitmark_pay_nonce_of_digest(self.digest(number)))
        block = self.block(number)
        return int(lib.bitmark_crc(number, block, len(block)))

    def prove(self, issues: bytes, count: int = 1, rules: str = "0.16") -> bytes:
        """Do the work for packed issues that were submitted together, and
        submit the proof.  Gives what was sent.

        On the live network this takes millions of tries.
        """
        paid_for = pay_id([issues])
        nonce = proof.find(paid_for, self.pay_nonce(rules), count,
                           network_of(self.chain))
        self.submit(paid_for + nonce, Submission.PROOF)
        return paid_for + nonce

    # --- its life --------------------------------------------------------------

    def cancel(self) -> None:
        """End the call that is under way, or else the next one, with
        ``Cancelled``."""
        with self._life:
            if not self._closed:
                lib.bitmark_client_cancel(self._client)

    def close(self) -> None:
        """End the connection; a call of another thread ends with
        ``Cancelled``."""
        self.cancel()
        with self._lock, self._life:
            if not self._closed:
                self._closed = True
                ffi.release(self._client)

    def _call(self, start: Callable[..., int], get: Callable[[], T],
              *arguments: Any) -> T:
        with self._lock:
            if self._closed:
                raise error_of(lib.BITMARK_E_STATE, "the client is closed")
            check(start(self._client, *arguments))
            try:
                status = self._wait()
            except BaseException:
                # Ctrl-C, most likely.  The library must not go on by itself.
                lib.bitmark_client_cancel(self._client)
                while lib.bitmark_client_step(self._client) == lib.BITMARK_E_PENDING:
                    pass
                raise
            if status == lib.BITMARK_E_REMOTE:
                said = lib.bitmark_client_remote_error(self._client)
                raise error_of(status, ffi.string(said).decode())
            check(status, self.address)
            return get()

    def _wait(self) -> int:
        while True:
            status = lib.bitmark_client_step(self._client)
            if status != lib.BITMARK_E_PENDING:
                return int(status)
            wait_for(lib.bitmark_client_poll_items, self._client,
                     lib.BITMARK_CLIENT_POLL_MAX,
                     lib.bitmark_client_deadline_ms(self._client))

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, kind: Optional[Type[BaseException]],
                 error: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        self.close()

    def __repr__(self) -> str:
        return "<Client of %s, chain %s%s>" % (
            self.address, self.chain, ", closed" if self._closed else "")


def recognise(chain: str, data: bytes) -> Submission:
    """As what packed bytes can be submitted."""
    what = ffi.new("enum bitmark_submission *")
    count = ffi.new("size_t *")
    params = lib.bitmark_chain_params_find(chain.encode())
    check(lib.bitmark_submission_recognise(params, data, len(data), what, count))
    return Submission(what[0])
