# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
"""Transaction records: build, sign, pack, unpack, to and from JSON.

A wallet makes a record, signs it and packs it::

    record = issue(asset_id, key.account, nonce=0)
    record.sign(key)
    client.submit(record.pack())

Ids and digests are ``bytes`` in the order of the wire.  A record is used by one
thread at a time; different records are independent.
"""

import enum
import json
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Union

from ._native import ffi, lib
from .errors import check, error_of
from .keys import Account, Network, PrivateKey, span_of
from .rules import ANY, rules_of

Json = Dict[str, Any]


class Kind(enum.IntEnum):
    """The kinds of records, by their numbers on the wire."""

    BASE_DATA = lib.BITMARK_RECORD_BASE_DATA
    ASSET = lib.BITMARK_RECORD_ASSET
    ISSUE = lib.BITMARK_RECORD_ISSUE
    TRANSFER = lib.BITMARK_RECORD_TRANSFER
    COUNTERSIGNED = lib.BITMARK_RECORD_COUNTERSIGNED
    FOUNDATION = lib.BITMARK_RECORD_FOUNDATION
    OWNER_TRANSFER = lib.BITMARK_RECORD_OWNER_TRANSFER
    SHARE = lib.BITMARK_RECORD_SHARE
    GRANT = lib.BITMARK_RECORD_GRANT
    SWAP = lib.BITMARK_RECORD_SWAP

    @property
    def title(self) -> str:
        """The name in JSON and in listings of bitmarkd."""
        return str(ffi.string(lib.bitmark_record_name(int(self))).decode())


class Record:
    """One record.  Made by the functions below, from JSON, or from bytes."""

    __slots__ = ("_record", "_kept", "_signer")

    def __init__(self, record: Any, kept: List[Any]) -> None:
        """For this package: ``record`` borrows from what is in ``kept``."""
        self._record = record
        self._kept = kept
        self._signer: Optional[Account] = None

    # --- bytes ---------------------------------------------------------------

    @classmethod
    def unpack(cls, data: bytes, network: Optional[Network] = None,
               rules: str = ANY) -> "Record":
        """Read one packed record, which is all of ``data``.  Without ``network``
        it may be of either.  No signature is checked: see ``check``."""
        records = unpack_all(data, network, rules)
        if len(records) != 1:
            raise error_of(lib.BITMARK_E_NOT_RECORD,
                           "%d records in the place of one" % len(records))
        return records[0]

    def encode(self) -> bytes:
        """The packed form; nothing is checked."""
        out = ffi.new("uint8_t[]", lib.BITMARK_RECORD_PACKED_MAX)
        size = ffi.new("size_t *")
        check(lib.bitmark_record_encode(self._record, out, len(out), size))
        return bytes(ffi.buffer(out, size[0]))

    def pack(self, signer: Optional[Account] = None, rules: str = ANY) -> bytes:
        """The packed form of a record that is well formed and signed.

        ``signer`` is who must have signed: the owner of the linked record of a
        transfer or a share.  It may be left out after ``sign``, and for the
        kinds of records that name their signer.
        """
        by = signer or self._signer or self._named_signer()
        out = ffi.new("uint8_t[]", lib.BITMARK_RECORD_PACKED_MAX)
        size = ffi.new("size_t *")
        check(lib.bitmark_record_pack(
            rules_of(rules), self._record, ffi.NULL if by is None else by._account,
            out, len(out), size))
        return bytes(ffi.buffer(out, size[0]))

    def check(self, signer: Optional[Account] = None, rules: str = ANY) -> None:
        """Raise unless ``pack`` would pack it."""
        self.pack(signer, rules)

    # --- JSON ----------------------------------------------------------------

    @classmethod
    def from_json(cls, text: str) -> "Record":
        """Read a record as the programs of this project and bitmarkd print it.
        A signature may be missing."""
        data = text.encode()
        made = ffi.new("struct bitmark_record_list **")
        fault = ffi.new("char[]", lib.BITMARK_JSON_FAULT_MAX)
        status = lib.bitmark_record_list_from_json(data, len(data), made, fault)
        check(status, ffi.string(fault).decode())
        records = ffi.gc(made[0], lib.bitmark_record_list_free)
        count = lib.bitmark_record_list_count(records)
        if count != 1:
            raise error_of(lib.BITMARK_E_JSON,
                           "%d records in the place of one" % count)
        return cls(lib.bitmark_record_list_get(records, 0), [records])

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> "Record":
        """The same of a dict."""
        return cls.from_json(json.dumps(fields))

    def to_json(self) -> str:
        """The record as JSON, which ``from_json`` reads."""
        return json.dumps(self.to_dict())

    def to_dict(self) -> Json:
        """The same as a dict: the one shape in which all programs of this
        project print a record, with its kind, its ids and its fields.  Numbers
        that can pass 2**53 are text."""
        context = ffi.new("struct bitmark_record_context *")
        context.struct_size = ffi.sizeof("struct bitmark_record_context")
        context.packed, kept = span_of(self.encode())
        text = ffi.new("char **")
        check(lib.bitmark_record_describe(self._record, context, text, ffi.NULL))
        del kept
        owned = ffi.gc(text[0], lib.bitmark_free)
        fields: Json = json.loads(ffi.string(owned).decode())
        return fields

    # --- what it says --------------------------------------------------------

    @property
    def kind(self) -> Kind:
        return Kind(self._record.tag)

    @property
    def tx_id(self) -> bytes:
        """The transaction id: of the packed form, so it changes when the record
        is signed."""
        packed = self.encode()
        out = ffi.new("uint8_t[]", lib.BITMARK_TX_ID_SIZE)
        lib.bitmark_tx_id(packed, len(packed), out)
        return bytes(ffi.buffer(out))

    @property
    def asset_id(self) -> Optional[bytes]:
        """Of an asset the id that its fingerprint gives it, of an issue that of
        its asset, else None."""
        if self.kind == Kind.ISSUE:
            return bytes(ffi.buffer(self._record.issue.asset_id))
        if self.kind != Kind.ASSET:
            return None
        out = ffi.new("uint8_t[]", lib.BITMARK_ASSET_ID_SIZE)
        lib.bitmark_asset_id(self._record.asset.fingerprint, out)
        return bytes(ffi.buffer(out))

    @property
    def link(self) -> Optional[bytes]:
        """The id of the transaction that this one follows, or None."""
        link = lib.bitmark_record_link(self._record)
        if link == ffi.NULL:
            return None
        return bytes(ffi.buffer(link, lib.BITMARK_TX_ID_SIZE))

    @property
    def owner(self) -> Optional[Account]:
        """Who owns what the record made, or registered the asset; None for
        records of shares."""
        owner = lib.bitmark_record_owner(self._record)
        return None if owner == ffi.NULL else Account._copy(owner)

    @property
    def is_signed(self) -> bool:
        record = self._record
        return record.signature.size > 0 and (
            record.countersignature.size > 0
            or not lib.bitmark_record_is_countersigned(record.tag))

    # --- signing -------------------------------------------------------------

    def sign(self, key: PrivateKey) -> "Record":
        """Sign; gives the record itself."""
        self._sign(lib.bitmark_record_sign, key)
        self._signer = key.account
        return self

    def countersign(self, key: PrivateKey) -> "Record":
        """Sign as the second of two, after ``sign``; gives the record itself."""
        self._sign(lib.bitmark_record_countersign, key)
        return self

    def _sign(self, call: Any, key: PrivateKey) -> None:
        signature = ffi.new("uint8_t[]", lib.BITMARK_SIGNATURE_SIZE)
        check(call(self._record, key._pointer(), signature))
        self._kept.append(signature)

    def _named_signer(self) -> Optional[Account]:
        if self.kind == Kind.GRANT:
            return Account._copy(ffi.addressof(self._record.grant, "owner"))
        if self.kind == Kind.SWAP:
            return Account._copy(ffi.addressof(self._record.swap, "owner_one"))
        return self.owner if self.link is None else None

    def __repr__(self) -> str:
        return "<Record %s %s>" % (self.kind.title, self.tx_id.hex())


# --- making records ------------------------------------------------------------

Id = Union[bytes, str]


def _hex(value: Id) -> str:
    return value if isinstance(value, str) else value.hex()


def asset(name: str, fingerprint: str, registrant: Account,
          metadata: Optional[Mapping[str, str]] = None) -> Record:
    """An asset: what bitmarks are made of."""
    pairs = [part for pair in (metadata or {}).items() for part in pair]
    return Record.from_dict({
        "record": Kind.ASSET.title, "name": name, "fingerprint": fingerprint,
        "metadata": "\0".join(pairs), "registrant": str(registrant)})


def issue(asset_id: Id, owner: Account, nonce: int = 0) -> Record:
    """A bitmark of an asset; its nonce tells it from the asset's others."""
    return Record.from_dict({
        "record": Kind.ISSUE.title, "assetId": _hex(asset_id),
        "owner": str(owner), "nonce": str(nonce)})


def transfer(link: Id, owner: Account, countersigned: bool = False) -> Record:
    """The bitmark whose last transaction is ``link`` goes to ``owner``, who
    signs, too, when it is countersigned."""
    kind = Kind.COUNTERSIGNED if countersigned else Kind.TRANSFER
    return Record.from_dict({
        "record": kind.title, "link": _hex(link), "owner": str(owner)})


def share(link: Id, quantity: int) -> Record:
    """The bitmark becomes so many shares."""
    return Record.from_dict({
        "record": Kind.SHARE.title, "link": _hex(link), "quantity": str(quantity)})


def grant(share_id: Id, quantity: int, owner: Account, recipient: Account,
          before_block: int) -> Record:
    """So many shares go to ``recipient``, who countersigns."""
    return Record.from_dict({
        "record": Kind.GRANT.title, "shareId": _hex(share_id),
        "quantity": str(quantity), "owner": str(owner),
        "recipient": str(recipient), "beforeBlock": str(before_block)})


# --- several -------------------------------------------------------------------


def unpack_each(data: bytes, network: Network,
                rules: str = ANY) -> Iterator[Record]:
    """The packed records of ``data``, one after the other."""
    kept = ffi.from_buffer("uint8_t[]", data)
    at, size = 0, len(data)
    while at < size:
        record = ffi.new("struct bitmark_record *")
        used = ffi.new("size_t *")
        check(lib.bitmark_record_parse(
            rules_of(rules), kept + at, size - at, network, record, used),
            "at byte %d" % at)
        yield Record(record, [kept, data])
        at += used[0]


def unpack_all(data: bytes, network: Optional[Network] = None,
               rules: str = ANY) -> List[Record]:
    """The packed records of ``data``; without ``network`` of either."""
    if network is not None:
        return list(unpack_each(data, network, rules))
    try:
        return list(unpack_each(data, Network.LIVE, rules))
    except ValueError:
        return list(unpack_each(data, Network.TEST, rules))


def pay_id(packed: Sequence[bytes]) -> bytes:
    """The id of a payment for packed records that are paid for together."""
    spans = [span_of(data) for data in packed]
    array = ffi.new("struct bitmark_span[]", [span for span, _ in spans])
    out = ffi.new("uint8_t[]", lib.BITMARK_PAY_ID_SIZE)
    lib.bitmark_pay_id(array, len(spans), out)
    return bytes(ffi.buffer(out))


def fingerprint_of_file(path: str) -> str:
    """What an asset says of a file."""
    text = ffi.new("char[]", lib.BITMARK_FINGERPRINT_TEXT_SIZE)
    with open(path, "rb", buffering=0) as file:
        check(lib.bitmark_fingerprint_read(file.fileno(), text), path)
    return str(ffi.string(text).decode())
