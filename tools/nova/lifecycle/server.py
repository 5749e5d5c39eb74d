# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""nova's API over HTTP, for a client in another process.

Rule: to a client, the server looks like a cloud. The stand-ins of nova's
functional tests replace nova's neighbors. This module adds only their answers
to a client: a token, which nobody checks, and glance's list of images.
"""

from collections.abc import Iterable
import json
import logging
import os
import pathlib
import threading
from typing import Any
from wsgiref import simple_server
from wsgiref import types

import fixtures

LOG = logging.getLogger(__name__)

#: The name of the cloud in clouds.yaml.
CLOUD = 'in-process'

# The headers by which nova's tests recognize the user of a request.
_ADMIN = {
    'HTTP_X_AUTH_USER': 'admin',
    'HTTP_X_USER_ID': 'admin',
    'HTTP_X_ROLES': 'reader,member,admin',
}


class _Handler(simple_server.WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        LOG.info(format, *args)


class ServedCloud(fixtures.Fixture):
    """Serves a cloud on a port of its own, until clean-up.

    :param compute: nova's API
    :param project_id: the project of all requests
    :param images: the images, as glance shows them

    :ivar environ: variables by which openstacksdk finds the cloud
    """

    def __init__(
        self,
        compute: types.WSGIApplication,
        project_id: str,
        images: list[dict[str, Any]],
    ) -> None:
        super().__init__()
        self._compute = compute
        self._who = {**_ADMIN, 'HTTP_X_AUTH_PROJECT_ID': project_id}
        self._images = images

    def _setUp(self) -> None:
        server = simple_server.make_server(
            '127.0.0.1', 0, self._serve, handler_class=_Handler
        )
        self.addCleanup(server.server_close)
        self._uri = f'http://127.0.0.1:{server.server_port}'
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        directory = self.useFixture(fixtures.TempDir()).path
        clouds = pathlib.Path(directory, 'clouds.yaml')
        # JSON is YAML.
        clouds.write_text(json.dumps({'clouds': {CLOUD: self._cloud()}}))
        self.environ = {
            'OS_CLOUD': CLOUD,
            'OS_CLIENT_CONFIG_FILE': os.fspath(clouds),
        }

    def _cloud(self) -> dict[str, Any]:
        return {
            'auth_type': 'none',
            'auth': {'endpoint': self._uri},
            'compute_endpoint_override': f'{self._uri}/v2.1',
            'image_endpoint_override': f'{self._uri}/image',
        }

    def _serve(
        self, environ: types.WSGIEnvironment, start: types.StartResponse
    ) -> Iterable[bytes]:
        path = environ['PATH_INFO'].rstrip('/')
        if path == '/image':
            return _json(start, {'versions': [self._image_version()]})
        if path == '/image/v2/images':
            return _json(start, {'images': self._images})
        return self._compute({**environ, **self._who}, start)

    def _image_version(self) -> dict[str, Any]:
        link = {'rel': 'self', 'href': f'{self._uri}/image/v2/'}
        return {'id': 'v2.9', 'status': 'CURRENT', 'links': [link]}


def _json(start: types.StartResponse, value: Any) -> Iterable[bytes]:
    start('200 OK', [('Content-Type', 'application/json')])
    return [json.dumps(value).encode()]
