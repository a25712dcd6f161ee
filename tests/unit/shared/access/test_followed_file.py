"""A followed file: complete new content is used, and otherwise the last good content stays."""

from pathlib import Path

import pytest

from shared.access.followed_file import FileFollower, FollowedFile
from shared.errors import ApiKeysError, ModelgateError
from tests.support.processes.wait_until import wait_for


def follow(path: Path) -> FollowedFile[str]:
    def read() -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            raise ApiKeysError(f"{path} cannot be read.") from error

    def build(content: bytes) -> str:
        if b"bad" in content:
            raise ApiKeysError("The content is bad.")
        return content.decode()

    return FollowedFile("Words", read, build)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "words"
    path.write_text("one")
    return path


def test_new_content_is_used_when_two_reads_agree(path: Path) -> None:
    followed = follow(path)
    changes: list[str] = []
    followed.on_change = lambda: changes.append(followed.value)
    for half in ("tw", "two"):
        path.write_text(half)
        followed.poll()
        assert followed.value == "one", "it may still be written"
    followed.poll()
    assert (followed.value, followed.problem, changes) == ("two", None, ["two"])
    followed.poll()
    assert changes == ["two"]


@pytest.mark.parametrize("content", ["bad", None], ids=["malformed", "missing"])
def test_the_last_good_content_stays_and_the_problem_is_reported_once(
    path: Path, content: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    followed = follow(path)
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
    for _ in range(5):
        followed.poll()
    assert followed.value == "one"
    assert followed.problem is not None
    assert followed.problem.startswith("Words: ")
    assert followed.problem.endswith("The content before it stays in use.")
    assert [record.message for record in caplog.records] == [followed.problem]
    path.write_text("one")
    followed.poll()
    repaired: str | None = followed.problem
    assert repaired is None
    path.write_text("three")
    followed.poll()
    followed.poll()
    assert followed.value == "three"


def test_content_that_is_bad_at_the_start_is_an_error(path: Path) -> None:
    path.write_text("bad")
    with pytest.raises(ModelgateError, match="The content is bad"):
        follow(path)


def test_the_thread_survives_an_unexpected_error(path: Path) -> None:
    broken, followed = follow(path), follow(path)
    broken._read = lambda: bytes(-1)
    problems: list[str | None] = []
    follower = FileFollower([followed], problems.append)
    crashing = FileFollower([broken], problems.append)
    follower.start()
    crashing.start()
    path.write_text("bad")
    wait_for(lambda: any(problems), "the problem")
    path.write_text("two")
    wait_for(lambda: followed.value == "two" and problems[-1] is None, "the new content")
    assert crashing._thread.is_alive()
    for each in (follower, crashing):
        each.stop()
        assert not each._thread.is_alive()
