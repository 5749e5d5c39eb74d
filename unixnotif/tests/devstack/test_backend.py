# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""All processes of nova on this DevStack run the job's backend.

Rule: skipped unless the job names a backend.
"""

import os

from oslotest import base as oslotest

from unixnotif.tests.devstack import backends

BACKEND = 'UNIXNOTIF_BACKEND'


class BackendTest(oslotest.BaseTestCase):
    """A look into the journal, after the services have started."""

    def test_every_process_runs_the_backend(self) -> None:
        """Also the workers of the API, which uWSGI starts."""
        backend = os.environ.get(BACKEND)
        if not backend:
            self.skipTest(
                f'no backend: {BACKEND} is not set; for example eventlet'
            )
        self.assertIn(backend, backends.BACKENDS, BACKEND)
        wrong = [
            line
            for unit in backends.units()
            for line in backends.mismatches(
                unit, backends.journal(unit), backend
            )
        ]
        self.assertEqual([], wrong, f'{BACKEND}={backend}')
