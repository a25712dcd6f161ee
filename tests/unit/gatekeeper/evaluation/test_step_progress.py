"""The log shows the progress of a long evaluation, with an estimate from what is done."""

import logging

import pytest

from gatekeeper.evaluation.step_progress import LOG_SECONDS, StepProgress
from gatekeeper.evidence.child_messages import decode_progress, encode_progress


def test_a_line_every_ten_seconds_estimates_the_rest(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    now = 100.0
    progress = StepProgress("Scoring model 0123456789ab", "rows predicted", lambda: now)
    for second in range(26):  # the first report comes after two seconds of loading
        now = 102.0 + second
        progress.observe(1000 * (second + 1), 50_000)
    progress.end()
    assert caplog.messages == [
        "Scoring model 0123456789ab: 9,000 of 50,000 rows predicted after 10 s, about 41 s left.",
        "Scoring model 0123456789ab: 19,000 of 50,000 rows predicted after 20 s, about 31 s left.",
        "Scoring model 0123456789ab took 27.0 s.",
    ]


@pytest.mark.parametrize(("done", "total"), [(5, 5000), (7, 3), (0, 0)])
def test_a_report_that_makes_no_sense_gives_no_estimate(
    caplog: pytest.LogCaptureFixture, done: int, total: int
) -> None:
    caplog.set_level(logging.INFO)
    now = 0.0
    progress = StepProgress("Scoring", "rows", lambda: now)
    progress.observe(5, 5000)
    now = LOG_SECONDS
    progress.observe(done, total)
    assert caplog.messages[0].endswith("rows after 10 s.")


def test_only_whole_lines_of_the_progress_are_read() -> None:
    assert decode_progress(encode_progress(4096, 100_000)) == (4096, 100_000)
    for line in (b"", b"done 1 of 2", b"done -1 of 2\n", b"done 1 of 2\n\n", b'{"rows": 1}\n'):
        assert decode_progress(line) is None
