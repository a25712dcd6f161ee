"""The benchmark counts a poll from one read of registry.json to the next."""

from bench.fleet.system_calls import Trace

READ = '[pid] openat(5, "registry.json", O_RDONLY) = 6'


def test_polls_are_counted_on_the_thread_that_polls() -> None:
    trace = Trace(
        [
            (7, 'openat(5, "token", O_RDONLY) = 6'),
            (7, READ), (7, "read(6)"), (8, READ), (7, "close(6)"),
            (7, READ), (7, "read(6)"), (8, "epoll_wait(3)"),
            (7, READ),
        ]
    )  # fmt: skip
    assert trace.thread_that_polls() == 7
    assert trace.calls_of_polls() == [3, 2]


def test_polls_that_open_a_directory_are_told_from_the_others() -> None:
    look = (7, 'openat(5, "/store/serving", O_RDONLY|O_DIRECTORY) = 6')
    other = (7, 'openat(5, "/store/reserving", O_RDONLY) = 6')
    trace = Trace([(7, READ), look, (7, "read(6)"), (7, READ), other, (7, READ)])
    assert trace.calls_of_polls() == [3, 2]
    assert trace.calls_of_polls("serving") == [3]
