"""A worker with other versions is refused by name, with what differs."""

import pytest

from shared.errors import WorkersDifferError
from trainer.cluster.versions import own_versions, report_versions, require_equal

OWN = own_versions()


def test_the_versions_name_python_the_libraries_and_the_code() -> None:
    assert {"Python", "numpy", "scikit-learn", "code of Modelgate"} <= OWN.keys()
    assert report_versions(tuple(OWN)) == OWN


def test_equal_workers_are_accepted() -> None:
    require_equal(OWN, {"tcp://10.0.0.2:4000": OWN, "tcp://10.0.0.3:4000": dict(OWN)})


@pytest.mark.parametrize("name", OWN)
def test_a_worker_with_another_version_is_named_with_what_differs(name: str) -> None:
    other = {**OWN, name: "0.1"}

    with pytest.raises(WorkersDifferError) as refused:
        require_equal(OWN, {"tcp://10.0.0.2:4000": OWN, "tcp://10.0.0.3:4000": other})

    assert f"tcp://10.0.0.3:4000 has {name} 0.1 instead of {OWN[name]}." in str(refused.value)
    assert "10.0.0.2" not in str(refused.value)


def test_a_worker_without_a_library_is_refused() -> None:
    with pytest.raises(WorkersDifferError, match="no-such-library missing instead of 1.0"):
        require_equal({"no-such-library": "1.0"}, {"w": report_versions(("no-such-library",))})


def test_a_worker_that_cannot_report_is_refused_with_its_reason() -> None:
    with pytest.raises(WorkersDifferError, match="w cannot run the trainer's code"):
        require_equal(OWN, {"w": "cannot run the trainer's code (ModuleNotFoundError)"})
