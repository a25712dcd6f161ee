"""`python -m gatekeeper.comparer PARENT`: compare two models' answers on the same rows.

It runs no model: it reads the holdout and what the scoring processes have written. As `scorer`
it is started ahead, answers one question and ends. `comparison` says what the lines hold.
"""

from pathlib import Path

import numpy as np

from gatekeeper.answers import read_answers
from gatekeeper.comparison import Comparison, Difference, OnHoldout, Question, encode
from gatekeeper.one_question import answer_one
from gatekeeper.resampling import FEWEST_RESAMPLES, differences, share_reaching
from shared import metrics
from shared.documents import Artefact
from shared.errors import ModelgateError
from shared.holdout import Holdout, decode_holdout
from shared.models import read_artefact
from shared.safe_read import read_verified
from shared.servable import Predictions


def compare(question: Question) -> Comparison:
    """Compare; what keeps from it is in the answer."""
    try:
        return _compare(question)
    except MemoryError:
        return Comparison(
            error=f"Comparing needs more than {question.memory_mib} MiB of memory. "
            "See GATEKEEPER_EVALUATION_MEMORY_MIB."
        )
    except ModelgateError as error:
        return Comparison(error=str(error))
    except (OSError, ValueError) as error:  # a file of answers was tampered with
        return Comparison(error=f"The answers on the holdout cannot be read: {error}")


def _compare(question: Question) -> Comparison:
    artefact = read_artefact(Path(question.model_directory), question.digest)
    data = read_verified(Path(question.holdout_directory), question.holdout)
    holdout = decode_holdout(data, artefact, question.holdout_path)
    rows = len(holdout.target)
    challenger = read_answers(Path(question.challenger), rows, artefact)
    ours = _on_holdout(question, challenger, holdout, artefact)
    if question.champion is None:
        return Comparison(challenger=ours)
    champion = read_answers(Path(question.champion), rows, artefact)
    theirs = _on_holdout(question, champion, holdout, artefact)
    found = differences(
        question.metric,
        holdout.target,
        challenger,
        champion,
        classes=len(artefact.classes),
        seed=int(question.holdout.sha256[:16], 16),
        seconds=question.seconds,
    )
    if len(found) < FEWEST_RESAMPLES // 2:
        return Comparison(
            challenger=ours,
            champion=theirs,
            error=f"{question.metric} can be computed in only {len(found)} resamples of these "
            f"{rows} rows: the holdout is too small for it.",
        )
    low, high = np.quantile(found, ((1 - question.confidence) / 2, (1 + question.confidence) / 2))
    difference = Difference(
        difference=ours.score - theirs.score,
        low=float(low),
        high=float(high),
        confidence=question.confidence,
        probability=share_reaching(found, question.required),
        resamples=len(found),
    )
    return Comparison(challenger=ours, champion=theirs, difference=difference)


def _on_holdout(
    question: Question, predictions: Predictions, holdout: Holdout, artefact: Artefact
) -> OnHoldout:
    """What one model's answers say alone."""
    classes = len(artefact.classes)
    return OnHoldout(score=metrics.score(question.metric, holdout.target, predictions, classes))


def main() -> None:
    """Serve one question, if one comes."""
    answer_one(Question, lambda question: encode(compare(question)))


if __name__ == "__main__":
    main()
