"""docs/adding-a-check.md: its example is a check that works."""

import re
from typing import Any

from pydantic import create_model

from gatekeeper.evidence.facts import Facts, Submission
from gatekeeper.policy.terms.gate_policy import GatePolicy
from tests.support.models.toy import toy_model
from tests.support.project import ROOT

TEXT = (ROOT / "docs" / "adding-a-check.md").read_text()


def test_the_example_refuses_a_model_with_too_many_features() -> None:
    setting, check, _ = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    assert setting.startswith("max_features: int | None = Field(\n    default=None,")
    policy = create_model("policy", __base__=GatePolicy, max_features=(int | None, None))
    module: dict[str, Any] = {}
    exec(check, module)  # noqa: S102 - the document is ours
    added, facts = module["MAX_FEATURES"], Facts(Submission("x", artefact=toy_model().artefact))
    assert f"**`{added.id}`: {added.title}**" in TEXT
    assert added.run(facts, policy(metric="f1")) is None
    assert added.run(facts, policy(metric="f1", max_features=2)).passed
    refused = added.run(facts, policy(metric="f1", max_features=1))
    assert (refused.passed, refused.observed, refused.required) == (False, 2, 1)
