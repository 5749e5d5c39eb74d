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

"""Words of messages that depend on a number.

Rule: a noun agrees with its number.
"""


def plural(number: int, noun: str, plural_noun: str = '') -> str:
    """Return a number with its noun: no socket, 1 socket, 2 sockets.

    :param plural_noun: by default the noun with an s
    """
    if number in (0, 1):
        return f'{number or "no"} {noun}'
    return f'{number} {plural_noun or noun + "s"}'
