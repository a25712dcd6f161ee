"""Checking the decision log, and registry.json against it."""

import contextlib
from collections.abc import Iterator

from shared.contract.documents import Decision
from shared.contract.layout import StoreLayout
from shared.errors import StoreError
from shared.maintenance.store_issue import StoreIssue, error_issue, note_issue
from shared.store.decision_log import DecisionLog
from shared.store.registry_file import RegistryFile


def check_log(layout: StoreLayout, log: DecisionLog) -> Iterator[StoreIssue]:
    """What is wrong with the log alone; *log* is then read as far as it can be."""
    numbers = log.numbers_on_disk()  # first, because a gatekeeper may go on
    try:
        log.refresh()
    except StoreError as error:
        yield error_issue(error)
    end = log.next_number - 1
    if numbers and end + 1 not in numbers and numbers[-1] > end:
        yield error_issue(f"{layout.decision(end + 1)} is missing.")
    for number in numbers:
        if number > end + 1:  # end + 1 is the entry that could not be read, named above
            yield error_issue(f"{layout.decision(number)} lies beyond the log's end at {end}.")
    version, decided = 0, set[str | None]()
    for decision in (entry.decision for entry in log.entries):
        path = layout.decision(decision.number)
        if decision.candidate_id is not None and decision.candidate_id in decided:
            yield error_issue(f"{path} decides candidate {decision.candidate_id} a second time.")
        decided.add(decision.candidate_id)
        if _contradicts_itself(decision):
            yield error_issue(f"{path} says {decision.outcome}, and its checks or registry do not.")
        if decision.registry is None:
            continue
        version += 1
        if (decision.registry.version, decision.registry.decision) != (version, decision.number):
            yield error_issue(
                f"{path} puts version {decision.registry.version} of decision "
                f"{decision.registry.decision} in force; expected version {version} of its own."
            )
            version = decision.registry.version


def _contradicts_itself(decision: Decision) -> bool:
    """Whether the outcome is another than its checks, and what it puts in force, make it."""
    puts_in_force = decision.outcome in {"promoted", "rolled_back"}
    has_failed = decision.outcome in {"refused", "inconclusive"}
    return (puts_in_force, has_failed) != (decision.registry is not None, bool(decision.failed))


def check_registry(
    registry: RegistryFile, layout: StoreLayout, log: DecisionLog
) -> Iterator[StoreIssue]:
    """Whether registry.json says what the log puts in force."""
    path = layout.registry
    try:
        found = registry.read_bytes()
    except StoreError as error:
        yield error_issue(error)
        return
    catch_up(log)  # a gatekeeper may have put something else in force since it was read
    in_force = [entry.registry_bytes for entry in log.entries if entry.registry_bytes is not None]
    now, before = ([None, None, *in_force])[-1], ([None, None, *in_force])[-2]
    if found == now:
        return
    if found == before:
        yield note_issue(f"{path} is one step behind the log; a gatekeeper rolls it forward.")
    else:
        yield error_issue(f"{path} does not say what the decision log puts in force.")


def catch_up(log: DecisionLog) -> None:
    """Read what has been added to a log that is being written."""
    with contextlib.suppress(StoreError):  # named where the log itself is checked
        log.refresh()
