# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The older versions with which a version is compared."""

from unixnotif.contract import catalogues
from unixnotif.contract import lineage
from unixnotif.tests import base


class LineageTest(base.TestCase):
    """Older versions."""

    def test_lineage(self) -> None:
        """Earlier versions of the major, or the last version before it."""
        for version, recorded, expected in (
            ('1.10', '1.9 1.2 1.11 2.0', '1.2 1.9'),
            ('2.1', '1.9 2.0 3.0', '2.0'),
            ('2.0', '1.9 1.10', '1.10'),
            ('1.0', '1.1', ''),
            ('1.6', '1.5 1.5.1', '1.5'),
            ('1.5.2', '1.5 1.5.1 1.4 1.4.3 1.6', '1.4 1.5 1.5.1'),
            ('2.0', '1.5 1.5.1', '1.5'),
            ('1.2', 'x 1.1', '1.1'),
            ('x', '1.1', ''),
        ):
            known = dict.fromkeys(recorded.split(), catalogues.Schema())
            self.assertEqual(
                expected.split(), lineage.lineage(version, known), version
            )

    def test_same(self) -> None:
        """Schemas that differ only in status and origin are the same."""
        one = catalogues.Schema(declared={'a': 'string'})
        other = catalogues.Schema(
            'released', 'v1', {'a': 'string'}, inherited={'a': 'x:B 1.0'}
        )
        self.assertTrue(lineage.is_same(one, other))
        self.assertFalse(lineage.is_same(None, other))
        self.assertFalse(
            lineage.is_same(one, catalogues.Schema(observed={'a': 'string'}))
        )
