# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
"""Accounts, private keys, seeds and recovery phrases; keys of peers.

All functions may be called by any thread.  A ``PrivateKey`` is wiped when it
is closed or goes away, and its ``repr`` shows the account alone.  Texts that a
secret is written to are ordinary strings, which Python cannot wipe: ask for
them only when they are to be shown or kept.
"""

import enum
from typing import Any, Optional, Tuple, Type
from types import TracebackType

from ._native import ffi, lib
from .errors import BitmarkError, check, error_of


class Network(enum.IntEnum):
    """The network that an account belongs to."""

    LIVE = lib.BITMARK_NETWORK_LIVE
    TEST = lib.BITMARK_NETWORK_TEST


class Language(enum.IntEnum):
    """The languages of recovery phrases."""

    ENGLISH = lib.BITMARK_LANGUAGE_ENGLISH
    CHINESE_TRADITIONAL = lib.BITMARK_LANGUAGE_CHINESE_TRADITIONAL
    CHINESE_SIMPLIFIED = lib.BITMARK_LANGUAGE_CHINESE_SIMPLIFIED


class SeedVersion(enum.IntEnum):
    """How long the secret is: 32 bytes, or 17 with a shorter phrase."""

    V1 = lib.BITMARK_SEED_V1
    V2 = lib.BITMARK_SEED_V2


def span_of(data: bytes) -> Tuple[Any, Any]:
    """A struct bitmark_span by value, and what keeps its bytes alive."""
    kept = ffi.from_buffer("uint8_t[]", data)
    return ffi.new("struct bitmark_span *", (kept, len(data)))[0], kept


class Account:
    """A public account: who owns a bitmark, and who signs.

    Accounts are values: they can be compared and used as keys of a dict, and
    ``str(account)`` is the base58 text.
    """

    __slots__ = ("_account",)

    def __init__(self, text: str) -> None:
        data = text.encode()
        self._account = ffi.new("struct bitmark_account *")
        check(lib.bitmark_account_from_text(data, len(data), self._account), text)

    @classmethod
    def _copy(cls, account: Any) -> "Account":
        made = cls.__new__(cls)
        made._account = ffi.new("struct bitmark_account *", account[0])
        return made

    @classmethod
    def from_bytes(cls, packed: bytes) -> "Account":
        """Read the packed form."""
        made = ffi.new("struct bitmark_account *")
        check(lib.bitmark_account_parse(packed, len(packed), made))
        return cls._copy(made)

    def to_bytes(self) -> bytes:
        """The packed form."""
        out = ffi.new("uint8_t[]", lib.BITMARK_ACCOUNT_PACKED_MAX)
        return bytes(ffi.buffer(out, lib.bitmark_account_pack(self._account, out)))

    @property
    def network(self) -> Network:
        return Network(self._account.network)

    @property
    def public_key(self) -> bytes:
        size = lib.bitmark_account_key_size(self._account)
        return bytes(ffi.buffer(self._account.key, size))

    @property
    def is_zero(self) -> bool:
        """Nobody's: bitmarks that were sent there are gone."""
        return bool(lib.bitmark_account_is_zero(self._account))

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Did this account sign ``message``?"""
        said, kept_message = span_of(message)
        signed, kept_signature = span_of(signature)
        status = lib.bitmark_account_verify(
            self._account, said, signed, lib.BITMARK_STRICT)
        del kept_message, kept_signature
        return bool(status == lib.BITMARK_OK)

    def __str__(self) -> str:
        text = ffi.new("char[]", lib.BITMARK_ACCOUNT_TEXT_MAX)
        lib.bitmark_account_to_text(self._account, text)
        return str(ffi.string(text).decode())

    def __repr__(self) -> str:
        return "Account(%r)" % str(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Account):
            return NotImplemented
        return bool(lib.bitmark_account_equal(self._account, other._account))

    def __hash__(self) -> int:
        return hash(self.to_bytes())


class PrivateKey:
    """The secret that signs for an account.

    ``PrivateKey(text)`` reads any form that users have: a base58 private key,
    a seed with or without ``SEED:``, a recovery phrase.  Used with ``with``,
    or closed, the key is wiped at once.
    """

    __slots__ = ("_key",)

    def __init__(self, text: str) -> None:
        data = text.encode()
        key = _new_key()
        check(lib.bitmark_private_key_from_text(data, len(data), key))
        self._key = key

    @classmethod
    def _own(cls, key: Any) -> "PrivateKey":
        made = cls.__new__(cls)
        made._key = key
        return made

    @classmethod
    def generate(cls, network: Network) -> "PrivateKey":
        """A new random key.  One that is to be kept is better made from a seed,
        which can be written down: ``new_seed``."""
        key = _new_key()
        lib.bitmark_private_key_generate(network, ffi.NULL, key)
        return cls._own(key)

    @classmethod
    def from_seed_bytes(cls, network: Network, seed: bytes) -> "PrivateKey":
        """The key of a 32 byte Ed25519 seed."""
        if len(seed) != 32:
            raise error_of(lib.BITMARK_E_KEY_LENGTH)
        key = _new_key()
        lib.bitmark_private_key_from_seed(network, seed, key)
        return cls._own(key)

    @property
    def account(self) -> Account:
        account = ffi.new("struct bitmark_account *")
        lib.bitmark_private_key_account(self._pointer(), account)
        return Account._copy(account)

    def sign(self, message: bytes) -> bytes:
        """The signature of ``message``."""
        out = ffi.new("uint8_t[]", lib.BITMARK_SIGNATURE_SIZE)
        said, kept = span_of(message)
        lib.bitmark_private_key_sign(self._pointer(), said, out)
        del kept
        return bytes(ffi.buffer(out))

    def to_text(self) -> str:
        """The base58 private key.  Secret."""
        return _secret(lambda text: lib.bitmark_private_key_to_text(
            self._pointer(), text))

    def close(self) -> None:
        """Wipe the key; nothing but closing is allowed afterwards."""
        if self._key is not None:
            ffi.release(self._key)
            self._key = None

    def _pointer(self) -> Any:
        if self._key is None:
            raise error_of(lib.BITMARK_E_STATE, "the key is closed")
        return self._key

    def __enter__(self) -> "PrivateKey":
        return self

    def __exit__(self, kind: Optional[Type[BaseException]],
                 error: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        self.close()

    def __repr__(self) -> str:
        return "<PrivateKey of %s>" % (
            "nobody: closed" if self._key is None else self.account)


def _new_key() -> Any:
    return ffi.gc(ffi.new("struct bitmark_private_key *"),
                  lib.bitmark_private_key_wipe)


def _secret(write: Any, size: int = lib.BITMARK_SECRET_TEXT_MAX) -> str:
    """What ``write`` writes to a buffer, which is wiped afterwards."""
    text = ffi.new("char[]", size)
    try:
        status = write(text)
        if status is not None:
            check(status)
        return str(ffi.string(text).decode())
    finally:
        ffi.memmove(text, bytes(size), size)


def new_seed(network: Network,
             version: SeedVersion = SeedVersion.V1) -> Tuple[str, PrivateKey]:
    """A new seed as base58 text, which is to be kept, and its key."""
    key = _new_key()
    text = _secret(lambda out: lib.bitmark_seed_generate(
        version, network, ffi.NULL, out, key))
    return text, PrivateKey._own(key)


def phrase_of_seed(seed: str, language: Language = Language.ENGLISH,
                   words: int = 0) -> str:
    """The seed as a recovery phrase: of 24 words, or of 12 or 13 for a seed of
    version 2.  Secret."""
    data = seed.encode()
    return _secret(lambda out: lib.bitmark_seed_to_phrase(
        data, len(data), language, words, out), lib.BITMARK_PHRASE_TEXT_MAX)


def seed_of_phrase(phrase: str) -> str:
    """The seed that a recovery phrase holds.  Secret.

    The error for a word that is not known says which one it is, not what it
    is: it may be a secret with one letter wrong.
    """
    data = phrase.encode()
    wrong = ffi.new("size_t *")

    def write(out: Any) -> None:
        check_status = lib.bitmark_seed_from_phrase(data, len(data), out, wrong)
        check(check_status, "word %d" % wrong[0] if wrong[0] else "")

    return _secret(write)


def new_peer_key() -> Tuple[bytes, bytes]:
    """A new pair, public and private, as nodes and their clients have."""
    public = ffi.new("uint8_t[]", lib.BITMARK_PEER_KEY_SIZE)
    private = ffi.new("uint8_t[]", lib.BITMARK_PEER_KEY_SIZE)
    lib.bitmark_peer_key_generate(ffi.NULL, public, private)
    return bytes(ffi.buffer(public)), bytes(ffi.buffer(private))


def peer_key(text_or_path: str) -> bytes:
    """The public key of a node: 64 hex digits, or the path of a key file."""
    out = ffi.new("uint8_t[]", lib.BITMARK_PEER_KEY_SIZE)
    data = text_or_path.encode()
    if lib.bitmark_peer_key_parse_public(data, len(data), out) != lib.BITMARK_OK:
        check(lib.bitmark_peer_key_read_public(data, out), text_or_path)
    return bytes(ffi.buffer(out))


__all__ = [
    "Account", "BitmarkError", "Language", "Network", "PrivateKey",
    "SeedVersion", "new_peer_key", "new_seed", "peer_key", "phrase_of_seed",
    "seed_of_phrase",
]
