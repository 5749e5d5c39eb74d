# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""The bus: a transport of oslo.messaging that publishes notifications.

Rule: every field arrives unchanged, and no text that leaves this
module contains a password.
"""

from collections.abc import Iterator
from collections.abc import Sequence
import contextlib
import threading
from typing import Final

from oslo_config import cfg
import oslo_messaging
from oslo_messaging import opts as oslo_opts

from unixnotif import address
from unixnotif import errors
from unixnotif import notification as notifications
from unixnotif.relay import redaction

_EXAMPLE: Final = 'for example rabbit://USER:PASSWORD@host:5672/'
_RABBIT: Final = 'oslo_messaging_rabbit'
# Seconds between two attempts to connect.
_LONGEST_PAUSE: Final = 2
_NOTIFICATIONS: Final = 'oslo_messaging_notifications'
_OWN_SCHEMES: Final = (address.LISTENING, address.RENDEZVOUS)
_CONFIRMING: Final = ('rabbit', 'kombu', 'fake')


class BusError(errors.UnixNotifError):
    """The configuration does not name a usable bus."""


class Bus:
    """A message bus.

    Any number of threads may publish.

    :param url: a transport URL of oslo.messaging; None reads option
        ``transport_url`` from the configuration files
    :param config_files: configuration files of oslo.config
    :raises BusError: the URL or a file is wrong

    :ivar name: the URL without users, passwords and options
    :ivar secrets: hides the passwords of the URL and of the drivers' options
    :ivar confirms: True if the bus confirms each message
    """

    def __init__(
        self, url: str | None, config_files: Sequence[str] = ()
    ) -> None:
        conf = _read_files(config_files)
        parsed = _parse(conf, url)
        scheme = parsed.transport
        if scheme in _OWN_SCHEMES:
            raise BusError(
                f'cannot relay to {scheme}://: the relay forwards to another '
                f'bus, {_EXAMPLE}'
            )
        self.name = _name(parsed)
        self.secrets = redaction.Secrets(_passwords(conf, parsed))
        self.confirms = scheme.split('+')[0] in _CONFIRMING
        _set_defaults(conf)
        try:
            self._transport = oslo_messaging.get_notification_transport(
                conf, url=parsed
            )
        except oslo_messaging.DriverLoadFailure as e:
            reason = self.secrets.hide(str(e.ex))
            raise BusError(
                f'cannot load the transport driver {scheme!r}: {reason}'
            ) from None
        except Exception as e:
            # Each driver has its own errors for options of the URL.
            reason = self.secrets.hide(str(e) or type(e).__name__)
            if isinstance(e, ImportError) and e.name == 'confluent_kafka':
                reason += '; try: pip install confluent-kafka'
            raise BusError(f'cannot use {self.name}: {reason}') from None

    def publish(
        self, notification: notifications.Notification, topic: str
    ) -> None:
        """Publish a notification to one topic.

        The driver retries forever while the bus is away. Each call gives
        the message a new unique id, by which listeners drop duplicates.

        :raises Exception: of the driver, if the driver gives up
        """
        # Notifier would create a new id and a new time stamp.
        self._transport._send_notification(
            oslo_messaging.Target(
                topic=f'{topic}.{notification.priority.lower()}',
                exchange=notification.exchange or None,
            ),
            dict(notification.context),
            {
                'message_id': notification.message_id,
                'publisher_id': notification.publisher_id,
                'event_type': notification.event_type,
                'priority': notification.priority,
                'payload': notification.payload,
                'timestamp': notification.timestamp,
            },
            version=2.0,
            # An int, which the driver for Kafka needs.
            retry=-1,
        )

    def close(self) -> None:
        """Close the connections; may block without a limit."""
        self._transport.cleanup()


def _read_files(paths: Sequence[str]) -> cfg.ConfigOpts:
    conf = cfg.ConfigOpts()
    try:
        # No other files: those of a service do not concern the relay.
        conf(
            [],
            project='unixnotif-relay',
            default_config_files=list(paths),
            default_config_dirs=[],
        )
    except cfg.ConfigFilesNotFoundError as e:
        names = ', '.join(e.config_files)
        raise BusError(
            f'option --config-file: there is no file {names}'
        ) from None
    except cfg.ConfigFilesPermissionDeniedError as e:
        names = ', '.join(e.config_files)
        raise BusError(
            f'option --config-file: no permission to read {names}'
        ) from None
    except cfg.ConfigFileParseError as e:
        # The message of the error quotes the line, perhaps a password.
        raise BusError(
            f'option --config-file: {e.config_file} is not a configuration '
            'file with lines such as "[DEFAULT]" and "option = value"'
        ) from None
    except OSError as e:
        raise BusError(
            f'option --config-file: {e.filename}: {e.strerror}'
        ) from None
    return conf


def _parse(
    conf: cfg.ConfigOpts, url: str | None
) -> oslo_messaging.TransportURL:
    """Return the URL that is in effect.

    :raises BusError: there is none, or it is not a URL
    """
    where = 'option --to'
    for group, options in oslo_opts.list_opts():
        if group == _NOTIFICATIONS:
            conf.register_opts(options, group=group)
    try:
        if url is None:
            where = f'option transport_url in group [{_NOTIFICATIONS}]'
            url = conf[_NOTIFICATIONS].transport_url
        if url is None:
            where = 'option transport_url in group [DEFAULT]'
            url = _default_url(conf)
        if url is None:
            raise BusError(
                'the configuration files do not set transport_url in group '
                f'[{_NOTIFICATIONS}] or [DEFAULT], {_EXAMPLE}'
            )
        # Instead of an empty text, oslo.messaging would read its default.
        parsed = url and oslo_messaging.TransportURL.parse(conf, url)
        if not parsed or not parsed.transport:
            raise ValueError
    except (
        ValueError,
        cfg.Error,
        oslo_messaging.InvalidTransportURL,
    ):
        # The messages of these errors quote the URL with its password.
        raise BusError(f'{where} is not a transport URL, {_EXAMPLE}') from None
    return parsed


def _default_url(conf: cfg.ConfigOpts) -> str | None:
    """Return the value of ``[DEFAULT] transport_url``; None if not set."""
    for group, options in oslo_opts.list_opts():
        if group is None:
            for option in options:
                if option.name == 'transport_url':
                    conf.register_opt(option)
    location = conf.get_location('transport_url')
    if location is None or location.location == cfg.Locations.opt_default:
        return None
    value: str = conf.transport_url
    return value


def _set_defaults(conf: cfg.ConfigOpts) -> None:
    """Reconnect to RabbitMQ soon after it returns, in every lane."""
    for group, options in oslo_opts.list_opts():
        if group == _RABBIT:
            conf.register_opts(options, group=group)
    # The driver's own default lets a lane wait for half a minute.
    conf.set_default('rabbit_interval_max', _LONGEST_PAUSE, group=_RABBIT)


def _name(url: oslo_messaging.TransportURL) -> str:
    hosts = ','.join(
        f'{host.hostname or ""}' + (f':{host.port}' if host.port else '')
        for host in url.hosts
    )
    return f'{url.transport}://{hosts}/{url.virtual_host or ""}'


def _passwords(
    conf: cfg.ConfigOpts, url: oslo_messaging.TransportURL
) -> Iterator[str | None]:
    for host in url.hosts:
        yield host.password
    for name, value in url.query.items():
        if 'password' in name:
            yield value
    for name in (_RABBIT, 'oslo_messaging_kafka'):
        yield from _configured_passwords(conf, name)


def _configured_passwords(
    conf: cfg.ConfigOpts, group: str
) -> Iterator[str | None]:
    """Yield the values of a driver's options for passwords."""
    for name, options in oslo_opts.list_opts():
        if name == group:
            for option in options:
                if 'password' in option.name:
                    conf.register_opt(option, group=group)
                    with contextlib.suppress(cfg.Error, ValueError):
                        yield conf[group][option.dest]


def close(bus: Bus, timeout: float) -> bool:
    """Close the connections of a bus, which may be away.

    :param timeout: seconds
    :returns: False if the time is over
    """
    thread = threading.Thread(target=bus.close, daemon=True)
    thread.start()
    thread.join(timeout)
    return not thread.is_alive()
