# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Process-wide state: forks, exits, and objects that a process shares."""

import gc
import os
import threading
from typing import Any
from unittest import mock
import weakref

from unixnotif import process
from unixnotif.tests import base


class Resident:
    """An object that notes its calls."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def after_fork(self) -> None:
        self.calls.append('after_fork')

    def at_exit(self) -> None:
        self.calls.append('at_exit')


class ForkTest(base.TestCase):
    """Forks, with and without hooks."""

    def setUp(self) -> None:
        super().setUp()
        self.resident = Resident()
        process.track(self.resident)

    def test_hook(self) -> None:
        """Python's hook calls after_fork() once, in the child alone."""

        def child() -> list[Any]:
            before = list(self.resident.calls)
            return [process.check() == os.getpid(), before]

        self.assertEqual([True, ['after_fork']], self.in_child(child))
        self.assertEqual(os.getpid(), process.check())
        self.assertEqual([], self.resident.calls)

    def test_no_hook(self) -> None:
        """A check in a child that ran no hook notices the fork, once."""

        def child() -> list[Any]:
            found: list[Any] = [list(self.resident.calls)]
            for _ in range(2):
                found.append(process.check() == os.getpid())
                found.append(list(self.resident.calls))
            return found

        self.assertEqual(
            [[], True, ['after_fork'], True, ['after_fork']],
            self.in_child(child, base.fork_without_hooks),
        )
        self.assertEqual(os.getpid(), process.check())
        self.assertEqual([], self.resident.calls)

    def test_no_mark(self) -> None:
        """If the kernel wipes no page, the process id shows the fork."""
        with mock.patch.object(process, '_WIPE_ON_FORK', 9999):
            mark = process._new_mark()
        self.assertIsNone(mark)
        with mock.patch.object(process, '_mark', mark):
            self.test_no_hook()
            self.test_fork_of_a_child()

    def test_no_memory_for_a_mark(self) -> None:
        """Without memory for the page, the process id tells, too."""
        with mock.patch('mmap.mmap', autospec=True, side_effect=OSError):
            self.assertIsNone(process._new_mark())

    def test_fork_of_a_child(self) -> None:
        """A child's child is another process again."""

        def child() -> Any:
            process.check()
            return self.in_child(
                lambda: [process.check() == os.getpid(), self.resident.calls],
                base.fork_without_hooks,
            )

        self.assertEqual(
            [True, ['after_fork', 'after_fork']],
            self.in_child(child, base.fork_without_hooks),
        )

    def test_all_residents(self) -> None:
        """Each tracked object learns of a fork, once."""
        others = [Resident() for _ in range(20)]
        for each in others:
            process.track(each)
            process.track(each)
        self.assertEqual(
            [['after_fork']] * 20,
            self.in_child(lambda: [each.calls for each in others]),
        )

    def test_failure(self) -> None:
        """An object that fails after a fork does not affect the others."""

        class Failing(Resident):
            def after_fork(self) -> None:
                super().after_fork()
                raise ZeroDivisionError

        objects = [(Resident(), Failing()) for _ in range(10)]
        for each in objects:
            for one in each:
                process.track(one)
        for fork in os.fork, base.fork_without_hooks:

            def child() -> list[list[str]]:
                process.check()
                return [one.calls for each in objects for one in each]

            self.assertEqual([['after_fork']] * 20, self.in_child(child, fork))

    def test_resident_without_an_owner(self) -> None:
        """Tracking keeps nothing alive."""
        reference = weakref.ref(self.resident)
        del self.resident
        gc.collect()
        self.assertIsNone(reference())


class SharedTest(base.TestCase):
    """Objects that a process shares."""

    def setUp(self) -> None:
        super().setUp()
        # Equal to the key of no other test.
        self.key = ('key', object())

    def share(self, usable: bool = True) -> Resident:
        return process.shared(self.key, Resident, lambda found: usable)

    def test_same(self) -> None:
        """Equal keys share one object, other keys have another."""
        first = self.share()
        self.assertIs(first, self.share())
        other = process.shared(('key', object()), Resident, lambda _: True)
        self.assertIsNot(first, other)

    def test_unusable(self) -> None:
        """An object that is no longer usable is replaced."""
        first = self.share()
        second = self.share(usable=False)
        self.assertIsNot(first, second)
        self.assertIs(second, self.share())

    def test_without_an_owner(self) -> None:
        """Sharing keeps nothing alive."""
        reference = weakref.ref(self.share())
        gc.collect()
        self.assertIsNone(reference())
        self.assertEqual([], self.share().calls)

    def test_failure(self) -> None:
        """If the object cannot be made, the next call tries again."""

        def fail() -> Resident:
            raise ZeroDivisionError

        for _ in range(2):
            self.assertRaises(
                ZeroDivisionError,
                process.shared,
                self.key,
                fail,
                lambda _: True,
            )
        # Another thread is not locked out.
        found: list[Resident] = []
        thread = threading.Thread(target=lambda: found.append(self.share()))
        thread.start()
        thread.join()
        self.assertEqual(1, len(found))

    def test_sharing_while_sharing(self) -> None:
        """The function that makes an object may ask for another."""
        other = ('other', object())
        inner: list[Resident] = []

        def make() -> Resident:
            inner.append(process.shared(other, Resident, lambda _: True))
            return Resident()

        outer = process.shared(self.key, make, lambda _: True)
        self.assertIsNot(outer, inner[0])
        self.assertIs(outer, self.share())

    def test_threads(self) -> None:
        """Threads that ask at the same time get the same object."""
        barrier = threading.Barrier(8)
        found = []
        locked = []

        def make() -> Resident:
            locked.append(process._lock._is_owned())
            return Resident()

        def ask() -> None:
            barrier.wait()
            found.append(process.shared(self.key, make, lambda _: True))

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        self.assertEqual(8, len(found))
        self.assertEqual(1, len({id(each) for each in found}))
        # No other thread can make an object at the same time.
        self.assertEqual([True], locked)

    def test_lock_held_at_a_fork(self) -> None:
        """A thread that asks at a fork does not lock the child out."""
        inside = threading.Event()
        leave = threading.Event()

        def make() -> Resident:
            inside.set()
            leave.wait()
            return Resident()

        def ask() -> None:
            process.shared(('slow', object()), make, lambda _: True)

        for fork in os.fork, base.fork_without_hooks:
            inside.clear()
            leave.clear()
            thread = threading.Thread(target=ask)
            thread.start()
            inside.wait()
            try:
                calls = self.in_child(lambda: self.share().calls, fork)
            finally:
                leave.set()
                thread.join()
            self.assertEqual([], calls)

    def test_after_a_fork(self) -> None:
        """A child learns of the fork before it gets the parent's object."""
        shared = self.share()
        process.track(shared)
        for fork in os.fork, base.fork_without_hooks:
            calls = self.in_child(lambda: self.share().calls, fork)
            self.assertEqual(['after_fork'], calls)
            self.assertEqual([], shared.calls)


class ExitTest(base.TestCase):
    """The end of a process."""

    def run_program(self, program: str) -> list[str]:
        """Run a program after _PROGRAM; return its words in order."""
        done = base.run_python(_PROGRAM + program)
        self.assertEqual(0, done.returncode, done.stdout)
        return done.stdout.split()

    def test_all_residents(self) -> None:
        """Each one finishes at the end, even if others fail."""
        found = self.run_program(
            'objects = [Resident(name) for name in "abcd"]\n'
            'objects += [Failing(name) for name in "efgh"]\n'
            'print("end")\n'
        )
        self.assertEqual('end', found[0])
        self.assertEqual(list('abcdefgh'), sorted(found[1:]))

    def test_fork(self) -> None:
        """A child that exits finishes its copy; the parent its own."""
        found = self.run_program(
            'one = Resident("one")\n'
            'child = os.fork()\n'
            'if child:\n'
            '    os.waitpid(child, 0)\n'
            '    print("parent")\n'
        )
        self.assertEqual(['one', 'parent', 'one'], found)

    def test_workers(self) -> None:
        """A worker of multiprocessing, which skips atexit, finishes too."""
        for beginning in (
            # Whichever exists first: the object, the module, the worker.
            'one = Resident("one")\nimport multiprocessing\n',
            'import multiprocessing\none = Resident("one")\n',
        ):
            found = self.run_program(
                beginning + 'def work():\n'
                '    global two\n'
                '    two = Resident("two")\n'
                '    print("work", flush=True)\n'
                'context = multiprocessing.get_context("fork")\n'
                'for _ in range(2):\n'
                '    worker = context.Process(target=work)\n'
                '    worker.start()\n'
                '    worker.join()\n'
                'print("end", flush=True)\n'
            )
            for _ in range(2):
                self.assertEqual('work', found.pop(0))
                self.assertEqual(['one', 'two'], sorted(found[:2]))
                del found[:2]
            self.assertEqual('end', found.pop(0))
            # The parent runs the finalizers of multiprocessing and atexit.
            self.assertEqual({'one'}, set(found))

    def test_workers_that_track_nothing(self) -> None:
        """A worker finishes the objects that it has from its parent."""
        found = self.run_program(
            'one = Resident("one")\n'
            'import multiprocessing\n'
            'context = multiprocessing.get_context("fork")\n'
            'worker = context.Process(target=print, args=("work",))\n'
            'worker.start()\n'
            'worker.join()\n'
            'print("end")\n'
        )
        self.assertEqual(['work', 'one', 'end'], found[:3])

    def test_worker_that_imports_the_package(self) -> None:
        """A worker whose parent has not imported the package finishes too."""
        done = base.run_python(
            'import multiprocessing, sys\n'
            'context = multiprocessing.get_context("fork")\n'
            'code = sys.argv[1] + "import sys; sys.kept = Resident(1)"\n'
            'worker = context.Process(target=exec, args=(code, {}))\n'
            'worker.start()\n'
            'worker.join()\n'
            'assert "unixnotif" not in sys.modules\n',
            _PROGRAM,
        )
        self.assertEqual('1\n', done.stdout)

    def test_worker_of_a_worker(self) -> None:
        """Nested workers finish from the inside out, each once."""
        found = self.run_program(
            'import multiprocessing\n'
            'context = multiprocessing.get_context("fork")\n'
            'def work(depth):\n'
            '    global one\n'
            '    one = Resident(str(depth))\n'
            '    if depth:\n'
            '        inner = context.Process(target=work, args=(depth - 1,))\n'
            '        inner.start()\n'
            '        inner.join()\n'
            'outer = context.Process(target=work, args=(2,))\n'
            'outer.start()\n'
            'outer.join()\n'
        )
        self.assertEqual(['0', '1', '2'], found)


_PROGRAM = """
import os
from unixnotif import process

class Resident:
    def __init__(self, name):
        self.name = name
        process.track(self)

    def after_fork(self):
        pass

    def at_exit(self):
        # Workers share the pipe: one write for each word.
        os.write(1, f'{self.name}\\n'.encode())

class Failing(Resident):
    def at_exit(self):
        super().at_exit()
        raise ZeroDivisionError

def print(text, flush=True):
    os.write(1, f'{text}\\n'.encode())

"""
