"""A reader looks less often where a look takes long."""

import pytest

from shared.volume.poll_pace import MAX_WAIT_SECONDS, PollPace


class Looks:
    """A reader whose looks take as long as the test says."""

    def __init__(self, seconds: float) -> None:
        self._tick = 0.0
        self.pace = PollPace(seconds, lambda: self._tick)

    def take(self, *durations: float) -> float:
        """Look once for each duration, and return the wait after the last one."""
        for duration in durations:
            with self.pace.look():
                self._tick += duration
        return self.pace.wait_seconds


@pytest.mark.parametrize(
    ("look", "wait"), [(0.0001, 0.1), (0.005, 0.1), (0.01, 0.19), (0.03, 0.57), (2.0, 1.0)]
)
def test_looking_takes_a_twentieth_of_the_time_at_most(look: float, wait: float) -> None:
    assert Looks(0.1).take(look) == pytest.approx(wait)


def test_a_long_setting_stays() -> None:
    assert Looks(60.0).take(10.0) == 60.0
    assert Looks(60.0).take() == 60.0


def test_one_interrupted_look_changes_nothing() -> None:
    looks = Looks(0.1)
    assert looks.take(0.001, 5.0) == 0.1
    assert looks.take(*[5.0] * 8) == MAX_WAIT_SECONDS, "now the server is slow"
    assert looks.take(0.001) == 0.1


def test_a_look_that_fails_counts_too() -> None:
    looks = Looks(0.1)

    def fail() -> None:
        with looks.pace.look():
            looks._tick += 0.02
            raise OSError("The server is away.")

    with pytest.raises(OSError, match="away"):
        fail()
    assert looks.pace.wait_seconds == pytest.approx(0.38)
