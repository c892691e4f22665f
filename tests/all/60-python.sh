#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# The Python package: built by setuptools against the installed library, checked
# by mypy, and tested with golden data, stores and a developer's node.
set -eu
. tests/all/installed.sh
. tests/all/dev.sh
python=/usr/bin/python3

# The copy is built as pip would build it, without the network.
cp -R tests/examples/python "$dir/package"
cd "$dir/package"
"$python" -m pip --version >/dev/null 2>&1 && pip=yes || pip=no
if [ "$pip" = yes ]; then
	"$python" -m pip install --no-index --no-build-isolation --no-deps --quiet \
	    --target "$dir/site" . >"$dir/out" 2>&1 || { cat "$dir/out"; fail "not installed"; }
else
	"$python" setup.py --quiet build --build-lib "$dir/site" >"$dir/out" 2>&1 ||
	    { cat "$dir/out"; fail "not built"; }
fi
[ -e "$dir/site/bitmarkpeer/py.typed" ] || fail "py.typed is not installed"

# What a user's mypy sees is what was installed.
MYPYPATH=$dir/site mypy --strict --cache-dir "$dir/mypy" bitmarkpeer build_native.py tests \
    >"$dir/out" || { cat "$dir/out"; fail "mypy"; }
cd "$top"

# store NAME RULES FILE
store() {
	bitmark-chain --chain local --rules "$2" --database "$dir/$1" load-blocks "$3" \
	    >"$dir/out" 2>&1 || { cat "$dir/out"; fail "no store"; }
}
store golden 8.2 tests/data/chain-a.blocks
store shares 0.16 tests/data/0.16/chain-g.blocks
start_dev

# In the directory of the tests, so that nothing but what was installed is found.
mv "$dir/package/tests" "$dir/tests"
cd "$dir"
PYTHONPATH=$dir/site BITMARK_DATA=$top/tests/data BITMARK_STORE=$dir/golden \
    BITMARK_STORE_SHARES=$dir/shares BITMARK_NODE=$node BITMARK_PUBLISHER=$publisher \
    BITMARK_STORE_LIVE=$dir/chain/data/local \
    timeout 500 "$python" -X faulthandler -W error::ResourceWarning -m unittest \
    tests.test_golden tests.test_store tests.test_life \
    >"$dir/out" 2>&1 || { cat "$dir/out" "$dir/log"; fail "the tests of Python"; }

