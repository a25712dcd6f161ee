"""deploy/server/nightly.sh on a real stack: what it trains, alerts and backs up."""

from pathlib import Path

import pytest

from tests.stacks.local_stack import LocalStack
from tests.stacks.stack import Ended, running

pytestmark = pytest.mark.thorough


def nightly(stack: LocalStack, alert: Path, **variables: str) -> Ended:
    settings = {"NIGHTLY_ENV": "none", "ALERT": f"cat >{alert}", **variables}
    words = [f"{name}={value}" for name, value in settings.items()]
    return stack.run("env", *words, "sh", "deploy/server/nightly.sh", check=False)


def test_a_weak_model_is_refused_with_an_alert_and_a_good_one_goes_into_production(
    tmp_path: Path,
) -> None:
    alert = tmp_path / "alert"
    with running(LocalStack(tmp_path / "stack"), is_trained=True) as stack:
        refused = nightly(stack, alert, TRAINER_CANDIDATES="examples.weak:CANDIDATES")
        assert refused.returncode == 3, refused
        assert "The new model was not promoted. Production stays." in alert.read_text()
        assert "refused" in alert.read_text()
        assert stack.version() == 1
        alert.unlink()

        promoted = nightly(stack, alert)
        assert promoted.returncode == 0, promoted
        assert "Production has the model of this run." in promoted.stdout
        assert not alert.exists()
        assert stack.version() == 2

        broken = nightly(stack, alert, FETCH="echo only,a,header", TRAINER_TARGET="a")
        assert broken.returncode == 2, broken
        assert "The settings or the data are bad." in alert.read_text()
        assert stack.version() == 2

        backups = sorted((stack.checkout / "backups").iterdir())
        assert len(backups) >= 2
        stack.stop(15)
        done = stack.run(
            *("./modelgate", "restore", str(backups[-1]), f"STORE_DIR={tmp_path / 'drill'}")
        )
        assert done.returncode == 0, done
