"""The names of checks: ids and titles, and the names in decisions of the previous release."""

import re
from pathlib import Path

import pytest

from gatekeeper.policy import policy
from gatekeeper.policy.check_names import OLD_NAMES, TITLES, check_title, to_check_id
from gatekeeper.policy.serving.serving_cost import SERVING_COSTS
from shared.contract.documents import Decision
from tests.support.project import ROOT

DECISIONS = sorted((ROOT / "tests" / "stores" / "v1" / "decisions").glob("*.json"))


def test_every_id_is_a_slug_and_every_title_is_unique() -> None:
    assert len({check.id for check in policy.CHECKS}) == len(policy.CHECKS)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", check_id) for check_id in TITLES)
    assert len(set(TITLES.values())) == len(TITLES)


def test_every_check_is_in_a_file_named_after_its_id() -> None:
    files = {path.stem for path in Path(policy.__file__).parent.glob("*/*.py")}
    for check in policy.CHECKS:
        assert check in SERVING_COSTS or check.id.replace("-", "_") in files, check.id


def test_every_old_name_has_an_id_with_a_title() -> None:
    assert len(set(OLD_NAMES.values())) == len(OLD_NAMES) == 24
    assert set(OLD_NAMES.values()) <= TITLES.keys()
    assert not OLD_NAMES.keys() & TITLES.keys()


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_names_in_decisions_of_the_previous_release_have_titles(path: Path) -> None:
    for check in Decision.decode(path.read_bytes(), path.name).checks:
        assert to_check_id(check.name) in TITLES, check.name
        assert check_title(check.name) == TITLES[to_check_id(check.name)]


def test_an_unknown_name_is_shown_as_it_is() -> None:
    assert (to_check_id("of-tomorrow"), check_title("of-tomorrow")) == ("of-tomorrow",) * 2
