"""deploy/local/stack.sh: which stack a command means."""

import gzip
import os
import subprocess

import pytest

from tests.unit.deploy.local.checkout import SCRIPT, Checkout


@pytest.mark.usefixtures("live_run")
def test_the_live_local_run_comes_first_and_its_settings_hold(checkout: Checkout) -> None:
    checkout.project.touch()
    assert checkout.says("predict") == [
        *("python", "-m", "predictor.client"),
        *("METRIC=recall", "PREDICTOR_PORT=9000"),
    ]
    assert "METRIC=f1" in checkout.says("retrain", METRIC="f1")
    assert checkout.says("retrain", STACK="compose")[0] == "docker"


def test_a_run_that_was_killed_is_not_live(
    checkout: Checkout, live_run: subprocess.Popen[bytes]
) -> None:
    checkout.project.touch()
    live_run.kill()
    live_run.wait()
    assert checkout.says("predict")[0] == "docker"
    # Its number may have become another process's.
    checkout.store.run_file.write_text(f"{os.getpid()}\n")
    assert checkout.says("predict")[0] == "docker"


def test_without_any_stack_it_says_how_to_start_one(checkout: Checkout) -> None:
    refused = checkout.call("retrain")
    assert refused.returncode == 1
    assert "make run" in refused.stderr
    assert "make up" in refused.stderr
    assert "local or compose" in checkout.call("retrain", STACK="cloud").stderr


def test_a_stopped_store_can_be_checked_and_stopping_it_again_is_no_error(
    checkout: Checkout,
) -> None:
    assert checkout.says("fsck") == ["python", "-m", "shared.maintenance.fsck"]
    assert checkout.says("down") == ["No local run uses the store .store."]


def test_a_stopped_store_can_be_backed_up_and_restored(checkout: Checkout) -> None:
    assert checkout.says("backup", "b") == ["python", "-m", "shared.maintenance.backup", "b"]
    assert checkout.says("restore", "b") == ["python", "-m", "shared.maintenance.restore", "b"]


def test_rows_are_in_a_backup_if_a_person_wants_them(checkout: Checkout) -> None:
    backup = ["python", "-m", "shared.maintenance.backup"]
    assert checkout.says("backup", "b", ROWS="yes") == [*backup, "--rows", "b"]
    assert checkout.says("backup", "b", ROWS="no") == [*backup, "b"]
    refused = checkout.call("backup", "b", ROWS="maybe")
    assert (refused.returncode, "Set it to yes or no" in refused.stderr) == (1, True)


def test_a_table_of_logged_rows_comes_out_of_a_container_whole_or_not_at_all(
    checkout: Checkout,
) -> None:
    made, target = checkout.root / "table", checkout.root / "tables" / "out.csv"
    local = checkout.says("predictions", "out.csv", "--version", "3", STACK="local")
    assert local == ["python", "-m", "shared.prediction_table.export", "out.csv", "--version", "3"]
    checkout.project.touch()
    assert checkout.call("predictions", "tables/out.csv", FAKE_TABLE=str(made)).returncode != 0
    assert list(target.parent.iterdir()) == []
    made.write_bytes(b"all of it")
    (checkout.root / "tables" / ".out.csv-17").touch()  # by a killed export
    said = checkout.says("predictions", "tables/out.csv", FAKE_TABLE=str(made))
    assert said == ["The table is tables/out.csv."]
    assert list(target.parent.iterdir()) == [target]
    assert (target.read_bytes(), target.stat().st_mode & 0o777) == (b"all of it", 0o600)
    for name, message in (("out.csv", "exists already"), ("out.xlsx", ".parquet or .csv")):
        refused = checkout.call("predictions", f"tables/{name}", FAKE_TABLE=str(made))
        assert (refused.returncode, message in refused.stderr) == (1, True), refused


def test_a_card_comes_out_of_a_container_whole_or_not_at_all(checkout: Checkout) -> None:
    root = checkout.root
    local = checkout.says("card", "3", "--format", "html", OUT="card.html", STACK="local")
    assert local == ["python", "-m", "gatekeeper.card", "3", "card.html", "--format", "html"]
    checkout.project.touch()
    run = ["docker", "compose", "run", "--rm", "--no-deps", "-T", "gatekeeper", "gatekeeper.card"]
    assert checkout.says("card", "3") == [*run, "3"]
    assert checkout.says("card", "3", OUT="card.html") == []
    assert (root / "card.html").read_text().splitlines() == [*run, "3", "--format", "html"]
    for name, message in (("card.pdf", ".md or .html"), ("no/card.md", "does not exist")):
        refused = checkout.call("card", "3", OUT=name)
        assert (refused.returncode, message in refused.stderr) == (1, True), refused


def test_a_table_is_scored_here_or_in_a_container_of_the_user(checkout: Checkout) -> None:
    root = checkout.root
    (root / "rows.csv").touch()
    given = {"IN": "rows.csv", "OUT": "new/out.parquet", "VERSION": "3", "KEEP": "id,x"}
    options = ["--version", "3", "--keep", "id,x"]
    local = checkout.says("score", **given, TRAINER_CSV="{}")
    module = ["python", "-m", "trainer.score"]
    assert local == [*module, *options, "--", "rows.csv", "new/out.parquet", "TRAINER_CSV={}"]
    checkout.project.touch()
    said = checkout.says("score", **given)
    assert said[:5] == ["docker", "compose", "run", "--rm", "--no-deps"]
    assert said[7:9] == ["--user", f"{os.getuid()}:{os.getgid()}"]
    mounts = [f"{root}/rows.csv:/inputs/rows.csv:ro", f"{root}/new:/outputs"]
    assert said[9:11] == ["--env", "TRAINER_CSV="], "not that of .env"
    assert said[11:15] == ["--volume", mounts[0], "--volume", mounts[1]]
    inside = ["--shown", "new/out.parquet", "--", "/inputs/rows.csv", "/outputs/out.parquet"]
    assert said[15:] == ["-T", "score", "trainer.score", *options, *inside]
    assert "TRAINER_CSV={}" in checkout.says("score", **given, TRAINER_CSV="{}")
    said = checkout.says("score", IN="~/rows.csv", OUT="~/new/out.csv", HOME=str(root))
    assert f"{root}/rows.csv:/inputs/rows.csv:ro" in said
    assert f"{root}/new:/outputs" in said
    refused = checkout.call("score", IN="no.csv", OUT="out.csv")
    assert (refused.returncode, "IN=no.csv does not exist" in refused.stderr) == (2, True)


@pytest.mark.usefixtures("live_run")
def test_the_table_to_score_is_not_written_as_that_of_the_run(checkout: Checkout) -> None:
    with checkout.store.run_file.open("a") as run_file:
        run_file.write('TRAINER_CSV={"separator": ";"}\n')
    said = checkout.says("score", IN="rows.csv", OUT="out.csv")
    assert said[-1] == "TRAINER_CSV="


def test_an_id_is_forgotten_in_the_store_and_in_tables(checkout: Checkout) -> None:
    root, module = checkout.root, ["python", "-m", "shared.forgetting.forget"]
    (root / "out.csv").touch()
    assert checkout.says("forget", str(root), "-a b") == [*module, "--", "-a b"]
    options = {"FILES": f"out.csv {root}/out.csv", "IDS": "ids.txt", "REQUEST": "yes"}
    tables = 2 * ["--table", f"{root}/out.csv"]
    expected = [*module, "--rows-of-requests", "--ids", "ids.txt", *tables, "--"]
    assert checkout.says("forget", str(root), **options) == expected
    checkout.project.touch()
    (root / "ids.txt").touch()
    assert checkout.says("forget", str(root), **options) == [
        *("docker", "compose", "run", "--rm", "--no-deps", "-T"),
        *("--volume", f"{root}:/tables/2", "--volume", f"{root}:/tables/1"),
        *("forget", "--rows-of-requests", "--ids", "-"),
        *("--table", "/tables/1/out.csv", "--table", "/tables/2/out.csv", "--"),
    ]
    for wrong in ({"FILES": "no.csv"}, {"REQUEST": "maybe"}, {"IDS": "no.txt"}):
        assert checkout.call("forget", str(root), "a", **wrong).returncode != 0


def test_labels_reach_a_container_on_its_standard_input(checkout: Checkout) -> None:
    table = checkout.root / "labels.csv"
    table.write_text("id,label\n")
    client = ["python", "-m", "gatekeeper.client", "feedback"]
    assert checkout.says("feedback", str(table), STACK="local") == [*client, str(table)]
    checkout.project.touch()
    said = checkout.says("feedback", str(table))
    assert said[-7:] == [*client, "-", "--format", "csv"]
    for name, message in (("no.csv", "Cannot read"), ("l.txt", ".csv or .json")):
        refused = checkout.call("feedback", name)
        assert (refused.returncode, message in refused.stderr) == (1, True), refused


@pytest.mark.usefixtures("live_run")
def test_a_store_in_use_can_be_backed_up_and_not_restored(checkout: Checkout) -> None:
    assert checkout.says("backup", "b")[:4] == ["python", "-m", "shared.maintenance.backup", "b"]
    refused = checkout.call("restore", "b")
    assert (refused.returncode, "make down" in refused.stderr) == (1, True)


def test_a_backup_comes_out_of_a_container_whole_or_not_at_all(checkout: Checkout) -> None:
    checkout.project.touch()
    target, made = checkout.root / "backups" / "mine.tar.gz", checkout.root / "backup"
    whole = gzip.compress(b"all of it")
    made.write_bytes(whole)
    assert checkout.says("backup", "backups/mine.tar.gz") == ["The backup is backups/mine.tar.gz."]
    assert target.read_bytes() == whole
    again = checkout.call("backup", "backups/mine.tar.gz")
    assert (again.returncode, "exists already" in again.stderr) == (1, True)
    for broken in (whole[:-4], b""):
        made.write_bytes(broken)
        cut = checkout.call("backup", "backups/other.tar.gz")
        assert (cut.returncode != 0, "incomplete" in cut.stderr) == (True, True), cut
    made.unlink()
    assert checkout.call("backup", "backups/other.tar.gz").returncode != 0
    assert list(target.parent.iterdir()) == [target]


def test_a_backup_is_restored_only_when_no_container_runs(checkout: Checkout) -> None:
    (checkout.root / "b").touch()
    said = checkout.says("restore", "b", STACK="compose")
    assert said == ["docker", "compose", "run", "--rm", "--no-deps", "-T", "restore"]
    missing = checkout.call("restore", "nothing", STACK="compose")
    assert (missing.returncode, "Cannot read" in missing.stderr) == (1, True)
    checkout.project.touch()
    refused = checkout.call("restore", "b")
    assert (refused.returncode, "make down" in refused.stderr) == (1, True)


def test_down_ends_the_local_run(checkout: Checkout, live_run: subprocess.Popen[bytes]) -> None:
    with subprocess.Popen(["/bin/sh", SCRIPT, "down"], cwd=checkout.root) as down:
        live_run.wait()  # a parent has to, or the number stays taken
        assert down.wait() == 0


def test_clients_run_where_the_token_is(checkout: Checkout) -> None:
    checkout.project.touch()
    assert checkout.says("gatekeeper", "rollback", "3") == [
        *("docker", "compose", "exec", "-T", "gatekeeper"),
        *("python", "-m", "gatekeeper.client", "rollback", "3"),
    ]
