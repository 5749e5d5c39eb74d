# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Tests of the documents whose cost is measured."""

from oslotest import base

from bench import growth
from unixnotif import notification


class DocumentTest(base.BaseTestCase):
    def test_accepted(self) -> None:
        """A consumer accepts every document, also the largest."""
        for size in growth.SIZES:
            data = growth.new_document(size)
            self.assertAlmostEqual(size, len(data), delta=200)
            notification.decode(data)
