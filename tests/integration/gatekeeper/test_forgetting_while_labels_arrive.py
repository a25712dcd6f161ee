"""A gatekeeper and `make forget` take turns on one segment: no acknowledged label is lost."""

import threading

from gatekeeper.feedback.label_writer import LabelWriter
from shared.forgetting.forgetting import forget
from shared.forgetting.wanted_ids import WantedIds
from shared.prediction_log.label import Label, encode_label
from shared.prediction_log.segments import list_feedback_segments, read_labels
from shared.store.store import ModelStore
from tests.support.processes.wait_until import wait_for
from tests.support.stores.row_logs import NOON

PERSONS = 8


def wait_for_more(sent: list[str]) -> None:
    enough = len(sent) + 5
    wait_for(lambda: len(sent) > enough, "more labels")


def test_labels_of_others_stay_while_a_person_is_forgotten(store: ModelStore) -> None:
    writer, sent, stopped = LabelWriter(store.layout), list[str](), threading.Event()
    for number in range(PERSONS):
        writer.append(encode_label(Label(f"person {number}", 1, NOON)))

    def send() -> None:
        while not stopped.is_set():
            name = f"other {len(sent)}"
            writer.append(encode_label(Label(name, 1, NOON)))
            sent.append(name)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        for number in range(PERSONS):
            wait_for_more(sent)
            assert forget(store, WantedIds([f"person {number}"]), []).labels == 1
    finally:
        stopped.set()
        sender.join()
        writer.close()
    segments = list_feedback_segments(store.layout)
    found = [label.id for path in segments for label in read_labels(path)]
    assert sorted(found) == sorted(sent)
    assert len(segments) > 1, "the gatekeeper has begun another segment after each deletion"
