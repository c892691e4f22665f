#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# The explorer's page in a real browser, over a chain that grows and is reorganised
# while it looks: tests/browser tells what is wanted.
# shellcheck disable=SC2154
set -eu
cd "$(dirname "$0")/../.."
. tests/all/installed.sh
. tests/net/await.sh
. tests/browser/world.sh
trap end_world EXIT
trap 'exit 1' INT TERM

modules=${BITMARK_BUILD:?}/browser
install_modules "$modules"

start_chain
make_world
# shellcheck disable=SC2154
start_explorer "$port"
export WORLD_DIR="$dir" EXPLORER_URL="http://127.0.0.1:$port" TOP="$PWD"
cd "$modules"
HOME=$dir timeout 800 node --test --test-reporter=spec explorer.test.mjs
