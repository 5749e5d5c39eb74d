# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The test notification."""

from unixnotif.doctor import trials
from unixnotif.doctor.checks import delivery
from unixnotif.tests import base
from unixnotif.tests.unit.doctor.checks import cases


class TrialTest(base.TestCase):
    def test_results(self) -> None:
        """A failure is a problem, or a consequence of another one."""
        for trial, name, level in (
            (trials.Trial('refused'), 'cannot-subscribe', 'problem'),
            (trials.Trial('', 'a', 'denied'), 'test-notification', 'problem'),
            (trials.Trial('', 'a', '', True), 'test-notification', 'ok'),
        ):
            [found] = delivery.check(cases.DIRECTORY, trial, False)
            self.assertEqual((name, level), (found.name, found.level))
            [found] = delivery.check(cases.DIRECTORY, trial, True)
            self.assertNotEqual('problem', found.level)

    def test_forbidden(self) -> None:
        """The fix names the causes that modes do not show."""
        trial = trials.Trial('refused', is_forbidden=True)
        [found] = delivery.check(cases.DIRECTORY, trial, False)
        self.assertIn(f'chattr -i {cases.DIRECTORY.path};', found.fix)
        self.assertIn('SELinux or AppArmor', found.fix)
        [found] = delivery.check(cases.SOCKET, trial, False)
        self.assertEqual(
            'look for SELinux or AppArmor in the log of the system', found.fix
        )

    def test_a_socket(self) -> None:
        """At a socket, the doctor sends nothing and has no finding."""
        self.assertEqual(
            [], delivery.check(cases.SOCKET, trials.Trial(), False)
        )
