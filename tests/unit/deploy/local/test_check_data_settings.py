"""deploy/local/stack.sh check-data: a check of another table has no columns of the run's table."""

import pytest

from tests.unit.deploy.local.checkout import Checkout

RUN = (
    "TRAINER_DATASET=data/plans.csv\nTRAINER_TARGET=plan\nTRAINER_DROP=Erfasst am\n"
    'TRAINER_TYPES={"a": "category"}\nTRAINER_THRESHOLD=0.3\nTRAINER_SEED=3\n'
)
OTHER = {"TRAINER_DATASET": "hostile.csv", "TRAINER_TARGET": "y"}
NOTE = (
    "Left out, because the run has another table (data/plans.csv): TRAINER_DROP TRAINER_TYPES "
    "TRAINER_THRESHOLD. A retrain takes them from the run. It does not if you add: "
    "TRAINER_DROP= TRAINER_TYPES= TRAINER_THRESHOLD="
)


@pytest.fixture
def live(checkout: Checkout, live_run: int) -> Checkout:
    assert live_run
    with checkout.store.run_file.open("a") as run_file:
        run_file.write(RUN)
    return checkout


def test_a_check_of_another_table_leaves_out_the_columns_of_the_run(live: Checkout) -> None:
    said = live.says("check-data", "page.html", **OTHER)
    assert said[0] == "Settings of the run: METRIC=recall, TRAINER_SEED=3"
    assert said[2] == NOTE
    for name in ("DROP", "TYPES", "THRESHOLD"):
        assert f"TRAINER_{name}=" in said
    assert "TRAINER_TARGET=y" in said


@pytest.mark.parametrize("name", ["data/plans.csv", "./data/plans.csv", "{root}/data/plans.csv"])
def test_a_check_of_the_same_table_has_all_settings_of_the_run(live: Checkout, name: str) -> None:
    other = {**OTHER, "TRAINER_DATASET": name.format(root=live.root.resolve())}
    said = live.says("check-data", "page.html", **other)
    assert "TRAINER_DROP=Erfasst am" in said
    assert "another table" not in "".join(said)


def test_new_rows_of_the_table_keep_the_columns_of_the_run(live: Checkout) -> None:
    said = live.says("check-data", "page.html", TRAINER_DATASET="data/june.csv")
    assert "TRAINER_DROP=Erfasst am" in said
    assert said[2] == (
        "The run has another table (data/plans.csv). Its settings of columns stay. To replace "
        "them, add: TRAINER_TARGET=… TRAINER_DROP= TRAINER_TYPES= TRAINER_THRESHOLD="
    )


@pytest.mark.parametrize("in_env_file", [False, True])
def test_a_check_in_a_container_leaves_them_out_too(checkout: Checkout, in_env_file: bool) -> None:
    checkout.project.touch()
    (checkout.root / "environment").write_text(RUN.replace("data/plans.csv", "/app/data/plans.csv"))
    (checkout.root / ".env").write_text(RUN if in_env_file else "")
    page = checkout.root / "page.html"

    said = checkout.says("check-data", "page.html", **OTHER)

    assert NOTE.replace("data/", "/app/data/") in said
    command = page.read_text().splitlines()
    for name in ("DROP", "TYPES", "THRESHOLD"):
        assert f"TRAINER_{name}=" in command
    assert "TRAINER_TARGET=y" in command
    checkout.says("check-data", "page.html", **{**OTHER, "TRAINER_DATASET": "data/plans.csv"})
    command = page.read_text().splitlines()
    assert "TRAINER_DROP=" not in command
    assert ("TRAINER_DROP=Erfasst am" in command) != in_env_file


def test_a_table_outside_the_checkout_is_known_by_its_name(checkout: Checkout) -> None:
    checkout.project.touch()
    (checkout.root / "environment").write_text(RUN.replace("data/", "/inputs/"))
    said = checkout.says(
        "check-data", "page.html", TRAINER_DATASET="/elsewhere/plans.csv", TRAINER_TARGET="y"
    )
    assert "another table" not in "".join(said)
