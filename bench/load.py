# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The load of other programs on the machine during a measurement.

Rule: ``python -m bench`` marks a measurement beside other programs. The load
changes times more than ratios of contenders that take turns. It changes worst
cases most.
"""

import os
import pathlib
import resource
import time

#: Processors that others may keep busy without a mark.
MOST = 0.1


class Load:
    """Load since the creation of the object.

    The load is exact only after all processes of the benchmark have ended.
    """

    def __init__(self) -> None:
        self._begin = time.monotonic()
        self._others = busy() - _own()

    def other_cpus(self) -> float:
        """Return the number of processors that other programs kept busy."""
        others = busy() - _own() - self._others
        return max(0.0, others / (time.monotonic() - self._begin))


def busy() -> float:
    """Return the busy seconds of all processors (proc_stat(5))."""
    ticks = pathlib.Path('/proc/stat').read_text().split(None, 9)[1:9]
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, ticks)
    total = user + nice + system + irq + softirq + steal
    return total / os.sysconf('SC_CLK_TCK')


def _own() -> float:
    """Return the CPU seconds of this process and its ended children."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(
            resource.getrusage,
            (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN),
        )
    )
