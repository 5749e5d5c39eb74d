# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The journal: few log lines, and every drop is part of one of them."""

import logging

from unixnotif import address
from unixnotif import shares
from unixnotif.publisher import drops
from unixnotif.publisher import refusals
from unixnotif.tests import base

WHERE = address.Address('/run/x')


class JournalCase(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.clock = self.new_clock()
        self.journal = drops.Journal(WHERE, refusals.Refusals(WHERE.path))

    def noted(self) -> list[tuple[int, str]]:
        """Return the lines that wait, and write them."""
        lines = list(self.journal.lines)
        self.journal.write()
        return lines


class DropsTest(JournalCase):
    def warned(self) -> list[str]:
        return [line.partition(f'{WHERE} ')[2] for line in self.logged]

    def test_no_drop(self) -> None:
        """Without a drop the journal logs nothing."""
        self.journal.write_drops()
        self.journal.write_drops(due_only=True)
        self.journal.add({}, ())
        self.journal.write_drops()

        self.assertEqual([], self.logged)

    def test_text(self) -> None:
        """The warning gives the total, the address and the reasons."""
        self.journal.add({'a': 1, 'b': 2}, ())
        self.journal.write_drops()

        self.assertEqual(
            [
                'WARNING 3 notifications for subscribers of '
                'unix+dir:///run/x were dropped (a: 1, b: 2).'
            ],
            self.logged,
        )

    def test_buffer_full(self) -> None:
        """The warning explains buffer_full, and only this reason."""
        self.journal.add({'a': 1, 'buffer_full': 2}, ())
        self.journal.write_drops()

        self.assertEqual(
            [
                'were dropped (a: 1, buffer_full: 2). buffer_full: a '
                'subscriber reads too slowly.'
            ],
            self.warned(),
        )

    def test_each_drop_is_in_one_warning(self) -> None:
        """Drops within the interval are part of the next warning."""
        self.journal.add({'a': 1}, ())
        self.journal.write_drops(due_only=True)
        self.journal.add({'a': 2}, ())
        self.journal.add({'b': 3}, ())
        self.journal.write_drops(due_only=True)
        self.assertEqual(['was dropped (a: 1).'], self.warned())
        self.clock.advance(drops.WARN_INTERVAL)
        self.journal.write_drops(due_only=True)
        self.journal.write_drops(due_only=True)
        self.assertEqual('were dropped (a: 2, b: 3).', self.warned()[1])
        self.journal.add({'c': 4}, ())
        # The publisher closes: no drop may stay unlogged.
        self.journal.write_drops()
        self.journal.write_drops()
        self.assertEqual(['were dropped (c: 4).'], self.warned()[2:])

    def test_users(self) -> None:
        """The warning names the users whose subscribers missed something."""
        self.journal.add({'a': 1}, [7])
        self.journal.write_drops()
        self.journal.add({'a': 1}, {8})
        self.journal.add({'a': 1}, (8, 7))
        self.journal.write_drops()

        self.assertEqual(
            [
                'was dropped (a: 1) for user 7.',
                'were dropped (a: 2) for users 7, 8.',
            ],
            self.warned(),
        )

    def test_exempt_users(self) -> None:
        """Root and the user of this process need no name."""
        self.patch(shares, '_geteuid', lambda: 8)
        self.journal.add({'a': 1}, [0, 8])
        self.journal.write_drops()
        self.journal.add({'a': 1}, [0, 7, 8])
        self.journal.write_drops()

        self.assertEqual(
            ['was dropped (a: 1).', 'was dropped (a: 1) for user 7.'],
            self.warned(),
        )

    def test_users_of_the_next_warning(self) -> None:
        """A warning does not repeat the users of the previous warning."""
        for uid in 7, 8:
            self.journal.add({'a': 1}, [uid])
            self.journal.write_drops()

        self.assertEqual(
            [f'was dropped (a: 1) for user {uid}.' for uid in (7, 8)],
            self.warned(),
        )

    def test_many_users(self) -> None:
        """One line names a bounded number of users."""
        self.journal.add({'a': 1000}, range(1, 1000))
        self.journal.write_drops()

        self.assertEqual(
            ['were dropped (a: 1000) for users 1, 2, 3, 4, 5, others.'],
            self.warned(),
        )

    def test_write_leaves_drops(self) -> None:
        """Writing the lines does not write the drops."""
        self.journal.add({'a': 1}, ())
        self.journal.write()

        self.assertEqual([], self.logged)

    def test_handler_adds_drops(self) -> None:
        """A log handler that causes a drop does not log without end."""
        calls: list[str] = []

        def emit(record: logging.LogRecord) -> None:
            calls.append(record.getMessage())
            self.journal.add({'nested': 1}, ())
            self.journal.write_drops(due_only=True)

        handler = logging.Handler()
        self.patch(handler, 'emit', emit)
        drops.LOG.addHandler(handler)
        self.addCleanup(drops.LOG.removeHandler, handler)
        self.journal.add({'a': 1}, ())
        self.journal.write_drops(due_only=True)

        self.assertEqual(1, len(calls))
        drops.LOG.removeHandler(handler)
        self.journal.write_drops()
        self.assertEqual('was dropped (nested: 1).', self.warned()[1])


class LinesTest(JournalCase):
    def test_nothing_is_logged_before_write(self) -> None:
        """A note is logged by write(), once."""
        self.journal.complain('no parent')
        self.assertEqual([], self.logged)

        self.journal.write()
        self.journal.write()

        self.assertEqual(
            [
                'ERROR Cannot publish to unix+dir:///run/x: no parent. '
                'Retrying at the next notification.'
            ],
            self.logged,
        )
        self.assertEqual([], self.journal.lines)

    def test_ready(self) -> None:
        """A usable address is noted at level INFO."""
        self.journal.ready()

        self.assertEqual(
            [(logging.INFO, 'Ready: publishing to unix+dir:///run/x.')],
            self.noted(),
        )

    def test_same_complaint(self) -> None:
        """The same reason is an error once per interval."""
        self.clock.stop()
        for _ in range(3):
            self.journal.complain('no parent')
        self.assertEqual(1, len(self.noted()))
        self.clock.advance(drops.WARN_INTERVAL - 1)
        self.journal.complain('no parent')
        self.assertEqual([], self.noted())

        self.clock.advance(1)
        self.journal.complain('no parent')
        self.journal.complain('no parent')

        self.assertEqual(1, len(self.noted()))

    def test_other_complaint(self) -> None:
        """Another reason is an error at once."""
        self.journal.complain('no parent')
        self.journal.complain('no permission')

        self.assertEqual(
            [logging.ERROR] * 2, [level for level, _ in self.noted()]
        )

    def test_complaints_in_turn(self) -> None:
        """Reasons that take turns are errors once per interval each."""
        for _ in range(3):
            for reason in 'no parent', 'no permission':
                self.journal.complain(reason)

        self.assertEqual(2, len(self.noted()))

    def test_many_complaints(self) -> None:
        """The journal remembers a bounded number of reasons."""
        for n in range(1000):
            self.journal.complain(f'process {n}')

        self.assertEqual(1000, len(self.noted()))
        self.assertLessEqual(
            len(self.journal._complaints), drops._MAX_COMPLAINTS
        )

    def test_complaint_after_success(self) -> None:
        """A reason that returns after a success is an error at once."""
        self.journal.complain('no parent')
        self.journal.ready()
        self.noted()

        self.journal.complain('no parent')

        self.assertEqual([logging.ERROR], [level for level, _ in self.noted()])

    def test_refused(self) -> None:
        """The warning gives the number, the limits and the users."""
        for refused, text in (
            ({5: 1}, '1 subscriber of unix+dir:///run/x receives'),
            ({7: 2, 5: 3}, '5 subscribers of unix+dir:///run/x receive'),
        ):
            self.journal.refuse(refused, 10)
            self.clock.advance(drops.WARN_INTERVAL)
            users = 'user 5' if len(refused) == 1 else 'users 5, 7'

            self.assertEqual(
                [
                    (
                        logging.WARNING,
                        f'{text} nothing. The limit is 10 in total '
                        '(max_subscribers), and 2 for each user except root '
                        'and the user of this process. Affected: '
                        f'{users}. Raise max_subscribers, or stop '
                        'subscribers.',
                    )
                ],
                self.noted(),
            )

    def test_refused_once_a_minute(self) -> None:
        """However many are refused, there is one warning per interval."""
        self.clock.stop()
        for uid in range(5):
            self.journal.refuse({uid: uid + 1}, 10)
        self.assertEqual(1, len(self.noted()))
        self.clock.advance(drops.WARN_INTERVAL - 1)
        self.journal.refuse({1: 1}, 10)
        self.assertEqual([], self.noted())

        self.clock.advance(1)
        for _ in range(2):
            self.journal.refuse({1: 1}, 10)

        self.assertEqual(1, len(self.noted()))

    def test_many_refused_users(self) -> None:
        """One line names a bounded number of users."""
        self.journal.refuse(dict.fromkeys(range(1000), 1), 10)

        [(_, text)] = self.noted()

        self.assertIn('Affected: users 0, 1, 2, 3, 4, others.', text)

    def test_denied(self) -> None:
        """One warning per interval names the users and an escaped path."""
        self.clock.stop()
        self.journal.deny({'a\x1b\n.sock': 7})
        for uid in 9, 5, 7:
            self.journal.deny({f'{uid}.sock': uid})
        begin = (
            'Some subscribers of unix+dir:///run/x receive nothing: this '
            'process has no permission to write to their sockets'
        )
        self.assertEqual(
            [
                (
                    logging.WARNING,
                    f'{begin} (user 7; for example socket '
                    r'/run/x/a\u001b\n.sock (removed)). '
                    'Run: unixnotif doctor unix+dir:///run/x',
                )
            ],
            self.noted(),
        )
        self.clock.advance(drops.WARN_INTERVAL)
        self.journal.deny({'x.sock': 9})

        # Also those that were found meanwhile.
        self.assertEqual(
            [
                (
                    logging.WARNING,
                    f'{begin} (users 5, 7, 9; for example socket '
                    '/run/x/5.sock (removed)). '
                    'Run: unixnotif doctor unix+dir:///run/x',
                )
            ],
            self.noted(),
        )

    def test_many_denied_users(self) -> None:
        """The journal remembers a bounded number of users."""
        self.journal.deny({'0.sock': 5000})
        self.noted()
        for uid in range(1000, 0, -1):
            self.journal.deny({'x.sock': uid})
        self.assertLess(len(self.journal._denied), 10)
        self.clock.advance(drops.WARN_INTERVAL)
        self.journal.deny({'x.sock': 1})

        [(_, text)] = self.noted()

        self.assertIn('(users 1, 2, 3, 4, 5, others; for', text)

    def test_order(self) -> None:
        """Lines are logged in the order in which they were noted."""
        self.journal.complain('no parent')
        self.journal.refuse({0: 1}, 10)

        self.journal.write()

        self.assertEqual(
            ['ERROR', 'WARNING'], [line.split()[0] for line in self.logged]
        )
