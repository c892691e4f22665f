#!/usr/bin/python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
"""Check lines of JSON against a schema.

usage: json_schema.py FOLDER NAME AT-LEAST <LINES

Each line has to be valid by FOLDER/NAME.schema.json, and there have to be at
least so many.  Then each member that the line could not do without is taken
away: that has to make it invalid, or the schema would notice nothing.
"""
import json
import os
import sys
import warnings

import jsonschema

warnings.simplefilter('ignore', DeprecationWarning)


def validator(folder, name):
    schemas = {}
    for file in os.listdir(folder):
        with open(os.path.join(folder, file), encoding='ascii') as text:
            schemas[file] = json.load(text)
        jsonschema.Draft202012Validator.check_schema(schemas[file])
    root = schemas[name + '.schema.json']
    resolver = jsonschema.RefResolver(root['$id'], root, store=schemas)
    return jsonschema.Draft202012Validator(root, resolver=resolver)


def needed(name, value):
    if name == 'record':
        return [key for key in value if key not in (
            'txId', 'payId', 'heldBy', 'txIdDisplay', 'assetId') or
            (key == 'txId' and 'inBlock' in value) or
            (key == 'assetId' and value['tag'] in (2, 3))]
    if name == 'block':
        return ['header', 'transactions', 'number']
    return ['event', 'block', 'digest', 'records', 'whole', 'first', 'number']


def main():
    folder, name, least = sys.argv[1:]
    check = validator(folder, name)
    count = 0
    for line in sys.stdin:
        value = json.loads(line)
        for error in check.iter_errors(value):
            sys.exit('%s\nin %s: %s' % (line[:2000], list(error.absolute_path),
                                        error.message[:1000]))
        count += 1
        for key in needed(name, value):
            if key in value and count <= 50:
                less = {k: v for k, v in value.items() if k != key}
                if check.is_valid(less):
                    sys.exit('%s\nis valid without %s' % (line[:2000], key))
    if count < int(least):
        sys.exit('only %d lines for %s' % (count, name))


main()
