# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The part of neutron's API that nova uses for servers without networks.

Rule: lists are empty; everything else is not found.
"""

import argparse
from collections.abc import Callable
from collections.abc import Iterable
import json
import socketserver
from typing import Any
from wsgiref import simple_server

from tools.cloud import layout

_LISTS = {
    'extensions', 'floatingips', 'networks', 'ports', 'quotas', 'routers',
    'security_groups', 'subnets',
}  # fmt: skip


class _Server(socketserver.ThreadingMixIn, simple_server.WSGIServer):
    daemon_threads = True


def application(
    environ: dict[str, Any], start: Callable[..., Any]
) -> Iterable[bytes]:
    """Answer a request (PEP 3333)."""
    path = environ['PATH_INFO'].strip('/').split('/')
    last = path[-1].removesuffix('.json').replace('-', '_')
    status = '200 OK'
    body: dict[str, Any]
    if path == ['']:
        here = f'http://{environ["HTTP_HOST"]}/v2.0/'
        links = [{'rel': 'self', 'href': here}]
        version = {'id': 'v2.0', 'status': 'CURRENT', 'links': links}
        body = {'versions': [version]}
    elif environ['REQUEST_METHOD'] == 'GET' and last in _LISTS:
        body = {last: []}
    else:
        status = '404 Not Found'
        error = {'message': 'no such thing', 'type': 'NotFound', 'detail': ''}
        body = {'NeutronError': error}
    start(status, [('Content-Type', 'application/json')])
    return [json.dumps(body).encode()]


def main() -> None:
    """Serve until a signal ends the process."""
    options = argparse.ArgumentParser(prog='python -m tools.cloud.neutron')
    options.add_argument('port', type=int)
    simple_server.make_server(
        layout.HOST,
        options.parse_args().port,
        application,
        server_class=_Server,
    ).serve_forever()


if __name__ == '__main__':
    main()
