"""Let challenger and champion answer the newest logged rows, and compare their answers.

A predictor is less trusted than the gatekeeper, so only child processes decode its log.
If the log cannot be replayed, the result says why, and prevents no promotion.
"""

import logging
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gatekeeper.evaluation.evaluation_budget import EvaluationBudget
from gatekeeper.evaluation.logged_data import find_logged_data
from gatekeeper.evaluation.process_evaluator import ProcessEvaluator
from gatekeeper.evidence.facts import Champion
from gatekeeper.evidence.live_requests import (
    HEADER_NUMBERS,
    ComparedModel,
    LiveComparisonRequest,
    LoggedData,
    ReplayRequest,
)
from gatekeeper.evidence.live_results import LiveResult
from gatekeeper.evidence.prediction_file import NUMBER_BYTES, write_zeros
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.documents import Artefact, Feature
from shared.errors import UnsafeFileError
from shared.prediction_log.segments import MAX_SEGMENT_BYTES
from shared.store.store import ModelStore
from shared.text import shorten, to_printable
from shared.volume.transient_errors import is_transient

logger = logging.getLogger(__name__)

_LONGEST = 500
"""Characters of an error that are kept."""
VALUES_PER_SECOND = 50_000
"""Values of logged rows that are read for each second of the evaluation's time limit.

Reading them takes a small part of that second, also on a busy machine.
"""
_TRIES = 3
"""Tries to read a log that changes meanwhile."""
DEFAULT_CONFIDENCE = 0.95
"""Confidence of an interval when no confidence is required."""
_NOTHING_READABLE = (
    "No segment of the prediction log can be read: all are empty, not files, or larger than "
    f"{MAX_SEGMENT_BYTES >> 20} MiB."
)
NOTHING_LOGGED = (
    "Nothing was replayed: there is no prediction log. Set PREDICTOR_LOG_SHARE to log rows."
)


@dataclass(frozen=True)
class _Terms:
    """The rows of one try, and the terms of the comparison."""

    log: LoggedData
    directory: Path
    versions: tuple[int, ...]
    has_keys: bool


@dataclass(frozen=True)
class LiveReplay:
    """Runs the models of one decision on logged rows."""

    store: ModelStore
    evaluator: ProcessEvaluator
    policy: GatePolicy
    budget: EvaluationBudget
    only_labelled: bool = False
    """Whether only rows with a label are answered, and both models only scored on them."""
    champion_name: str = "production"
    """The champion's name in messages."""

    def run(
        self,
        challenger: ComparedModel,
        artefact: Artefact,
        champion: Champion | None,
        versions: tuple[int, ...],
        *,
        has_keys: bool,
    ) -> LiveResult:
        """Return the results on the newest logged rows.

        Args:
            challenger: The challenger; this chooses the file for its answers.
            artefact: The challenger's.
            champion: The model in production, or None.
            versions: The versions that have the champion's model.
            has_keys: Whether the row hashes are those of keys.

        Raises EvaluationUnavailableError or OSError when evaluation is not possible now.
        """
        most_rows = self._most_rows(artefact, champion)
        result = LiveResult(has_log=False, error=NOTHING_LOGGED)
        for _ in range(_TRIES):
            try:
                log = find_logged_data(
                    self.store.layout, most_rows, only_labelled=self.only_labelled
                )
            except (OSError, UnsafeFileError) as error:
                if is_transient(error):
                    raise
                result = LiveResult(error=f"The prediction log cannot be listed: {error}")
                break
            if log is None:
                return result
            if not log.predictions:
                result = LiveResult(error=_NOTHING_READABLE)
                break
            with self.store.models.staging() as directory:
                terms = _Terms(log, directory, versions, has_keys)
                result = self._replay(challenger, artefact, champion, terms)
            if not result.has_changed:
                break
        if not self.only_labelled:
            _warn(result)
        return result.model_copy(update={"error": to_printable(shorten(result.error, _LONGEST))})

    def _replay(
        self,
        challenger: ComparedModel,
        artefact: Artefact,
        champion: Champion | None,
        terms: _Terms,
    ) -> LiveResult:
        ours = challenger.model_copy(update={"answers": terms.directory / "challenger"})
        theirs, why = self._find_champion(ours, artefact, champion, terms.directory)
        models = (
            {ours.digest: ours} if theirs is None else {theirs.digest: theirs, ours.digest: ours}
        )
        classes = max(len(artefact.classes), len(_classes(champion)))
        for model in models.values():
            write_zeros(model.answers, _count_bytes(terms.log.most_rows, classes))
        requests = {digest: self._request(model, terms.log) for digest, model in models.items()}
        found = self.evaluator.replay(list(requests.values()))
        results = dict(zip(requests, found, strict=True))
        own = results[ours.digest]
        rows = _read_begun(ours.answers)
        if own.error or (own.failure and not rows):
            return LiveResult(error=own.error or own.failure, has_changed=own.has_changed)
        if own.failure:
            return LiveResult(rows=rows, untried=rows, failure=own.failure)
        if theirs is not None and (
            why := results[theirs.digest].error or results[theirs.digest].failure
        ):
            theirs = None
        result = self.evaluator.compare_live(self._compare(ours, theirs, terms))
        return result.model_copy(update={"why_no_champion": why})

    def _find_champion(
        self, ours: ComparedModel, artefact: Artefact, champion: Champion | None, directory: Path
    ) -> tuple[ComparedModel | None, str]:
        """Return the champion if it can answer logged rows, otherwise the reason."""
        if champion is None:
            return None, "No model was in production."
        if champion.artefact is None:
            return None, f"Version {champion.version} cannot answer: {champion.why_not_scored}"
        if champion.artefact.task != artefact.task:
            return None, f"Version {champion.version} is a {champion.artefact.task}."
        if champion.digest == ours.digest:
            return ours.model_copy(update={"name": self.champion_name, "rows": champion.rows}), ""
        model = ComparedModel(
            name=self.champion_name,
            directory=self.store.models.directory(champion.digest),
            digest=champion.digest,
            answers=directory / "champion",
            rows=champion.rows,
        )
        return model, ""

    def _most_rows(self, artefact: Artefact, champion: Champion | None) -> int:
        """Return the setting, or less if reading the rows or their answers is too much work."""
        row_bytes = _count_bytes(1, max(len(artefact.classes), len(_classes(champion))))
        by_memory = (self.budget.memory_mib << 20) // row_bytes
        widest = max(1, len(artefact.features), len(_features(champion)))
        by_time = int(VALUES_PER_SECOND * self.budget.seconds) // widest
        return max(1, min(self.policy.replay_rows, by_memory, by_time))

    def _request(self, model: ComparedModel, log: LoggedData) -> ReplayRequest:
        return ReplayRequest(
            seconds=self.budget.seconds,
            memory_mib=self.budget.memory_mib,
            log=log,
            model_directory=model.directory,
            digest=model.digest,
            allow_joblib=self.policy.allow_joblib,
            answers=model.answers,
        )

    def _compare(
        self, ours: ComparedModel, theirs: ComparedModel | None, terms: _Terms
    ) -> LiveComparisonRequest:
        return LiveComparisonRequest(
            seconds=self.budget.seconds,
            memory_mib=self.budget.memory_mib,
            log=terms.log,
            challenger=ours,
            champion=theirs,
            champion_versions=terms.versions,
            metric=self.policy.metric,
            costs=self.policy.costs,
            has_keys=terms.has_keys,
            required=self.policy.min_improvement,
            confidence=self.policy.confidence or DEFAULT_CONFIDENCE,
            least_slice_rows=self.policy.slice_rows,
        )


def _warn(result: LiveResult) -> None:
    """Log what a person should look into, although it refuses nobody."""
    found = result.reproduced
    if result.error:
        logger.warning("The prediction log was not replayed: %s", result.error)
    elif found is not None and found.reproduced < found.rows:
        logger.warning(
            "Production's model gives another answer than logged to %d of %d rows. The log or the "
            "model is damaged, or predictors run other versions of libraries.",
            found.rows - found.reproduced,
            found.rows,
        )


def _count_bytes(most_rows: int, classes: int) -> int:
    """Return the bytes of the answers to the newest rows and to the newest rows with labels."""
    return (1 + 2 * most_rows) * (HEADER_NUMBERS + classes) * NUMBER_BYTES


def _read_begun(answers: Path) -> int:
    """Return the number of logged rows that the model began to answer; 0 if it did not begin."""
    with answers.open("rb") as file:
        (rows,) = struct.unpack("<d", file.read(NUMBER_BYTES))
    return int(rows) if math.isfinite(rows) and rows >= 0 else 0


def _features(champion: Champion | None) -> Sequence[Feature]:
    return champion.artefact.features if champion and champion.artefact else ()


def _classes(champion: Champion | None) -> Sequence[str]:
    return champion.artefact.classes if champion and champion.artefact else ()
