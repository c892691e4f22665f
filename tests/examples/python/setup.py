# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
"""The extension module; all else about this package is in pyproject.toml."""

from setuptools import setup

setup(cffi_modules=["build_native.py:builder"])
