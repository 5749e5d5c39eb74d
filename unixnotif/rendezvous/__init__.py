# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The rendezvous directory: where subscribers put their own sockets."""

from unixnotif.rendezvous.access import limit_access
from unixnotif.rendezvous.access import remove_own
from unixnotif.rendezvous.access import set_access
from unixnotif.rendezvous.connector import connect
from unixnotif.rendezvous.connector import connect_handle
from unixnotif.rendezvous.connector import sweep
from unixnotif.rendezvous.directories import CHECK_INTERVAL
from unixnotif.rendezvous.directories import Directory
from unixnotif.rendezvous.directories import directory_mode
from unixnotif.rendezvous.directories import make
from unixnotif.rendezvous.directories import names_other
from unixnotif.rendezvous.group import group_id
from unixnotif.rendezvous.handles import handle_of
from unixnotif.rendezvous.handles import handle_path
from unixnotif.rendezvous.handles import has_path
from unixnotif.rendezvous.handles import open_handle
from unixnotif.rendezvous.listings import MOST_OF_USER
from unixnotif.rendezvous.listings import Name
from unixnotif.rendezvous.scanner import Scan
from unixnotif.rendezvous.scanner import Scanner
from unixnotif.rendezvous.subscription import check_group
from unixnotif.rendezvous.subscription import SOCKET_MODE
from unixnotif.rendezvous.subscription import Subscription

__all__ = [
    'CHECK_INTERVAL',
    'MOST_OF_USER',
    'SOCKET_MODE',
    'Directory',
    'Name',
    'Scan',
    'Scanner',
    'Subscription',
    'check_group',
    'connect',
    'connect_handle',
    'directory_mode',
    'group_id',
    'handle_of',
    'handle_path',
    'has_path',
    'limit_access',
    'make',
    'names_other',
    'open_handle',
    'remove_own',
    'set_access',
    'sweep',
]
