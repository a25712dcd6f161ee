"""The page of live counts, its JSON, and the line about health, over HTTP with a real store."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape

import pytest

from gatekeeper.api.live_answers import INCOMPLETE
from gatekeeper.client import main
from gatekeeper.live_status.bodies import LiveStatus
from gatekeeper.pages.live.live_page import FEATURES_PER_PAGE
from shared.contract.layout import DECISIONS, MODELS, NOTIFICATIONS
from shared.following.log_tail import LogPosition
from shared.following.notification_cursor import NotificationCursors
from shared.live.drift_record import DriftedPart, DriftRecord
from shared.store.durable_write import replace_file
from shared.store.store import ModelStore, open_for_writing
from tests.support.http import plain_http
from tests.support.models.toy import toy_model
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import promote
from tests.support.stores.fake_services import follow
from tests.support.stores.gatekeeper_thread import GatekeeperThread, gatekeeper_thread
from tests.support.stores.live_hours import Traffic, reference_of, write_hours, write_reference

NAMES = tuple(f"feature {place}" for place in range(70))
Served = tuple[ModelStore, GatekeeperThread]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Start a gatekeeper: version 2 has served for two hours, and one of its features drifts."""
    root = tmp_path_factory.mktemp("live") / "store"
    store = open_for_writing(root, MODELS, DECISIONS, NOTIFICATIONS)
    models = [toy_model([1.0] * len(NAMES), bias, features=NAMES) for bias in (1.0, 0.0)]
    registries = [promote(store, model) for model in models]
    reference = reference_of(models[1].artefact)
    write_reference(store, models[1].digest, reference)
    traffic = Traffic.of(registries[1], reference, requests=1000, failed=5, shifted=(66,))
    write_hours(store, [traffic], hours=2)
    part = DriftedPart(
        part="values",
        feature=NAMES[66],
        stability_index=0.83,
        p_value=0.0,
        rows=1990,
        since=datetime.now(UTC),
    )
    record = DriftRecord(
        checked_at=datetime.now(UTC), version=2, not_checked=None, drifted=(part,), events=()
    )
    replace_file(store.layout.drift, record.encode())
    with gatekeeper_thread(root) as running:
        read_counts(running)
        yield store, running


def get(running: GatekeeperThread, path: str, status: int = 200) -> str:
    answer = plain_http.get(running.url + path)
    assert answer.status_code == status, path
    return answer.text


def read_counts(running: GatekeeperThread) -> LiveStatus:
    """Return the counts once the gatekeeper has read all that were there before it started."""

    def read() -> LiveStatus | None:
        found = LiveStatus.model_validate_json(get(running, "/live.json"))
        return None if INCOMPLETE in found.notes else found

    return wait_for(read, "all counts")


def test_json_and_page_show_the_same_requests(served: Served) -> None:
    _, running = served
    found = LiveStatus.model_validate_json(get(running, "/live.json"))
    assert (found.range, found.version) == ("day", 2)
    assert [each.version for each in found.versions] == [2, 1]
    assert found.versions[0].requests == 2000
    assert [each.version for each in found.promotions] == [1, 2]
    page = get(running, "/live")
    assert ">2,000</dd>" in page
    assert page.count('<path class="promotion"') == 2 * 4, "two marks on each chart over time"


def test_a_reason_why_no_version_has_a_live_score_is_shown_once(served: Served) -> None:
    page = get(served[1], "/live")
    start, _, end = page.partition("Neither version has a live score. No label has arrived;")
    assert "has no live score" not in start + end
    assert "<code>make feedback FILE=labels.csv</code>" in end


def test_the_drifted_feature_comes_first_and_the_others_follow_on_pages(served: Served) -> None:
    _, running = served
    pages = [get(running, f"/live?first={1 + place * FEATURES_PER_PAGE}") for place in range(3)]
    shown = [re.findall(r"<h3>(.*)</h3>", page) for page in pages]
    others = [name for name in NAMES if name != NAMES[66]]
    assert [name for names in shown for name in names] == [NAMES[66], *others]
    # The gatekeeper compares too, and may replace the index of the fixture.
    assert re.search(r"its values drift: stability index \d\.\d", pages[0])
    assert "Features 61 to 70 of 70" in pages[2]
    assert "Further features" not in pages[2]
    found = re.findall(r"<h3>(.*)</h3>", get(running, "/live?find=TURE 12"))
    assert found == ["feature 12"]
    assert "There is no such feature" in get(running, "/live?find=nothing")


@pytest.mark.parametrize("name", ["hour", "day", "month"])
def test_each_range_is_shown_within_its_bounds(served: Served, name: str) -> None:
    _, running = served
    found = LiveStatus.model_validate_json(get(running, f"/live.json?range={name}"))
    assert len(found.versions[0].points) == {"hour": 60, "day": 24, "month": 30}[name]
    assert (found.until - found.since).total_seconds() / found.step_seconds == len(
        found.versions[0].points
    )
    assert 'aria-current="page"' in get(running, f"/live?range={name}")


@pytest.mark.parametrize("query", ["range=year", "first=0", f"find={'x' * 129}", "more=1"])
def test_an_unknown_query_is_refused(served: Served, query: str) -> None:
    _, running = served
    assert "<h1>" in get(running, f"/live?{query}", 422)
    if query.startswith("range"):
        assert "range" in get(running, f"/live.json?{query}", 422)


def test_the_overview_the_fleet_and_make_status_show_the_same_line(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    _, running = served
    lines = ["No worker of the predictor is live.", "1 feature drifts: feature 66."]
    sentence = f"Attention: {' '.join(lines)}"
    assert plain_http.get(f"{running.url}/fleet").json()["health"] == {
        "healthy": False,
        "sentence": sentence,
        "problems": lines,
        "live_score": None,
    }
    overview = unescape(get(running, "/"))
    assert all(line in overview for line in lines)
    assert '<a href="/live">' in overview
    assert main(["--url", running.url, "status"]) == 0
    assert sentence in capsys.readouterr().out


def test_the_routes_are_documented_with_their_models(served: Served) -> None:
    _, running = served
    document = plain_http.get(f"{running.url}/openapi.json").json()
    answers = document["paths"]["/live.json"]["get"]["responses"]
    content = answers["200"]["content"]["application/json"]
    assert content["schema"] == {"$ref": "#/components/schemas/LiveStatus"}
    assert LiveStatus.model_validate(content["example"]).version == 3
    assert "/live" not in document["paths"]


def test_a_model_without_counts_and_reference_says_what_to_do(store: ModelStore) -> None:
    with gatekeeper_thread(store.layout.root) as running:
        assert "make retrain" in get(running, "/live")
        assert LiveStatus.model_validate_json(get(running, "/live.json")).version is None
        promote(store, toy_model())
        page = get(running, "/live")
        assert "Send one with <code>make predict</code>" in page
        assert "has no reference" in page


def test_counts_that_arrive_later_are_shown_without_a_restart(store: ModelStore) -> None:
    registry = promote(store, toy_model())
    reference = reference_of(toy_model().artefact)
    write_reference(store, registry.digest, reference)
    with gatekeeper_thread(store.layout.root) as running:

        def count() -> int:
            found = LiveStatus.model_validate_json(get(running, "/live.json"))
            return found.versions[0].requests

        assert count() == 0
        now = datetime.now(UTC)  # the same hour for both
        for requests in (100, 250):
            write_hours(store, [Traffic.of(registry, reference, requests=requests)], until=now)
            wait_for(lambda: count() == requests, "the new counts")  # noqa: B023 - called at once


def test_damaged_hours_and_drift_are_named_and_break_nothing(store: ModelStore) -> None:
    registry = promote(store, toy_model())
    write_hours(store, [Traffic.of(registry, None)])
    (path,) = store.layout.live.rglob("*.json")
    (path.parent.parent / "host-2-bb").mkdir()
    (path.parent.parent / "host-2-bb" / path.name).write_text("{<b>")
    store.layout.drift.write_text("[1]")
    with gatekeeper_thread(store.layout.root) as running:
        found = read_counts(running)
        assert found.versions[0].requests == 600
        assert any("host-2-bb" in note for note in found.notes)
        assert found.drift.not_checked
        assert "<b>" not in get(running, "/live")


def test_status_names_receivers_that_fail_or_wait(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    store, running = served
    follow(store, "healthy")
    cursors = NotificationCursors(store.layout)
    cursor = cursors.read("healthy")
    assert cursor is not None
    since = datetime(2026, 1, 31, 12, tzinfo=UTC)
    start = LogPosition(number=0, sha256=None)
    changes = {"receiver": "slow", "log": start, "failing_since": since, "given_up": 3}
    cursors.write(cursor.model_copy(update=changes))
    assert main(["--url", running.url, "status"]) == 0
    text = capsys.readouterr().out
    assert "Webhooks to slow fail since 2026-01-31 12:00:00 UTC." in text
    assert "Decisions not sent to slow yet: 2." in text
    assert "Events given up for slow after 24 hours: 3." in text
    assert "healthy" not in text
