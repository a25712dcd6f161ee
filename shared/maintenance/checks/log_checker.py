"""Check the decision log, and registry.json against it."""

import contextlib
from collections.abc import Iterator

from shared.contract.documents import Decision
from shared.contract.layout import StoreLayout
from shared.errors import StoreError
from shared.maintenance.checks.store_issue import StoreIssue, error_issue, note_issue
from shared.store.decision_log import DecisionLog
from shared.store.registry_file import RegistryFile


def check_log(layout: StoreLayout, log: DecisionLog) -> Iterator[StoreIssue]:
    """Read *log* as far as possible and yield its issues."""
    numbers = log.numbers_on_disk()  # listed first, because a gatekeeper may append entries
    try:
        log.refresh()
    except StoreError as error:
        yield error_issue(error)
    end = log.next_number - 1
    if numbers and end + 1 not in numbers and numbers[-1] > end:
        yield error_issue(f"{layout.decision(end + 1)} is missing.")
    for number in numbers:
        if number > end + 1:  # the unreadable entry end + 1 is reported above
            yield error_issue(
                f"{layout.decision(number)} is after the end of the log, decision {end}."
            )
    version, decided = 0, set[str | None]()
    for decision in (entry.decision for entry in log.entries):
        path = layout.decision(decision.number)
        if decision.candidate_id is not None and decision.candidate_id in decided:
            yield error_issue(f"{path} decides candidate {decision.candidate_id} a second time.")
        decided.add(decision.candidate_id)
        if _contradicts_itself(decision):
            yield error_issue(
                f"{path} has the outcome {decision.outcome}; its checks or registry contradict it."
            )
        if decision.registry is None:
            continue
        version += 1
        if (decision.registry.version, decision.registry.decision) != (version, decision.number):
            yield error_issue(
                f"{path} contains version {decision.registry.version} of decision "
                f"{decision.registry.decision}; expected version {version} of this decision."
            )
            version = decision.registry.version


def _contradicts_itself(decision: Decision) -> bool:
    """Say whether the outcome contradicts the checks or the registry."""
    puts_in_force = decision.outcome in {"promoted", "rolled_back"}
    if puts_in_force != (decision.registry is not None):
        return True
    if decision.outcome == "rolled_back":
        return False  # a failed check is the cause of a rollback without a person
    return (decision.outcome in {"refused", "inconclusive"}) != bool(decision.failed)


def check_registry(
    registry: RegistryFile, layout: StoreLayout, log: DecisionLog
) -> Iterator[StoreIssue]:
    """Yield an issue if registry.json differs from the registry that is in force."""
    path = layout.registry
    try:
        found = registry.read_bytes()
    except StoreError as error:
        yield error_issue(error)
        return
    catch_up(log)  # a gatekeeper may have promoted another model since
    in_force = [entry.registry_bytes for entry in log.entries if entry.registry_bytes is not None]
    now, before = ([None, None, *in_force])[-1], ([None, None, *in_force])[-2]
    if found == now:
        return
    if found == before:
        yield note_issue(f"{path} is one step behind the log; a gatekeeper will update it.")
    else:
        yield error_issue(f"{path} differs from the registry of the decision log.")


def catch_up(log: DecisionLog) -> None:
    """Read the newest entries of *log*."""
    with contextlib.suppress(StoreError):  # `check_log` reports it
        log.refresh()
