# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
"""Chains, and the rules of a release."""

from typing import Any

from ._native import ffi, lib
from .errors import error_of
from .keys import Network

ANY = "any"


def rules_of(name: str) -> Any:
    """The library's table for "8.2" or "0.16", or for "any": the widest reading
    of both, for decoders."""
    found = (lib.bitmark_rules_decode() if name == ANY
             else lib.bitmark_rules_find(name.encode()))
    if found == ffi.NULL:
        raise error_of(lib.BITMARK_E_ARGUMENT, "no rules %r" % name)
    return found


def params_of(chain: str) -> Any:
    """The library's table for a chain: "bitmark", "testing" or "local"."""
    found = lib.bitmark_chain_params_find(chain.encode())
    if found == ffi.NULL:
        raise error_of(lib.BITMARK_E_INVALID_CHAIN, chain)
    return found


def network_of(chain: str) -> Network:
    """The network whose accounts a chain has."""
    return Network(params_of(chain).network)


def default_rules(chain: str) -> str:
    """The rules that a chain follows when nothing else is said."""
    return name_of(lib.bitmark_rules_default(params_of(chain)))


def name_of(rules: Any) -> str:
    """The name of a library's table of rules."""
    return str(ffi.string(rules.name).decode())
