#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""pytest: fixtures, failures that show the capture, and comparisons in words.

Rule: pytest loads this module in every session of everybody who has the
package installed. So it needs pytest alone; what a test uses is imported
when it uses it.
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
_CONTRACT = 'UNIXNOTIF_CONTRACT'


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that holds every capture to a catalogue."""
    parser.getgroup('unixnotif').addoption(
        '--unixnotif-contract',
        metavar='CATALOGUE',
        help='fail tests that emit notifications that are not as this '
        f'catalogue of payloads says (environment: {_CONTRACT})',
    )


def pytest_configure(config: pytest.Config) -> None:
    """Tell the fixtures, in this process and in its children."""
    path = config.getoption('--unixnotif-contract', None)
    if path:
        environment = pytest.MonkeyPatch()
        environment.setenv(_CONTRACT, os.path.abspath(path))
        config.add_cleanup(environment.undo)


@pytest.fixture
def unix_notifier_factory(
    request: pytest.FixtureRequest,
) -> 'Iterator[Callable[..., fixtures.UnixNotifierFixture]]':
    """Make any number of UnixNotifierFixture, each with the arguments given.

    For several services in one test, or for another configuration than the
    global one. They end with the test.
    """
    from unixnotif import fixtures

    with contextlib.ExitStack() as stack:

        def make(
            conf: Any = None, **options: Any
        ) -> fixtures.UnixNotifierFixture:
            options.setdefault('test', request.node.nodeid)
            made = fixtures.UnixNotifierFixture(conf, **options)
            stack.enter_context(_used(made, request.node))
            return made

        yield make


@pytest.fixture
def unix_notifier(
    unix_notifier_factory: 'Callable[..., fixtures.UnixNotifierFixture]',
) -> 'fixtures.UnixNotifierFixture':
    """Capture what the service of the global configuration emits."""
    return unix_notifier_factory()


@pytest.fixture
def capturing_consumer(
    request: pytest.FixtureRequest,
) -> 'Iterator[fixtures.CapturingConsumer]':
    """Capture what is published at an address of the test's own."""
    from unixnotif import fixtures

    made = fixtures.CapturingConsumer(test=request.node.nodeid)
    with _used(made, request.node):
        yield made


@contextlib.contextmanager
def _used(fixture: Any, item: pytest.Item) -> Iterator[None]:
    """Use a fixture; what it captured is shown when the test fails."""
    active = item.stash.setdefault(_active, [])
    with fixture:
        active.append(fixture)
        try:
            yield
        finally:
            active.remove(fixture)


def pytest_runtest_makereport(
    item: pytest.Item, call: 'pytest.CallInfo[Any]'
) -> None:
    """Add the capture to the report of a test that failed."""
    if call.excinfo is None:
        return
    for fixture in item.stash.get(_active, []):
        for name, content in fixture.getDetails().items():
            item.add_report_section(call.when, name, _text(content))


def _text(content: Any) -> str:
    """A detail as text; what cannot be read must not end the session."""
    try:
        text: str = content.as_text()
    except Exception as e:
        return f'it cannot be shown: {e!r}'
    return text


def pytest_assertrepr_compare(
    op: str, left: object, right: object
) -> list[str] | None:
    """Say in words why notifications differ, or why a matcher did not match.

    Neither can be at hand unless its module is.
    """
    if 'unixnotif.matchers' not in sys.modules:
        return None
    from unixnotif.matchers import explanation

    return explanation.explain(op, left, right)
