# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Tests of sample files."""

import json
import pathlib
from typing import Any

import fixtures
from oslotest import base

from unixnotif import errors
from unixnotif import samples


class SamplesTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.folder = pathlib.Path(self.useFixture(fixtures.TempDir()).path)

    def write(self, name: str, value: Any) -> pathlib.Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value))
        return path

    def test_plain(self) -> None:
        """A file without references may hold any JSON value."""
        values: list[Any] = [{'a': [1, {'b': None}]}, [], 'text', 3]
        for value in values:
            self.assertEqual(value, samples.load(self.write('a.json', value)))

    def test_path(self) -> None:
        """The path is text or an object that stands for it."""
        path = self.write('a.json', {'a': 1})
        self.assertEqual(samples.load(path), samples.load(str(path)))

    def test_reference(self) -> None:
        """Names are relative to the file in which they stand."""
        self.write('common/Ip.json', {'address': '::1'})
        self.write('common/Flavor.json', {'ip': {'$ref': 'Ip.json#'}})
        path = self.write(
            'a.json',
            {
                'flavor': {'$ref': 'common/Flavor.json#'},
                'ips': [{'$ref': './common/../common/Ip.json'}],
            },
        )
        self.assertEqual(
            {
                'flavor': {'ip': {'address': '::1'}},
                'ips': [{'address': '::1'}],
            },
            samples.load(path),
        )

    def test_merged(self) -> None:
        """Keys beside a reference override it, at any depth."""
        self.write('b.json', {'a': {'x': 1, 'y': [1, 2]}, 'b': 1, 'c': {}})
        path = self.write(
            'a.json',
            {
                '$ref': 'b.json#',
                'a': {'y': [3], 'z': None},
                'b': {'new': 1},
                'c': 'text',
                'd': 4,
            },
        )
        self.assertEqual(
            {
                'a': {'x': 1, 'y': [3], 'z': None},
                'b': {'new': 1},
                'c': 'text',
                'd': 4,
            },
            samples.load(path),
        )

    def test_reference_in_an_override(self) -> None:
        """Both sides may refer to files."""
        self.write('b.json', {'a': {'x': 1}})
        self.write('c.json', {'y': 2})
        path = self.write(
            'a.json', {'$ref': 'b.json#', 'a': {'$ref': 'c.json#'}}
        )
        self.assertEqual({'a': {'x': 1, 'y': 2}}, samples.load(path))

    def test_twice(self) -> None:
        """A file may be referred to twice; each place has its own copy."""
        self.write('b.json', {'x': []})
        ref = {'$ref': 'b.json#'}
        loaded = samples.load(self.write('a.json', {'a': ref, 'b': ref}))
        loaded['a']['x'].append(1)
        self.assertEqual({'a': {'x': [1]}, 'b': {'x': []}}, loaded)

    def test_endless(self) -> None:
        """The error about circular references shows the files in order."""
        path = self.write('a.json', {'$ref': 'b/b.json#'})
        other = self.write('b/b.json', {'a': [{'$ref': '../a.json#'}]})
        error = self.assertRaises(errors.DocumentError, samples.load, path)
        self.assertEqual(
            f'samples refer to each other: {path} -> {other} -> {path}',
            str(error),
        )

    def test_missing(self) -> None:
        """The message names the file that cannot be read."""
        path = self.write('a.json', {'$ref': 'b.json#'})
        error = self.assertRaises(errors.UnavailableError, samples.load, path)
        self.assertEqual(
            f'sample {self.folder}/b.json: No such file or directory '
            f'(from {path})',
            str(error),
        )
        error = self.assertRaises(
            errors.UnavailableError, samples.load, self.folder
        )
        self.assertEqual(f'sample {self.folder}: Is a directory', str(error))

    def test_not_json(self) -> None:
        """The message names the file that is not JSON."""
        path = self.folder / 'a.json'
        path.write_text("{'a': 1}")
        error = self.assertRaises(errors.DocumentError, samples.load, path)
        self.assertIn(f'sample {path}: not a JSON document: ', str(error))

    def test_part_of_a_file(self) -> None:
        """A reference names a whole file."""
        for ref in ('b.json#/a', '#/a', '', None, 3):
            path = self.write('a.json', {'x': {'$ref': ref}})
            error = self.assertRaises(errors.DocumentError, samples.load, path)
            self.assertEqual(
                f'sample {path}: {ref!r} does not name a whole file, such as '
                '"common_payloads/FlavorPayload.json#"',
                str(error),
            )

    def test_override_of_a_list(self) -> None:
        """Keys can override an object only, not another value."""
        self.write('b.json', [1])
        path = self.write('a.json', {'$ref': 'b.json#', 'a': 1})
        error = self.assertRaises(errors.DocumentError, samples.load, path)
        self.assertEqual(
            f"sample {path}: 'b.json#' is not an object, so nothing can "
            'be merged into it',
            str(error),
        )
