"""A verdict follows from the kind of mount, its options and what the trials found."""

from pathlib import Path

import pytest

from shared.probe.mounted import Mount, find_mount, parse_mount
from shared.probe.trials import Finding
from shared.probe.verdict import Use, judge, judge_read_only

GOOD = Finding("replaced file", is_good=True, found="")
LOST = Finding("appended lines", is_good=False, found="140 of 200 survive")
NO_LINK = Finding("exclusive link", is_good=False, found="link fails with EPERM", is_missing=True)
TORN = Finding("replaced file", is_good=False, found="9 times, 40 whole reads, 3 missing")
LATE = Finding("listing", is_good=False, found="seen after 19.3 s")


def mount(kind: str, *options: str) -> Mount:
    return Mount(Path("/mnt"), kind, frozenset(options))


@pytest.mark.parametrize(
    ("kind", "findings", "two_hosts", "use"),
    [
        ("ext4", [GOOD], False, Use.ALL),
        ("tmpfs", [GOOD], False, Use.ALL),
        ("ceph", [GOOD], True, Use.ALL),
        ("nfs4", [GOOD], False, Use.ONE_GATEKEEPER_HOST),
        ("nfs4", [GOOD], True, Use.ONE_GATEKEEPER_HOST),
        ("nfs4", [GOOD, LOST], True, Use.ONE_GATEKEEPER_HOST),
        ("fuse.juicefs", [GOOD], False, Use.ONE_GATEKEEPER_HOST),
        ("fuse.juicefs", [GOOD], True, Use.ALL),
        ("fuse.mount-s3", [NO_LINK], False, Use.READERS),
        ("vfat", [GOOD, NO_LINK, LOST], False, Use.READERS),
        ("fuse.unknown", [TORN], True, Use.NOTHING),
        ("nfs4", [GOOD, LATE], True, Use.NOTHING),
        ("fuse.unknown", [TORN, NO_LINK, LOST], True, Use.NOTHING),
    ],
)
def test_findings_decide(kind: str, findings: list[Finding], two_hosts: bool, use: Use) -> None:
    assert judge(mount(kind), findings, has_two_hosts=two_hosts).use is use


@pytest.mark.parametrize("kind", ["fuse.s3fs", "fuse.goofys", "fuse.rclone", "fuse.gcsfuse"])
def test_file_systems_that_copy_instead_of_renaming_are_unsuitable(kind: str) -> None:
    verdict = judge(mount(kind), [GOOD], has_two_hosts=True)
    assert verdict.use is Use.NOTHING
    assert verdict.reasons[0].startswith(f"{kind[5:]} is not a shared volume: it ")
    assert judge_read_only(mount(kind)).use is Use.NOTHING


def test_nocto_is_unsuitable_whatever_the_trials_show() -> None:
    verdict = judge(mount("nfs4", "rw", "nocto"), [GOOD], has_two_hosts=True)
    assert verdict.use is Use.NOTHING
    assert "nocto" in verdict.reasons[0]


@pytest.mark.parametrize(("days", "use"), [(0, Use.NOTHING), (1, Use.ALL)])
def test_the_trash_days_of_juicefs_are_read_from_its_mount(
    tmp_path: Path, days: int, use: Use
) -> None:
    (tmp_path / ".config").write_text(f'{{"Format": {{"TrashDays": {days}}}}}')
    juicefs = Mount(tmp_path, "fuse.juicefs", frozenset())
    assert judge(juicefs, [GOOD], has_two_hosts=True).use is use


def test_a_directory_without_write_permission_is_for_readers() -> None:
    verdict = judge_read_only(mount("fuse.mount-s3", "ro"))
    assert verdict.use is Use.READERS
    assert verdict.reasons == ("This user cannot write here.",)


def test_a_line_of_mountinfo_is_parsed() -> None:
    line = (
        "41 28 0:36 / /mnt/a\\040b rw,relatime shared:20 master:1 - nfs4 10.0.0.1:/x "
        "rw,vers=4.1,nocto,addr=10.0.0.1"
    )
    found = parse_mount(line)
    assert (found.place, found.kind) == (Path("/mnt/a b"), "nfs4")
    assert found.options >= {"relatime", "nocto", "vers=4.1"}
    assert found.is_shared


def test_the_mount_of_a_directory_is_the_nearest_one() -> None:
    assert find_mount(Path("/proc/self")).kind == "proc"
    assert find_mount(Path("/proc/self")).place == Path("/proc")
