# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
"""Read the store of a chain: blocks, transactions, owners, provenance, shares.

A store may be read beside the daemon that writes it.  All questions are asked
of a snapshot, which is the chain at one moment::

    with Store("data/local", "local") as store, store.snapshot() as chain:
        for item in chain.owned(account): ...

A snapshot keeps old pages of the store from being used again: close it, or
``renew`` it, when you do not read.  It is used by one thread at a time; others
may have snapshots of their own.  What it gives is copied, and stays.
"""

import enum
import weakref
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Iterator, List, NamedTuple, Optional, Tuple, Type

from ._native import ffi, lib
from .errors import BitmarkError, NotFoundError, check, error_of
from .keys import Account, Network
from .records import Record, unpack_all
from .rules import name_of, network_of, params_of, rules_of

_PAGE = 100


class ItemKind(enum.IntEnum):
    """What somebody owns."""

    ASSET = lib.BITMARK_ITEM_ASSET
    BLOCK = lib.BITMARK_ITEM_BLOCK
    SHARE = lib.BITMARK_ITEM_SHARE


@dataclass(frozen=True)
class Tip:
    """The newest block; number 1 and time 0 when there is only genesis."""

    number: int
    digest: bytes
    timestamp: int


@dataclass(frozen=True)
class Confirmed:
    """A record that is in a block."""

    tx_id: bytes
    number: int
    packed: bytes
    record: Record


@dataclass(frozen=True)
class Owned:
    """Something that an account owns: a bitmark, a block, or what has become
    shares."""

    kind: ItemKind
    tx_id: bytes
    issue_id: bytes
    issue_block: int
    transfer_block: int
    asset_id: Optional[bytes]
    owned_block: Optional[int]


@dataclass(frozen=True)
class Share:
    """A bitmark that has become shares."""

    total: int
    tx_id: bytes
    number: int


@dataclass(frozen=True)
class Balance:
    """Somebody's part of some shares."""

    account: Account
    share_id: bytes
    balance: int
    since: int


class Counts(NamedTuple):
    """What there is in a store."""

    blocks: int
    transactions: int
    assets: int
    owned: int
    accounts: int
    shares: int


class Store:
    """A store that is opened for reading; ``path`` is its directory, as
    ``data/local`` below that of a daemon."""

    def __init__(self, path: str, chain: str, rules: Optional[str] = None) -> None:
        kept = ffi.new("char[]", path.encode())
        config = ffi.new("struct bitmark_chain_config *")
        config.struct_size = ffi.sizeof("struct bitmark_chain_config")
        config.path = kept
        config.params = params_of(chain)
        config.access = lib.BITMARK_CHAIN_READ
        if rules is not None:
            config.rules = rules_of(rules)
        made = ffi.new("struct bitmark_chain **")
        check(lib.bitmark_chain_open(made, config), path)
        self._chain = ffi.gc(made[0], lib.bitmark_chain_close)
        self._snapshots: "weakref.WeakSet[Snapshot]" = weakref.WeakSet()
        self._closed = False
        self.path = path
        self.network = network_of(chain)

    @property
    def rules(self) -> str:
        """The rules that the chain follows."""
        return name_of(lib.bitmark_chain_rules(self._pointer()))

    def snapshot(self) -> "Snapshot":
        """The chain as it is now."""
        made = Snapshot(self._pointer(), self.network)
        self._snapshots.add(made)
        return made

    def close(self) -> None:
        """Close the store and all of its snapshots."""
        if not self._closed:
            self._closed = True
            for snapshot in list(self._snapshots):
                snapshot.close()
            ffi.release(self._chain)

    def _pointer(self) -> Any:
        if self._closed:
            raise error_of(lib.BITMARK_E_STATE, "the store is closed")
        return self._chain

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, kind: Optional[Type[BaseException]],
                 error: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        self.close()

    def __repr__(self) -> str:
        return "<Store %s>" % self.path


class Snapshot:
    """The chain at one moment; made by ``Store.snapshot``."""

    def __init__(self, chain: Any, network: Network) -> None:
        made = ffi.new("struct bitmark_snapshot **")
        check(lib.bitmark_snapshot_open(chain, made))

        # The chain must outlive it, in whatever order they are collected.
        def close(snapshot: Any, _chain: Any = chain) -> None:
            lib.bitmark_snapshot_close(snapshot)

        self._snapshot = ffi.gc(made[0], close)
        self._network = network
        self._closed = False

    def renew(self) -> None:
        """Move on to the chain as it is now."""
        try:
            check(lib.bitmark_snapshot_renew(self._pointer()))
        except BitmarkError:
            self.close()
            raise

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            ffi.release(self._snapshot)

    # --- blocks ----------------------------------------------------------------

    def tip(self) -> Tip:
        """The newest block."""
        tip = ffi.new("struct bitmark_tip *")
        lib.bitmark_snapshot_tip(self._pointer(), tip)
        return Tip(tip.number, bytes(ffi.buffer(tip.digest)), tip.timestamp)

    def block(self, number: int) -> bytes:
        """A packed block, from 2 on."""
        span = ffi.new("struct bitmark_span *")
        check(lib.bitmark_snapshot_block(self._pointer(), number, span))
        return bytes(ffi.buffer(span.data, span.size))

    def digest(self, number: int) -> bytes:
        """The digest of a block."""
        out = ffi.new("uint8_t[]", lib.BITMARK_DIGEST_SIZE)
        check(lib.bitmark_snapshot_digest(self._pointer(), number, out))
        return bytes(ffi.buffer(out))

    def counts(self) -> Counts:
        """What there is in the store."""
        counts = _sized("struct bitmark_counts")
        check(lib.bitmark_snapshot_counts(self._pointer(), counts))
        return Counts(*(getattr(counts, name) for name in Counts._fields))

    # --- records ---------------------------------------------------------------

    def transaction(self, tx_id: bytes) -> Confirmed:
        """The record with this id; of a block's base record the id is that of
        its foundation.  Assets are found by ``asset``."""
        found = _sized("struct bitmark_confirmed")
        check(lib.bitmark_snapshot_transaction(
            self._pointer(), _id(tx_id, lib.BITMARK_TX_ID_SIZE), found))
        return self._confirmed(tx_id, found)

    def asset(self, asset_id: bytes) -> Confirmed:
        """The first registration of an asset."""
        found = _sized("struct bitmark_confirmed")
        check(lib.bitmark_snapshot_asset(
            self._pointer(), _id(asset_id, lib.BITMARK_ASSET_ID_SIZE), found))
        return self._confirmed(asset_id, found)

    def provenance(self, tx_id: bytes) -> List[Confirmed]:
        """The record, what it links to, and so on to the issue and its asset,
        or to the foundation: newest first."""
        steps: List[Confirmed] = []
        handle = ffi.new_handle((self, steps))
        check(lib.bitmark_snapshot_provenance(
            self._pointer(), _id(tx_id, lib.BITMARK_TX_ID_SIZE),
            lib.on_provenance, handle))
        return steps

    def _confirmed(self, tx_id: bytes, found: Any) -> Confirmed:
        packed = bytes(ffi.buffer(found.packed.data, found.packed.size))
        # A foundation can be made of two base records: the first one is shown.
        return Confirmed(tx_id, found.number, packed,
                         unpack_all(packed, self._network)[0])

    # --- owners ----------------------------------------------------------------

    def owned(self, account: Account, start: int = 0) -> Iterator[Owned]:
        """All that an account owns, in the order in which it came to it."""
        items = ffi.new("struct bitmark_owned[]", _PAGE)
        items[0].struct_size = ffi.sizeof("struct bitmark_owned")
        count = ffi.new("size_t *")
        while True:
            check(lib.bitmark_snapshot_owned(
                self._pointer(), account._account, start, items, _PAGE, count))
            page = [_owned(items[i]) for i in range(count[0])]
            if page:
                start = items[count[0] - 1].n + 1
            yield from page
            if len(page) < _PAGE:
                return

    def owner(self, tx_id: bytes) -> Tuple[Account, Owned]:
        """The owner of the item whose last transaction is ``tx_id``."""
        account = ffi.new("struct bitmark_account *")
        owned = _sized("struct bitmark_owned")
        check(lib.bitmark_snapshot_ownership(
            self._pointer(), _id(tx_id, lib.BITMARK_TX_ID_SIZE), account, owned))
        return Account._copy(account), _owned(owned)

    def item(self, issue_id: bytes) -> Owned:
        """The item that began with this issue, or foundation, as it is now."""
        owned = _sized("struct bitmark_owned")
        check(lib.bitmark_snapshot_item(
            self._pointer(), _id(issue_id, lib.BITMARK_TX_ID_SIZE), owned))
        return _owned(owned)

    # --- shares ----------------------------------------------------------------

    def share(self, share_id: bytes) -> Share:
        """The shares of a bitmark, whose issue id is the share id."""
        total = _sized("struct bitmark_share_total")
        check(lib.bitmark_snapshot_share(
            self._pointer(), _id(share_id, lib.BITMARK_TX_ID_SIZE), total))
        return Share(total.total, bytes(ffi.buffer(total.tx_id)), total.number)

    def balances(self, account: Account) -> Iterator[Balance]:
        """All shares that an account holds."""
        after = ffi.NULL
        for page in _pages(lambda items, count: lib.bitmark_snapshot_share_balances(
                self._pointer(), account._account, after, items, _PAGE, count)):
            yield from page
            after = page[-1].share_id

    def holders(self, share_id: bytes) -> Iterator[Balance]:
        """All who hold a share."""
        wanted = _id(share_id, lib.BITMARK_TX_ID_SIZE)
        after = ffi.NULL
        for page in _pages(lambda items, count: lib.bitmark_snapshot_share_holders(
                self._pointer(), wanted, after, items, _PAGE, count)):
            yield from page
            after = page[-1].account._account

    # --- its life --------------------------------------------------------------

    def _pointer(self) -> Any:
        if self._closed:
            raise error_of(lib.BITMARK_E_STATE, "the snapshot is closed")
        return self._snapshot

    def __enter__(self) -> "Snapshot":
        return self

    def __exit__(self, kind: Optional[Type[BaseException]],
                 error: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        self.close()


@ffi.def_extern(error=1)  # type: ignore[misc]
def on_provenance(user: Any, tx_id: Any, confirmed: Any) -> int:
    snapshot, steps = ffi.from_handle(user)
    is_asset = confirmed.record.tag == lib.BITMARK_RECORD_ASSET
    size = lib.BITMARK_ASSET_ID_SIZE if is_asset else lib.BITMARK_TX_ID_SIZE
    steps.append(snapshot._confirmed(bytes(ffi.buffer(tx_id, size)), confirmed))
    return 0


def _sized(kind: str) -> Any:
    made = ffi.new(kind + " *")
    made.struct_size = ffi.sizeof(kind)
    return made


def _id(value: bytes, size: int) -> bytes:
    if len(value) != size:
        raise error_of(lib.BITMARK_E_ARGUMENT, "an id of %d bytes" % len(value))
    return value


def _owned(owned: Any) -> Owned:
    is_block = owned.item == lib.BITMARK_ITEM_BLOCK
    return Owned(
        ItemKind(owned.item), bytes(ffi.buffer(owned.tx_id)),
        bytes(ffi.buffer(owned.issue_id)), owned.issue_block, owned.transfer_block,
        None if is_block else bytes(ffi.buffer(owned.asset_id)),
        owned.owned_block if is_block else None)


def _pages(read: Any) -> Iterator[List[Balance]]:
    items = ffi.new("struct bitmark_share_balance[]", _PAGE)
    items[0].struct_size = ffi.sizeof("struct bitmark_share_balance")
    count = ffi.new("size_t *")
    while True:
        check(read(items, count))
        page = [Balance(Account._copy(ffi.addressof(items[i], "account")),
                        bytes(ffi.buffer(items[i].share_id)), items[i].balance,
                        items[i].since)
                for i in range(count[0])]
        if page:
            yield page
        if len(page) < _PAGE:
            return


__all__ = [
    "Balance", "Confirmed", "Counts", "ItemKind", "NotFoundError", "Owned",
    "Share", "Snapshot", "Store", "Tip",
]
