# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""pytest: fixtures, failures that show the capture, and comparisons in words.

Rule: pytest loads this module in every session where the package is installed.
So the module imports only pytest; everything else is imported at first use.
"""

from collections.abc import Callable
from collections.abc import Iterator
import contextlib
import os
import sys
from typing import Any
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from unixnotif import fixtures

_active = pytest.StashKey[list[Any]]()
_folders = pytest.StashKey[pytest.TempPathFactory]()
# Characters of a capture in a report.
_MAX_SECTION = 20_000
_CONTRACT = 'UNIXNOTIF_CONTRACT'


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that compares every capture with a catalogue."""
    parser.getgroup('unixnotif').addoption(
        '--unixnotif-contract',
        metavar='CATALOGUE',
        help='fail tests whose notifications differ from this catalogue '
        f'of payloads (environment: {_CONTRACT})',
    )


def pytest_configure(config: pytest.Config) -> None:
    """Pass the catalogue to the fixtures, in this process and its children.

    :raises UsageError: the catalogue cannot be read; without this check, each
        test would fail
    """
    option = config.getoption('--unixnotif-contract', None)
    path = option or os.environ.get(_CONTRACT)
    if path:
        _check_catalogue('--unixnotif-contract' if option else _CONTRACT, path)
        environment = pytest.MonkeyPatch()
        environment.setenv(_CONTRACT, os.path.abspath(path))
        config.add_cleanup(environment.undo)


def _check_catalogue(source: str, path: str) -> None:
    from unixnotif import contract
    from unixnotif import errors

    try:
        contract.read(path)
    except errors.UnixNotifError as e:
        raise pytest.UsageError(f'{source}: {e}') from None


@pytest.fixture
def unix_notifier_factory(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> 'Iterator[Callable[..., fixtures.UnixNotifierFixture]]':
    """Return a function that creates a UnixNotifierFixture.

    Use it for several services in one test, or for a configuration other than
    the global one. The fixtures end with the test.
    """
    classes = _classes()
    with contextlib.ExitStack() as stack:

        def create(
            conf: Any = None, **options: Any
        ) -> 'fixtures.UnixNotifierFixture':
            options.setdefault('test', request.node.nodeid)
            created: fixtures.UnixNotifierFixture = (
                classes.UnixNotifierFixture(conf, **options)
            )
            stack.enter_context(_used(created, request.node, tmp_path_factory))
            return created

        yield create


@pytest.fixture
def unix_notifier(
    unix_notifier_factory: 'Callable[..., fixtures.UnixNotifierFixture]',
) -> 'fixtures.UnixNotifierFixture':
    """Capture what the service of the global configuration emits."""
    return unix_notifier_factory()


@pytest.fixture
def capturing_consumer(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> 'Iterator[fixtures.CapturingConsumer]':
    """Capture what is published at an address of the test's own."""
    created = _classes().CapturingConsumer(test=request.node.nodeid)
    with _used(created, request.node, tmp_path_factory):
        yield created


def _classes() -> Any:
    """Return the module of the fixtures, which is for tests only."""
    try:
        from unixnotif import fixtures
    except ModuleNotFoundError as e:
        pytest.fail(
            f'the fixtures of unixnotif need the module {e.name}: install '
            "the extra, pip install 'unixnotif[test]'",
            pytrace=False,
        )
    return fixtures


@contextlib.contextmanager
def _used(
    fixture: Any, item: pytest.Item, folders: pytest.TempPathFactory
) -> Iterator[None]:
    """Use a fixture; its capture is shown when the test fails."""
    active = item.stash.setdefault(_active, [])
    item.stash[_folders] = folders
    with fixture:
        active.append(fixture)
        try:
            yield
        finally:
            active.remove(fixture)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fail the test itself when its capture is not complete."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(Exception):
            for problem in _problems(item):
                item.add_report_section('call', 'incomplete capture', problem)
        raise
    problems = _problems(item)
    if problems:
        pytest.fail('\n\n'.join(problems), pytrace=False)


def _problems(item: pytest.Item) -> list[str]:
    """Check all captures; the fixtures do not report these problems again."""
    found = []
    for fixture in item.stash.get(_active, []):
        # Two kinds of problems, each reported once.
        for _ in range(2):
            try:
                fixture.check()
            except AssertionError as e:
                found.append(str(e))
    return found


def pytest_runtest_makereport(
    item: pytest.Item, call: 'pytest.CallInfo[Any]'
) -> None:
    """Add the capture to the report of a test that failed."""
    if call.excinfo is None:
        return
    for fixture in item.stash.get(_active, []):
        consumer = getattr(fixture, 'consumer', fixture)
        text = _section(consumer, item.stash[_folders])
        item.add_report_section(call.when, 'notifications', text)


def _section(consumer: Any, folders: pytest.TempPathFactory) -> str:
    """Return the capture, shortened; an error must not end the session."""
    try:
        text: str = consumer.report()
    except Exception as e:
        return f'the capture cannot be shown: {e!r}'
    if len(text) <= _MAX_SECTION:
        return text
    path = folders.mktemp('unixnotif') / 'notifications.jsonl'
    path.write_text(text + '\n', errors='backslashreplace')
    end = text[-_MAX_SECTION:]
    # Whole lines, unless there is one line only.
    end = end.partition('\n')[2] or end
    return (
        f'# the end of the capture; the complete capture is in {path}\n{end}'
    )


def pytest_assertrepr_compare(
    op: str, left: object, right: object
) -> list[str] | None:
    """Explain why notifications differ, or why a matcher did not match.

    The explanation needs ``unixnotif.matchers``, which the fixtures import.
    If no module has imported it, pytest explains the comparison.
    """
    if 'unixnotif.matchers' not in sys.modules:
        return None
    from unixnotif.matchers import explanation

    return explanation.explain(op, left, right)
