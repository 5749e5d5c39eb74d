# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The how-to guide of report pages: its commands write pages."""

from unixnotif.tests import base as testing
from unixnotif.tests.examples import base

_CATALOGUE = testing.ROOT / 'unixnotif/tests/devstack/samples/nova.json'


class ReportTest(base.ExampleTest):
    def words(self) -> str:
        """Return the page."""
        text = (self.work / 'report.html').read_text()
        return ' '.join(text.replace('\u00a0', ' ').split())

    def test_stestr(self) -> None:
        """A run under stestr has a page."""
        self.write('programs/test_thing.py', 'test_thing.py')
        (self.work / '.stestr.conf').write_text('[DEFAULT]\ntest_path=.\n')
        self.check_session('console/report.console')
        self.assertIn('1 notification of 1 event type', self.words())
        self.assertIn('in 1 test,', self.words())

    def test_pytest(self) -> None:
        """A run under pytest has a page."""
        self.write('programs/test_thing.py', 'test_thing.py')
        self.check_session('console/report_pytest.console')
        self.assertIn('in 1 test,', self.words())

    def test_catalogue(self) -> None:
        """The page says whether the payloads keep the contract."""
        for name, path in (
            ('capture.jsonl', base.EXAMPLES / 'nova.jsonl'),
            ('nova.json', _CATALOGUE),
        ):
            (self.work / name).write_bytes(path.read_bytes())
        self.check_session('console/report_catalogue.console')
        self.assertIn('id="findings"', self.words())

    def test_sampled(self) -> None:
        """A recording that is too large is sampled."""
        path = self.work / 'capture.jsonl'
        path.write_bytes((base.EXAMPLES / 'nova.jsonl').read_bytes())
        self.check_session('console/report_sampled.console')
        self.assertIn('Sampled: ', self.words())
