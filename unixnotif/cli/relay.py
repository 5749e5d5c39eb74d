# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""``unixnotif relay``: forward notifications to a message bus.

Rule: the exit code is 0 only if the relay has forwarded every received
notification. The relay reports all its counts. No output contains a password.
"""

import argparse
import logging
import math
import os
import signal
import sys
from typing import ClassVar
from typing import Final
from typing import TYPE_CHECKING
import warnings

from unixnotif import consumer
from unixnotif.cli import app
from unixnotif.cli import criteria
from unixnotif.cli import stop
from unixnotif.cli import subscriber

if TYPE_CHECKING:
    from unixnotif import relay
    from unixnotif.cli import relay_report

#: Maximum number of lanes: the limit of connections of oslo.messaging's
#: driver for RabbitMQ (option rpc_conn_pool_size).
MAX_LANES: Final = 30

_STOP_TIMEOUT: Final = 30.0
# Characters of a topic; the limit of AMQP for queues is 255 bytes.
_MAX_TOPIC: Final = 200
# Modules of the extra "relay".
_EXTRA: Final = ('prometheus_client', 'sdnotify', 'tenacity')


class Relay(app.AddressCommand):
    """Forward notifications to RabbitMQ or Kafka.

    The relay publishes each notification unchanged to a bus of oslo.messaging.
    While the bus is down, the relay stops reading. Then the socket buffers
    fill, and emitters drop and count further notifications. On stderr the
    relay reports "subscribed", the number of lost notifications, refused
    notifications, and when the bus goes up or down.
    """

    examples: ClassVar[str] = """\
  unixnotif relay unix+dir:///run/nova/notifications \\
      --config-file /etc/unixnotif/relay-nova.conf
  unixnotif relay URI --to rabbit://host1:5672/ --lanes 4
  unixnotif relay URI --config-file FILE --topic versioned_notifications
  unixnotif relay URI --config-file FILE --group relays
  unixnotif relay URI --config-file FILE --metrics-file /run/relay.prom

FILE is a configuration file of oslo.messaging. If the URL has a password, let
only the user of the relay read the file:
  [oslo_messaging_notifications]
  transport_url = rabbit://user:password@host:5672/

signals: on SIGTERM, SIGHUP or Ctrl-C the relay unsubscribes, and forwards the
notifications that it has received, for at most --stop-timeout seconds

exit code: 0 if the relay forwarded every notification that it received, even
if emitters dropped others (lost); 1 if the bus refused notifications, if the
stop timeout expired before the relay had forwarded everything, if documents
took too long to decode after the signal, or if the address or the metrics
file cannot be used; 2 for a wrong command line or configuration file"""

    # --config-file of this command is for the bus, not for the address.
    has_config_file: ClassVar[bool] = False

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """See the base class."""
        super().add_arguments(parser)
        parser.add_argument(
            '--to',
            metavar='TRANSPORT_URL',
            help='the bus, for example rabbit://host1:5672/ (default: '
            'transport_url in the configuration file). Other users can read '
            'the command line: put a URL with a password into the file',
        )
        parser.add_argument(
            '--config-file',
            metavar='FILE',
            action='append',
            default=[],
            help='configuration file with options of oslo.messaging; may be '
            'repeated',
        )
        subscriber.add_group(parser)
        parser.add_argument(
            '--lanes',
            metavar='N',
            type=_lanes,
            default=1,
            help='publish N messages at the same time; all notifications of '
            'one publisher use one lane, in order (default: %(default)s)',
        )
        parser.add_argument(
            '--stop-timeout',
            metavar='S',
            type=app.seconds,
            default=_STOP_TIMEOUT,
            help='seconds to forward received notifications after a signal '
            '(default: 30)',
        )
        parser.add_argument(
            '--default-topic',
            metavar='T',
            type=_topic,
            default='notifications',
            help='topic for notifications without a topic (default: '
            '%(default)s)',
        )
        parser.add_argument(
            '--lost-topic',
            metavar='T',
            type=_topic,
            help='also publish the number of lost notifications to this '
            'topic, with the event type unixnotif.lost (default: off)',
        )
        parser.add_argument(
            '--metrics-file',
            metavar='FILE',
            help='write metrics for Prometheus to this text file every 5 '
            'seconds',
        )
        criteria.add(parser)

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """See the base class."""
        requested = _new_stop()
        quiet = (
            self.app.options.verbose_level <= self.app.DEFAULT_VERBOSE_LEVEL
        )
        if quiet:
            # At its import, oslo.service logs that it uses eventlet.
            logging.getLogger('oslo_service').setLevel(logging.WARNING)
        try:
            # The libraries are an extra, and slow to import.
            with warnings.catch_warnings():
                if quiet:
                    warnings.simplefilter('ignore')
                from unixnotif import relay
                from unixnotif.cli import relay_report
        except ImportError as e:
            if e.name is None or e.name.partition('.')[0] not in _EXTRA:
                raise
            app.say(
                f'relay needs {e.name}, which is not installed; try: '
                "pip install 'unixnotif[relay]'"
            )
            return app.FAILED
        if parsed_args.to is None and not parsed_args.config_file:
            app.say(
                'one of --to and --config-file is required, for example '
                '--to rabbit://host1:5672/'
            )
            return app.USAGE
        source = subscriber.new_consumer(parsed_args)
        try:
            bus = relay.Bus(parsed_args.to, parsed_args.config_file)
        except relay.BusError as e:
            app.say(str(e))
            return app.USAGE
        _hide_passwords(bus.secrets)
        _warn(parsed_args, bus)
        report = relay_report.Report(
            source,
            bus,
            relay.BusLog(quiet),
            requested,
            lost_topic=parsed_args.lost_topic,
            metrics_file=parsed_args.metrics_file,
        )
        run = _Run(parsed_args, source, bus, report, requested)
        try:
            code = run.run()
        finally:
            source.close()
        if run.hangs:
            # A thread of the bus would keep the process from ending.
            logging.shutdown()
            sys.stderr.flush()
            os._exit(code)
        return code


class _Run:
    """One run of the relay.

    :ivar hangs: True if a thread of the bus has not ended
    """

    def __init__(
        self,
        parsed_args: argparse.Namespace,
        source: consumer.Consumer,
        bus: 'relay.Bus',
        report: 'relay_report.Report',
        requested: stop.Stop,
    ) -> None:
        from unixnotif import relay

        self._source = source
        self._bus = bus
        self._report = report
        self._stop = requested
        self._relay = relay.Relay(
            source,
            relay.Lanes(
                parsed_args.lanes,
                bus.publish,
                report.accounts,
                report.health,
                default_topic=parsed_args.default_topic,
                describe=report.describe,
            ),
            report.accounts,
            stopping=requested,
            look=lambda: report.look(self._relay.send),
            stop_timeout=parsed_args.stop_timeout,
        )
        self.hangs = False

    def run(self) -> int:
        """Forward until a signal; return the exit code."""
        from unixnotif import relay

        self._report.start()
        subscriber.subscribe(self._source, math.inf, self._waits)
        if self._source.subscribed:
            app.say('subscribed')
            self._report.subscribed()
            self._relay.run()
        self._report.stop(self._relay.send)
        finished = self._relay.finish()
        closed = finished and relay.close(self._bus, self._relay.time_left)
        self.hangs = not closed
        unconfirmed = finished and not closed and not self._bus.confirms
        if unconfirmed:
            app.say(
                f'{self._bus.name} did not confirm the last notifications '
                'within --stop-timeout; the bus may not have '
                'them; to wait longer, raise --stop-timeout'
            )
        totals = self._report.close()
        if unconfirmed or totals.received > totals.forwarded:
            return app.FAILED
        return 0

    def _waits(self) -> bool:
        """Report the wait; return True to stop waiting for the address."""
        self._report.wait()
        return self._stop()


def _hide_passwords(secrets: 'relay.Secrets') -> None:
    """Let no library log a password."""
    from unixnotif import relay

    for handler in logging.getLogger().handlers:
        handler.setFormatter(relay.HidingFormatter(secrets, handler.formatter))


def _warn(parsed_args: argparse.Namespace, bus: 'relay.Bus') -> None:
    """Warn about passwords and unconfirmed messages, before the start."""
    if parsed_args.to is not None and bus.secrets:
        app.say(
            'every user of this machine can read the password in --to; write '
            'the URL to a file, and pass it with --config-file'
        )
    if not bus.confirms:
        app.say(
            f'{bus.name} does not confirm each notification: "forwarded" '
            'means that the driver of oslo.messaging has accepted the '
            'notification'
        )


def _new_stop() -> stop.Stop:
    """Return the request to stop, which three signals make."""
    # If nohup(1) made the process ignore SIGHUP, do not change that.
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    return stop.Stop(
        *(n for n in numbers if signal.getsignal(n) != signal.SIG_IGN)
    )


def _lanes(text: str) -> int:
    """Return a number of lanes (argparse type)."""
    number = app.positive(text)
    if number > MAX_LANES:
        raise argparse.ArgumentTypeError(
            f'{text!r} is too large; the maximum is {MAX_LANES}'
        )
    return number


def _topic(text: str) -> str:
    """Return the name of a topic (argparse type)."""
    if not text or not text.isprintable() or len(text) > _MAX_TOPIC:
        raise argparse.ArgumentTypeError(
            f'{text!r} is not the name of a topic, for example notifications'
        )
    return text
