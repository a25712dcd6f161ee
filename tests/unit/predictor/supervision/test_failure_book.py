"""A model is in quarantine after two failures that are not far apart."""

import pytest

from predictor.supervision.failure_book import MAX_MODELS, WINDOW_SECONDS, FailureBook

DIGEST = "sha256:" + 64 * "a"


def quarantined(book: FailureBook) -> set[str]:
    return set(book.notice()["quarantined"])


def test_one_failure_may_be_chance_and_two_are_a_quarantine() -> None:
    book = FailureBook()
    book.record(DIGEST, "it fell", 0.0, in_load=False)
    assert quarantined(book) == set()
    book.record("sha256:" + 64 * "b", "it fell", 1.0, in_load=False)
    assert quarantined(book) == set()
    book.record(DIGEST, "it fell again", 2.0, in_load=False)
    assert book.notice()["quarantined"] == {
        DIGEST: {
            "count": 2, "last_at": 2.0, "reason": "it fell again", "in_load": False,
            "quarantined": True,
        }
    }  # fmt: skip


@pytest.mark.parametrize(
    ("gap", "expected"), [(WINDOW_SECONDS - 1, {DIGEST}), (WINDOW_SECONDS + 1, set())]
)
def test_failures_that_are_far_apart_do_not_count_together(gap: float, expected: set[str]) -> None:
    book = FailureBook()
    for now in (0.0, gap):
        book.record(DIGEST, "it fell", now, in_load=False)
    assert quarantined(book) == expected


def test_a_model_stays_in_quarantine() -> None:
    book = FailureBook()
    for now in (0.0, 1.0, 10 * WINDOW_SECONDS):
        book.record(DIGEST, "it fell", now, in_load=now == 1.0)
    assert book.notice()["quarantined"][DIGEST]["count"] == 3
    assert book.notice()["quarantined"][DIGEST]["in_load"]


def test_the_oldest_failures_are_forgotten_beyond_the_limit() -> None:
    book = FailureBook()
    for number in range(MAX_MODELS + 1):
        for _ in range(2):
            book.record(f"sha256:{number:064x}", "it fell", float(number), in_load=False)
    assert len(quarantined(book)) == MAX_MODELS
    assert f"sha256:{0:064x}" not in quarantined(book)
