# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``unixnotif record``: append notifications to a file, for months.

Rule: every notification reported as delivered is in the file, or stderr and
the exit code report the gap. A signal only sets a flag and interrupts nothing.
"""

import argparse
import re
import signal
import sys
from typing import Any
from typing import ClassVar
from typing import Final

from unixnotif import clock
from unixnotif import consumer
from unixnotif import errors
from unixnotif import grammar
from unixnotif import notification
from unixnotif import recording
from unixnotif.cli import app
from unixnotif.cli import stop
from unixnotif.cli import subscriber

#: Default maximum size of a file in bytes. The default number of files has
#: 1 GB in all.
MAX_SIZE: Final = 100 << 20
MAX_FILES: Final = 9

# Maximum number of notifications, and of bytes, in one write.
_BATCH = 256
_BATCH_SIZE = 1 << 20
_UNITS = {'': 0, 'K': 10, 'M': 20, 'G': 30}


class Record(subscriber.SubscriberCommand):
    """Append notifications to a file as they arrive.

    FILE is a recording: JSON lines with the sender and the time of each
    notification, and the number of lost notifications. The commands show,
    summary, report, top, replay and contract read recordings. The command
    prints "subscribed" on stderr when it starts to receive.
    """

    examples: ClassVar[str] = """\
  unixnotif record unix+dir:///run/nova/notifications capture.jsonl
  unixnotif record URI FILE --max-size 1G --max-files 4 --mode 0640
  unixnotif record URI FILE --topic versioned_notifications
  unixnotif record URI FILE --count 1 --timeout 30

signals: on SIGTERM or Ctrl-C the command writes all delivered notifications
to FILE, and ends; on SIGHUP the command reopens FILE (for logrotate); in a
terminal, SIGHUP ends the command

exit code: 0, also after a signal; 1 if --timeout expires before --count is
reached, the address or FILE cannot be used, the disk is full, there is too
little memory for a notification, or, after a signal or --timeout, documents
took too long to decode; 2 if the command line is wrong"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """See the base class."""
        super().add_arguments(parser)
        parser.add_argument(
            'file',
            metavar='FILE',
            type=app.file_argument,
            help='recording to create, or to append to if it exists',
        )
        parser.add_argument(
            '--max-size',
            metavar='SIZE',
            type=_size,
            default=MAX_SIZE,
            help='rename FILE to FILE.1 before it exceeds SIZE bytes, for '
            'example 10M or 1G; 0 disables renaming (default: 100M)',
        )
        parser.add_argument(
            '--max-files',
            metavar='N',
            type=app.positive,
            default=MAX_FILES,
            help='keep N renamed files; FILE.1 is the newest (default: '
            '%(default)s)',
        )
        parser.add_argument(
            '--mode',
            metavar='MODE',
            type=_mode,
            help='mode of created files, for example 0640 (default: 0644, '
            'restricted by the umask)',
        )

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """See the base class."""
        deadline = clock.deadline(parsed_args.timeout)
        source = subscriber.new_consumer(parsed_args)
        signals = _Signals()
        with recording.RotatingWriter(
            parsed_args.file,
            max_size=parsed_args.max_size,
            max_files=parsed_args.max_files,
            mode=parsed_args.mode,
        ) as writer:
            recorder = _Recorder(source, writer, signals, parsed_args.count)
            try:
                recorder.run(deadline)
            finally:
                source.close()
        if recorder.failed:
            return app.FAILED
        if signals():
            return 0
        return subscriber.exit_code(parsed_args, recorder.recorded)


class _Signals(stop.Stop):
    """The requests of signals.

    :ivar reopen: True after the signal to reopen the file
    """

    def __init__(self) -> None:
        super().__init__(signal.SIGTERM, signal.SIGINT)
        self.reopen = False
        # If nohup(1) made the process ignore SIGHUP, do not change that.
        if signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:
            # In a terminal, SIGHUP means that the terminal is gone.
            if sys.stdin is not None and sys.stdin.isatty():
                self.listen(signal.SIGHUP)
            else:
                signal.signal(signal.SIGHUP, self._reopen)

    def _reopen(self, *_: Any) -> None:
        self.reopen = True


class _Recorder:
    """Writes notifications from the socket into the file.

    :ivar recorded: number of notifications
    :ivar failed: number of lines that could not be encoded, or could not be
        written for lack of memory, and of documents that took too long to
        decode
    """

    def __init__(
        self,
        source: consumer.Consumer,
        writer: recording.Writer,
        signals: _Signals,
        count: float,
    ) -> None:
        self._source = source
        self._writer = writer
        self._signals = signals
        self._count = count
        self._losses = subscriber.Losses(source)
        self._failures = subscriber.Failures('cannot record')
        self._batch: list[bytes] = []
        self._size = 0
        # Notifications in the batch; the other lines are losses.
        self._pending = 0
        self._status = subscriber.Status(source)
        self.recorded = 0
        self.failed = 0

    def run(self, deadline: float) -> None:
        """Record until the limit is reached, then drain the socket."""
        subscriber.subscribe(self._source, deadline, self._signals)
        if not self._source.subscribed:
            return
        self._status.look()
        try:
            self._follow(deadline)
        except errors.UnixNotifError:
            self._report_missing()
            raise
        finally:
            self._losses.finish()
            self._failures.finish()

    def _follow(self, deadline: float) -> None:
        while not self._signals() and self.recorded < self._count:
            remaining = deadline - clock.monotonic()
            if remaining <= 0:
                break
            self._record(min(remaining, consumer.CHECK_INTERVAL))
            self._look()
        if self.recorded < self._count:
            self._drain()

    def _drain(self) -> None:
        """Unsubscribe, and record the rest of the delivered notifications."""
        for received in self._source.drain():
            self._add(received)
            if self._is_full():
                self._flush()
            if self.recorded >= self._count:
                break
        self._add(None)
        self._flush()
        if discarded := self._source.discarded:
            self.failed += discarded
            total = grammar.quantity(discarded, 'document')
            app.say(f'discarded {total}: decoding took too long')

    def _report_missing(self) -> None:
        """Report how many notifications are not in the file."""
        self._source.discard()
        # The failed write may have written a part of the pending lines.
        missing = self._pending + self._source.discarded
        app.say(
            'delivered notifications that are not in the file: at '
            f'most {missing}'
        )

    def _record(self, timeout: float) -> None:
        """Wait for a notification, and write it with all that have arrived."""
        received = self._source.receive(timeout)
        self._add(received)
        while (
            received is not None
            and not self._is_full()
            and self.recorded < self._count
        ):
            received = self._source.receive(0)
            self._add(received)
        self._flush()

    def _add(self, received: notification.Notification | None) -> None:
        """Add losses to the batch, then the notification, if there is one."""
        if missed := self._losses.report():
            self._encode(recording.RecordedLost.now(missed))
        if received is not None and self._encode(
            recording.Recorded.now(received)
        ):
            self._pending += 1
            self.recorded += 1

    def _encode(self, line: recording.Line) -> bool:
        """Add a line to the batch; return False if encoding fails.

        A line that cannot be encoded does not affect the other lines of the
        batch.
        """
        try:
            data = line.encode()
        except (errors.DocumentError, MemoryError) as e:
            self.failed += 1
            self._failures.add(str(e) or type(e).__name__)
            return False
        self._batch.append(data)
        self._size += len(data)
        return True

    def _is_full(self) -> bool:
        return len(self._batch) >= _BATCH or self._size >= _BATCH_SIZE

    def _flush(self) -> None:
        if not self._batch:
            return
        try:
            self._writer.write_encoded(self._batch)
        except MemoryError:
            self.failed += self._pending
            app.say(
                'out of memory; notifications that are not in the file: '
                f'at most {self._pending}'
            )
        self._batch = []
        self._size = self._pending = 0

    def _look(self) -> None:
        """Reopen the file on request, and report changes of the address."""
        if self._signals.reopen:
            self._signals.reopen = False
            self._writer.reopen()
            app.say('reopened the file')
        self._status.look()


def _size(text: str) -> int:
    """Return a number of bytes; K, M, G are powers of 1024 (argparse type)."""
    match = re.fullmatch(r'([0-9]+)([KMG]?)B?', text.upper(), re.ASCII)
    if not match:
        raise argparse.ArgumentTypeError(
            f'{text!r} is not a number of bytes, for example 100M, or 0'
        )
    return int(match[1]) << _UNITS[match[2]]


def _mode(text: str) -> int:
    """Return the mode of a file, which is octal (argparse type)."""
    if not re.fullmatch(r'0?[0-7]{3}', text):
        raise argparse.ArgumentTypeError(
            f'{text!r} is not a mode, for example 0640'
        )
    return int(text, 8)
