"""The trials of a probe, each with what was found and whether it is enough."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from shared.probe.operations import MAX_SECONDS, Operations
from shared.probe.peer import Peer

VISIBLE_SECONDS = 2.0
"""Longest time in seconds until another host must see a change."""
_LINKS = 100
_REPLACED_SECONDS = 2.0
_DIRECTORIES = 20
_APPEND_RACES = 25
_LINES = 4
_REFUSED = {"EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EINVAL", "EXDEV"}


@dataclass(frozen=True)
class Finding:
    """The result of one trial."""

    trial: str
    is_good: bool
    found: str
    is_missing: bool = False
    """Whether the file system does not have the operation at all."""


def run_trials(own: Operations, peer: Peer) -> Iterator[Finding]:
    """Run all trials, in an order in which each may use what the ones before it made."""
    yield _replace(own, peer)
    yield _link(own, peer)
    yield _directories(own, peer)
    for trial, name, by_list in (
        ("missing name", "late/name", False),
        ("listing", "listed/name", True),
    ):
        yield _visible(own, peer, trial, name, by_list=by_list)
    yield _append(own, peer)


def _replace(own: Operations, peer: Peer) -> Finding:
    trial = "replaced file"
    first = own.replace("replaced", 0)
    if first != "done":
        return Finding(trial, False, f"rename fails with {first}", is_missing=first in _REFUSED)
    peer.call("begin_reading", name="replaced")
    until, number = time.monotonic() + _REPLACED_SECONDS, 0
    while time.monotonic() < until:
        number += 1
        own.replace("replaced", number)
    counts = peer.call("stop")
    bad = {name: count for name, count in counts.items() if name != "whole"}
    found = f"{number} times, {counts.get('whole', 0)} whole reads{_describe(bad)}"
    return Finding(trial, not bad and counts.get("whole", 0) > 0, found)


def _link(own: Operations, peer: Peer) -> Finding:
    own.make_files("a", _LINKS)
    peer.call("make_files", who="b", count=_LINKS)
    winners: list[int] = []
    codes = set[str]()
    for number in range(_LINKS):
        peer.begin("link_one", who="b", number=number)
        results = (own.link_one("a", number), peer.end())
        winners.append(results.count("won"))
        codes |= {*results} - {"won", "EEXIST"}
    if codes:
        found = f"link fails with {', '.join(sorted(codes))}"
        return Finding("exclusive link", False, found, is_missing=codes <= _REFUSED)
    bad = sum(count != 1 for count in winners)
    return Finding("exclusive link", not bad, f"{_LINKS} races, {_LINKS - bad} with one winner")


def _directories(own: Operations, peer: Peer) -> Finding:
    peer.call("begin_listing")
    failures = {result for n in range(_DIRECTORIES) if (result := own.publish(n)) != "done"}
    if failures:
        peer.call("stop")
        return Finding("published directory", False, min(failures), is_missing=True)
    expected = 3 * _DIRECTORIES
    _wait_for(lambda: peer.call("read_files") >= expected)
    counts = peer.call("stop")
    whole = counts.get("whole", 0)
    bad = {name: count for name, count in counts.items() if name != "whole"}
    found = f"{whole} of {expected} files whole{_describe(bad)}"
    return Finding("published directory", not bad and whole == expected, found)


def _visible(own: Operations, peer: Peer, trial: str, name: str, *, by_list: bool) -> Finding:
    own.make_folder(name.partition("/")[0])
    peer.call("begin_polling", name=name, by_list=by_list)
    _wait_for(lambda: peer.call("looks") > 1)
    written = own.replace(name, 1)
    if written != "done":
        peer.call("stop")
        return Finding(trial, False, f"writing fails with {written}", is_missing=True)
    began = time.monotonic()
    was_found = peer.call("wait").get("found", 0)
    seconds = time.monotonic() - began
    if not was_found:
        return Finding(trial, False, f"not seen within {MAX_SECONDS:g} s")
    return Finding(trial, seconds <= VISIBLE_SECONDS, f"seen after {seconds:.1f} s")


def _append(own: Operations, peer: Peer) -> Finding:
    # Short races: in a single long one, a host may end before the other begins.
    for race in range(_APPEND_RACES):
        peer.begin("append", who="b", race=race, count=_LINES)
        own.append("a", race, _LINES)
        peer.end()
    left, written = peer.call("count_lines"), 2 * _APPEND_RACES * _LINES
    return Finding("appended lines", left == written, f"{left} of {written} survive")


def _wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + MAX_SECONDS
    while not condition() and time.monotonic() < until:
        time.sleep(0.05)


def _describe(bad: dict[str, int]) -> str:
    return "".join(f", {count} {name}" for name, count in sorted(bad.items()))
