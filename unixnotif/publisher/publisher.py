# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The publisher: one document in, one copy to every subscriber.

Rule: ``publish`` makes only non-blocking system calls, in the caller's
thread. A bad subscriber costs a count, never a stall or an error. The
publisher never waits. If a call interrupts another call of its thread, the
publisher keeps the document until the outer call ends.
"""

import collections
from collections.abc import Hashable
from collections.abc import Iterable
import logging
import sys
from typing import Any
from typing import Final
from typing import Self

from unixnotif import address as addresses
from unixnotif import errors
from unixnotif import packet
from unixnotif import polling
from unixnotif import process
from unixnotif.packet import Outcome
from unixnotif.publisher import deliveries
from unixnotif.publisher import drops
from unixnotif.publisher import refusals
from unixnotif.publisher import relief
from unixnotif.publisher import route
from unixnotif.publisher import sources
from unixnotif.publisher import subscriber

LOG = logging.getLogger(__name__)

MAX_SUBSCRIBERS: Final = 1024
# Maximum number of documents that the publisher keeps until the outer call
# ends.
_MAX_DEFERRED: Final = 64

# Bytes of a dropped document in the log.
_MAX_LOGGED: Final = 300

# An attribute of an enum costs more than a global.
_DELIVERED: Final = Outcome.DELIVERED
_BUFFER_FULL: Final = Outcome.BUFFER_FULL


class Publisher:
    """Publishes documents at one address.

    Any number of threads and greenlets may use one publisher. A forked child
    opens its own sockets at first use. Documents are delivered in the order
    of the calls. A signal handler or a finalizer may call ``publish`` while
    its thread is inside ``publish``. The outer call then delivers both
    documents.

    :param address: an Address or a URI
    :param mode: mode of the listening socket; by default 0o660. If the
        publisher creates a rendezvous directory, the directory gets the
        corresponding mode: 0o3770 for 0o660
    :param group: name or number of the group that may subscribe; None is the
        group of the process
    :param send_buffer_size: SO_SNDBUF of each subscriber in bytes
    :param max_message_size: in bytes; a larger document is dropped
    :param max_subscribers: maximum number of subscribers. The subscribers of
        one user may be at most a quarter of this number, unless the user is
        root or the user of the process. Additional subscribers receive
        nothing, and the publisher logs a warning.
    :raises AddressError: the URI is not an address

    :ivar dropped: number of drops by reason, over all subscribers
    """

    # An interpreter that ends clears modules before objects.
    _is_finalizing = staticmethod(sys.is_finalizing)

    def __init__(
        self,
        address: addresses.Address | str,
        *,
        mode: int = 0o660,
        group: str | None = None,
        send_buffer_size: int = packet.SEND_BUFFER_SIZE,
        max_message_size: int = packet.MAX_MESSAGE_SIZE,
        max_subscribers: int = MAX_SUBSCRIBERS,
    ) -> None:
        self.address = addresses.Address.parse(address)
        self._settings = sources.Settings(
            mode, group, send_buffer_size, max_subscribers
        )
        self._max_message_size = max_message_size
        self._refused = refusals.Refusals(self.address.path)
        self._route = self._new_route()
        self._closing = False
        self._reset()
        process.track(self)

    def _new_route(self) -> route.Route:
        return route.Route(self.address, self._settings, self._refused)

    def _reset(self) -> None:
        """Reset to the state of a new publisher, without closing anything."""
        self.dropped: collections.Counter[str] = collections.Counter()
        self._lock = polling.NativeLock()
        # With their kinds.
        self._deferred: collections.deque[tuple[bytes, Hashable]] = (
            collections.deque()
        )
        self._excess = 0
        self._journal = drops.Journal(self.address, self._refused)
        self._ending = False

    @property
    def closed(self) -> bool:
        """True if :meth:`close` was called."""
        return self._closing

    def open(self) -> None:
        """Listen on the socket, or create the directory.

        A ``with`` statement calls this method. Without this call,
        :meth:`publish` opens the address, and logs a failure.

        :raises InUseError: a living process owns the ``unix://`` address
        :raises UnavailableError: the address cannot be used now;
            :meth:`publish` retries
        """
        process.check()
        if self._lock._is_owned():
            return
        try:
            with self._lock:
                self._route.retry()
                self._look()
            self._journal.write()
        except OSError as e:
            raise errors.UnavailableError(f'{self.address}: {e}') from e
        finally:
            self._catch_up()

    def refresh(self) -> int:
        """Look for subscribers now; log a failure.

        :returns: number of subscribers
        """
        process.check()
        if self._lock._is_owned():
            return len(self._route.source.targets)
        try:
            with self._lock:
                self._try_to_look()
                count = len(self._route.source.targets)
            # Without the lock: a log handler may yield, or publish.
            self._journal.write()
        finally:
            self._catch_up()
        return count

    def _look(self) -> None:
        before = self._route.source
        try:
            self._route.look()
        finally:
            # Also if its subscribers cannot be listed yet.
            if self._route.is_open and self._route.source is not before:
                self._journal.ready()

    def _try_to_look(self) -> None:
        try:
            self._look()
        # OSError: for example, no descriptor is left; the next call retries.
        except (errors.UnavailableError, OSError) as e:
            self._journal.complain(str(e))
        if self._route.source.refused:
            self._journal.refuse(
                self._route.source.refused, self._settings.max_subscribers
            )
        if self._route.source.denied:
            self._journal.deny(self._route.source.denied)

    def publish(
        self, document: deliveries.Document, kind: Hashable = None
    ) -> deliveries.Delivery:
        """Send one copy to each subscriber, without waiting.

        :param document: the encoded document, or a function that returns it.
            The function is called only if there is a subscriber. If it raises
            DocumentError, the document is dropped; other exceptions are passed
            on.
        :param kind: a label of the document, for example its topics and
            priority. In a group of consumers, the members take turns
            separately for each kind, so each member receives documents of
            every kind.
        :returns: numbers of delivered and dropped copies; zeros if the thread
            is already inside ``publish``
        """
        # Without the lock: changed() returns False only after the source has
        # assigned its new targets.
        source = self._route.source
        fresh = not source.changed()
        if fresh and not (source.targets or self._route.departed.targets):
            return deliveries.NOBODY
        process.check()
        if self._lock._is_owned():
            return self._defer(document, kind)
        try:
            return self._publish(document, kind, source if fresh else None)
        finally:
            if self._deferred or self._closing:
                self._catch_up()

    def _publish(
        self,
        document: deliveries.Document,
        kind: Hashable,
        fresh: sources.Source | None,
    ) -> deliveries.Delivery:
        """Look for subscribers, encode, and deliver.

        :param fresh: the source, if it needs no look
        """
        is_empty = False
        # Without the lock, in this order: a source adds a subscriber to
        # ``departed`` before it removes the subscriber from its targets.
        if (
            fresh is not self._route.source
            or not fresh.targets
            or self._route.departed.targets
        ):
            with self._lock:
                self._try_to_look()
                is_empty = not self._route.source.targets
        if self._journal.lines:
            self._journal.write()
        if is_empty:
            return deliveries.NOBODY
        if (
            type(document) is bytes
            and 0 < len(document) <= self._max_message_size
        ):
            data, verdict = document, None
        else:
            data, verdict = self._encode(document)
        with self._lock:
            delivery = self._deliver(packet.Outgoing(data, kind), verdict)
            if delivery.dropped and self._ending:
                self._route.settle_finally()
        if delivery.dropped:
            limits = self._route.memfds
            if users := limits.take_refused():
                self._journal.unread(users, limits)
                self._journal.write()
            self._journal.write_drops(due_only=True)
        return delivery

    def _encode(
        self, document: deliveries.Document
    ) -> tuple[bytes, Outcome | None]:
        """Return the document, and a reason to drop it for all, or None."""
        try:
            data = document if isinstance(document, bytes) else document()
        except errors.DocumentError as e:
            LOG.error('Dropping a notification: %s', e)
            data = b''
        if len(data) > self._max_message_size:
            LOG.error(
                'Dropping a notification of %d bytes: it is larger than '
                'max_message_size (%d). Raise this option in '
                '[oslo_messaging_unix], or emit a smaller payload. The '
                'notification begins with %a.',
                len(data),
                self._max_message_size,
                _beginning(data),
            )
            return data, Outcome.TOO_LARGE
        # An empty packet would read like the end of the connection.
        return data, None if data else Outcome.UNSERIALIZABLE

    def _defer(
        self, document: deliveries.Document, kind: Hashable
    ) -> deliveries.Delivery:
        """Keep a document until the interrupted call ends."""
        try:
            data = document if isinstance(document, bytes) else document()
        except errors.DocumentError:
            data = b''  # counted as unserializable when it has its turn
        if len(self._deferred) < _MAX_DEFERRED:
            self._deferred.append((data, kind))
        else:
            self._excess += 1
        return deliveries.NOBODY

    def _catch_up(self) -> None:
        """Perform the calls that interrupted this one; the lock is free."""
        if self._deferred:
            self._publish_deferred()
        if self._closing and not self._route.closed:
            self.close()

    def _publish_deferred(self) -> None:
        while True:
            try:
                data, kind = self._deferred.popleft()
            except IndexError:
                # Another thread or a signal handler may have been faster.
                break
            self._publish(data, kind, None)
        with self._lock:
            excess, self._excess = self._excess, 0
            for _ in range(excess):
                self._drop_for(self._route.source.targets)

    def _deliver(
        self, outgoing: packet.Outgoing, verdict: Outcome | None
    ) -> deliveries.Delivery:
        """Offer the document to all; the lock is held.

        :param verdict: reason to drop the document for all, or None
        """
        source = self._route.source
        sent = outgoing.sent
        delivered = 0
        dropped: dict[str, int] = {}
        missed: list[subscriber.Target] = []
        gone: list[str] = []
        target: subscriber.Target | None = None
        rest = iter(source.targets.items())
        try:
            for key, target in rest:
                outcome = verdict or target.offer(outgoing)
                if outcome is _BUFFER_FULL and relief.relieve(self.address):
                    outcome = target.offer(outgoing)
                if outcome is _DELIVERED:
                    pass
                elif outcome.is_drop:
                    target.drop(outcome)
                    name = outcome.value
                    dropped[name] = dropped.get(name, 0) + 1
                    missed.append(target)
                else:
                    gone.append(key)
                delivered, target = len(sent), None  # noqa: PLW2901
        except BaseException:
            # All subscribers before the current one have the document; the
            # current one may have it.
            others = dict(rest)
            failed = bool(sent) and sent[-1] < 0
            if target is not None and len(sent) - failed == delivered:
                others[key] = target
            self._drop_for(others)
            raise
        finally:
            outgoing.close()
            if dropped:
                self._count(dropped, missed)
        if gone:
            source.discard(gone)
        if not dropped:
            return deliveries.complete(delivered)
        return deliveries.Delivery(delivered + len(missed), delivered, dropped)

    def _drop_for(self, targets: sources.Targets) -> None:
        """Count a document that an interruption kept from subscribers."""
        for target in targets.values():
            target.drop(Outcome.INTERRUPTED)
        if targets:
            self._count({Outcome.INTERRUPTED.value: len(targets)}, ())

    def _count(
        self, dropped: dict[str, int], missed: Iterable[subscriber.Target]
    ) -> None:
        self.dropped.update(dropped)
        users = {each.uid for target in missed for each in target.all_members}
        self._journal.add(dropped, users)

    def close(self) -> None:
        """Send the pending lost records, and close the address.

        Later calls of ``publish`` do nothing. If a signal handler calls
        ``close`` while its thread is inside ``publish``, the publisher closes
        when ``publish`` ends.
        """
        process.check()
        self._closing = True
        if self._lock._is_owned():
            return
        with self._lock:
            self._route.close()
        self._journal.write()
        self._journal.write_drops()

    def at_exit(self) -> None:
        """Send the pending lost records; the process ends soon.

        Handlers that run later (logging.shutdown, ``__del__``) may still
        publish to the subscribers that are connected.
        """
        if self._lock._is_owned():
            return
        try:
            with self._lock:
                self._ending = True
                self._route.settle_finally()
                self._route.leave()
            self._journal.write()
            self._journal.write_drops()
        finally:
            self._catch_up()

    def after_fork(self) -> None:
        """Close nothing of the parent's sockets."""
        former = self._route
        if not former.closed:
            self._route = self._new_route()
        self._reset()
        former.abandon()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __del__(self) -> None:
        # No thread is inside a call: a call would hold a reference.
        if hasattr(self, '_ending'):
            try:
                self.close()
            except Exception:
                # The exit handler has reported the drops.
                if not self._is_finalizing():
                    raise

    def __repr__(self) -> str:
        count = len(self._route.source.targets)
        return f'<Publisher {self.address} subscribers={count}>'


def _beginning(document: bytes) -> str:
    """Return what a log shows of a document: its event type, no payload."""
    keys = document[:_MAX_LOGGED].partition(b',"payload":')[0]
    return keys.decode(errors='replace')


def shared(address: addresses.Address | str, **options: Any) -> Publisher:
    """Return the shared publisher of this process for an address.

    Sharing a publisher keeps the order of the calls of all drivers. It lives
    while a caller holds it.

    :param options: see :class:`Publisher`; the options of the first call count
    :raises AddressError: the URI is not an address
    """
    parsed = addresses.Address.parse(address)
    return process.shared(
        parsed,
        lambda: Publisher(parsed, **options),
        lambda found: not found.closed,
    )
