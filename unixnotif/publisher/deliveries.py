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

"""Documents that go into a publisher, and their deliveries."""

from collections.abc import Callable
import functools
from typing import Final
from typing import NamedTuple

#: A document, or a function that encodes it when somebody listens.
Document = bytes | Callable[[], bytes]


class Delivery(NamedTuple):
    """The outcome of one document.

    :ivar subscribers: how many were owed a copy; a group counts as one
    :ivar delivered: how many have it in their queue
    :ivar dropped: the others, counted by reason
    """

    subscribers: int
    delivered: int
    dropped: dict[str, int]


@functools.lru_cache(maxsize=64)
def complete(subscribers: int) -> Delivery:
    """Return the delivery of a document that no subscriber missed.

    Kept, since creating one takes as long as a system call.
    """
    return Delivery(subscribers, subscribers, {})


#: The delivery of a document when there was no subscriber.
NOBODY: Final = Delivery(0, 0, {})
