"""A version whose documents have hostile names wherever a person or a trainer writes them."""

from gatekeeper.card.facts import VersionFacts, find_facts
from shared.contract.documents import Feature
from shared.contract.run_results import Baseline, CandidateResult
from shared.reports.report_document import CandidateReport, Importance
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.builders import toy_candidate
from tests.support.stores.gatekeeping import gatekeeper_of

HOSTILE = "\"'><img src=x onerror=hacked=1><script>hacked=1</script>|*b*[x](y)`c`"


def promoted_facts(store: ModelStore) -> VersionFacts:
    """Promote a candidate by the gate as the next version, and return what is known about it."""
    toy_candidate(toy_model(), correct=9).publish(store)
    gatekeeper_of(store).decide_pending()
    registry = store.registry.read()
    assert registry is not None
    return find_facts(store, registry.version)


def hostile_facts(store: ModelStore) -> VersionFacts:
    """Return facts with a hostile name in every text that others write."""
    facts = promoted_facts(store)
    assert facts.manifest is not None
    assert facts.artefact is not None
    features = (
        Feature(name=HOSTILE, type="number", minimum=0.0, maximum=1.0),
        Feature(name="kind", type="category", categories=(HOSTILE, "é"), nullable=True),
        Feature(name="long" * 40, type="boolean"),
    )
    classes = (HOSTILE, "large")
    manifest = facts.manifest.model_copy(
        update={
            "model_name": HOSTILE,
            "candidates": (
                CandidateResult(
                    name=HOSTILE,
                    estimator=HOSTILE,
                    parameters={HOSTILE: HOSTILE},
                    metrics={"accuracy": 0.9},
                    confusion_matrix=None,
                    fit_seconds=1.0,
                    error=HOSTILE,
                ),
            ),
            "versions": {HOSTILE: HOSTILE},
            "settings": {HOSTILE: HOSTILE},
            "baseline": Baseline(
                answer=HOSTILE, metrics={"accuracy": 0.5}, holdout_metrics={"accuracy": 0.5}
            ),
            "data": facts.manifest.data.model_copy(
                update={
                    "source": HOSTILE,
                    "target": HOSTILE,
                    "class_counts": {HOSTILE: {HOSTILE: 3, "large": 4}},
                    "warnings": (HOSTILE,),
                    "notes": (HOSTILE,),
                }
            ),
        }
    )
    report = CandidateReport(
        rows=10,
        confusion_matrix=((4, 1), (0, 5)),
        curves=(),
        residuals=None,
        importances=(Importance(feature=HOSTILE, drop=0.1, deviation=0.0),),
        importance_rows=10,
        shuffles=5,
    )
    artefact = facts.artefact.model_copy(update={"features": features, "classes": classes})
    decision = facts.decision.model_copy(update={"reason": HOSTILE, "decided_by": HOSTILE})
    registry = facts.registry.model_copy(update={"model_name": HOSTILE})
    return VersionFacts(
        registry=registry,
        is_in_production=True,
        decision=decision,
        judgement=decision,
        manifest=manifest,
        report=report,
        artefact=artefact,
        is_restorable=True,
    )
