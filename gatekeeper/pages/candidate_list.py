"""The page of all candidates, newest first, with filters."""

from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator

from gatekeeper.api.http_bodies import empty_to_none
from gatekeeper.api.service import Service
from shared.contract.documents import Decision, Outcome
from shared.contract.field_types import CandidateId, Name
from shared.errors import StoreError
from shared.store.candidates import published_at
from shared.store.repeated_models import find_repeated_models

PER_PAGE = 50
MOST_MODELS = 100
"""The most names that the filter proposes; the newest ones."""
MOST_UNDECIDED = 50
"""The most manifests that are read for the names of candidates without a decision."""

State = Outcome | Literal["pending", "awaiting"]


class CandidateFilter(BaseModel, extra="forbid"):
    """A selection of candidates; an empty field of the form selects all."""

    model: Annotated[Name | None, BeforeValidator(empty_to_none)] = None
    outcome: Annotated[State | None, BeforeValidator(empty_to_none)] = None
    since: Annotated[date | None, BeforeValidator(empty_to_none)] = None
    until: Annotated[date | None, BeforeValidator(empty_to_none)] = None
    before: CandidateId | None = None

    @property
    def dates(self) -> tuple[str, str]:
        """The first and the last selected date, in the form of the first eight digits of an id."""
        first, last = self.since or date.min, self.until or date.max
        return first.isoformat().replace("-", ""), last.isoformat().replace("-", "")


def candidate_list_context(gate: Service, query: CandidateFilter) -> dict[str, Any]:
    """Return what candidates.html needs."""
    decisions = [entry.decision for entry in gate.history.entries()]
    decided = {each.candidate_id: each for each in decisions if each.candidate_id is not None}
    stored = set(gate.store.candidates.ids())
    newest = sorted(stored | decided.keys(), reverse=True)
    waiting = {each.candidate_id for each in gate.queue.pending()}
    rows = _select(gate, newest, decided, waiting, query)
    shown = list(islice(rows, PER_PAGE + 1))
    models = dict.fromkeys(each.model_name for each in reversed(decisions))
    return {
        "rows": shown[:PER_PAGE],
        "stored": stored,
        "query": query,
        "total": len(newest),
        "models": list(islice(models, MOST_MODELS)),
        "repeated": find_repeated_models(decisions),
        "next": shown[PER_PAGE - 1]["id"] if len(shown) > PER_PAGE else None,
    }


def _select(
    gate: Service,
    newest: list[str],
    decided: dict[str, Decision],
    waiting: set[str],
    query: CandidateFilter,
) -> Iterator[dict[str, Any]]:
    reads, (first, last) = 0, query.dates
    for candidate_id in newest:
        if not first <= candidate_id[:8] <= last or (query.before and candidate_id >= query.before):
            continue
        decision = decided.get(candidate_id)
        state: State = decision.outcome if decision else "pending"
        if candidate_id in waiting and decision is None:
            state = "awaiting"
        if query.outcome not in {None, state}:
            continue
        model = decision.model_name if decision else None
        if decision is None and reads < MOST_UNDECIDED:
            reads += 1
            model = _read_name(gate, candidate_id)
        if query.model not in {None, model}:
            continue
        yield {
            "id": candidate_id,
            "published": published_at(candidate_id),
            "state": state,
            "model": model,
            "decision": decision,
        }


def _read_name(gate: Service, candidate_id: str) -> str | None:
    try:
        return gate.store.candidates.manifest(candidate_id).model_name
    except StoreError:
        return None
