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

"""The command as ``python -m unixnotif``.

Rule: nothing but the start; :mod:`unixnotif.cli` runs the command, and
reports a missing extra.
"""

import sys

from unixnotif import cli

# Messages and usage texts show argv[0] as the name of the command.
sys.argv[0] = 'unixnotif'
sys.exit(cli.main())
