# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The public API as its users' type checkers see it.

Rule: mypy checks the types in this module, and the tests check the values.
"""

import asyncio
import collections
import importlib.resources
from typing import Any
from typing import assert_type
from typing import TYPE_CHECKING

import unixnotif
from unixnotif import aio
from unixnotif import errors
from unixnotif import filter as filters
from unixnotif import notification
from unixnotif.tests import base

if TYPE_CHECKING:
    # Each of these is an error; mypy would report an ignore without one.
    unixnotif.Consumer('unix:///x', 'group', 'a.*')  # type: ignore[call-arg]
    unixnotif.Consumer(3)  # type: ignore[arg-type]
    unixnotif.Publisher('unix:///x', 0o660)  # type: ignore[call-arg]
    unixnotif.Publisher('unix:///x').publish('{}')  # type: ignore[arg-type]
    unixnotif.Address('/run/x').path = '/y'  # type: ignore[misc]


class TypingTest(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.uri = str(self.new_directory())

    def test_marker(self) -> None:
        """The package says that it is typed."""
        marker = importlib.resources.files(unixnotif) / 'py.typed'

        self.assertTrue(marker.is_file())

    def test_exported(self) -> None:
        """The package exports what it lists, sorted, and nothing private."""
        self.assertEqual(sorted(unixnotif.__all__), unixnotif.__all__)
        for name in unixnotif.__all__:
            self.assertTrue(hasattr(unixnotif, name))

    def test_address(self) -> None:
        """An address is made of a URI or of its parts."""
        address = unixnotif.Address.parse(self.uri)
        assert_type(address, unixnotif.Address)
        assert_type(unixnotif.Address.parse(address), unixnotif.Address)
        assert_type(address.path, str)
        assert_type(address.is_directory, bool)

        self.assertEqual(
            address, unixnotif.Address(address.path, is_directory=True)
        )

    def test_notification(self) -> None:
        """A notification has typed fields, a document and a filter."""
        made = unixnotif.Notification.from_document(
            base.new_notification({}).document
        )
        assert_type(made, unixnotif.Notification)
        assert_type(made.message_id, str)
        assert_type(made.publisher_id, str | None)
        assert_type(made.event_type, str)
        assert_type(made.priority, str)
        assert_type(made.timestamp, str)
        assert_type(made.topics, tuple[str, ...])
        assert_type(made.exchange, str | None)
        assert_type(made.context, dict[str, Any])
        assert_type(made.sender, notification.Sender | None)
        assert_type(made.document, dict[str, Any])
        wanted = filters.Filter(event_type=['instance.*', 'x'])
        assert_type(wanted.matches(made), bool)

        self.assertIsInstance(assert_type(made.encode(), bytes), bytes)

    def test_both_ends(self) -> None:
        """A publisher gives deliveries, a consumer notifications."""
        with (
            unixnotif.Publisher(self.uri, mode=0o660, group=None) as publisher,
            unixnotif.Consumer(
                self.uri, 'audit', event_type='*.end', priority='info'
            ) as consumer,
        ):
            assert_type(publisher, unixnotif.Publisher)
            assert_type(publisher.address, unixnotif.Address)
            assert_type(publisher.refresh(), int)
            delivery = publisher.publish(base.document())
            assert_type(delivery, unixnotif.Delivery)
            assert_type(delivery.subscribers, int)
            assert_type(delivery.delivered, int)
            assert_type(delivery.dropped, dict[str, int])
            publisher.publish(lambda: base.document())
            assert_type(consumer, unixnotif.Consumer)
            assert_type(consumer.fileno(), int)
            assert_type(consumer.lost, int)
            assert_type(consumer.lost_reasons, collections.Counter[str])
            assert_type(consumer.rejected, collections.Counter[str])
            received = consumer.receive(timeout=0.5)
            assert_type(received, unixnotif.Notification | None)
            for each in consumer:
                assert_type(each, unixnotif.Notification)
                break

            self.assertEqual(received, each)

    def test_aio(self) -> None:
        """The asyncio consumer gives the same."""

        async def main() -> None:
            async with aio.Consumer(self.uri, topic=None) as consumer:
                assert_type(consumer, aio.Consumer)
                with unixnotif.Publisher(self.uri) as publisher:
                    publisher.publish(base.document())
                    publisher.publish(base.document())
                received = await consumer.receive(timeout=0.5)
                assert_type(received, unixnotif.Notification | None)
                assert_type(consumer.lost, int)
                async for each in consumer:
                    assert_type(each, unixnotif.Notification)
                    break
                self.assertEqual(received, each)

        asyncio.run(main())

    def test_errors(self) -> None:
        """All errors have one base, and each says whose fault it is."""
        in_use = errors.InUseError('in use', 7)
        assert_type(in_use.pid, int | None)
        unavailable: errors.UnavailableError = in_use
        bad_value: ValueError = errors.AddressError('bad')
        every: list[errors.UnixNotifError] = [
            unavailable,
            errors.AddressError('bad'),
            errors.DocumentError('bad'),
            errors.PeerError('bad'),
            errors.PlatformError('bad'),
        ]

        self.assertEqual(5, len(every))
        self.assertIsInstance(bad_value, errors.UnixNotifError)
