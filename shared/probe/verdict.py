"""The use of a mount, by the findings of a probe."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from shared.probe.mounted import Mount
from shared.probe.trials import Finding


class Use(Enum):
    """The roles that may use a mount."""

    ALL = "all roles"
    ONE_GATEKEEPER_HOST = "all roles; the gatekeepers of one host keep house"
    READERS = "predictors that only read"
    NOTHING = "unsuitable"


@dataclass(frozen=True)
class Verdict:
    """The use of a mount, and the reasons why it is not more."""

    use: Use
    reasons: tuple[str, ...]


def judge(mount: Mount, findings: Sequence[Finding], *, has_two_hosts: bool) -> Verdict:
    """Judge a mount by its type and by the findings."""
    known = mount.why_unsuitable()
    bad = {each.trial: each for each in findings if not each.is_good}
    lost = bad.pop("appended lines", None)
    broken = [_reason(each) for each in bad.values() if not each.is_missing]
    if known or broken:
        return Verdict(Use.NOTHING, (*([known] if known else []), *broken))
    if bad:
        return Verdict(Use.READERS, tuple(map(_reason, bad.values())))
    if lost is not None:
        return Verdict(Use.ONE_GATEKEEPER_HOST, (f"Lines of two hosts get lost: {lost.found}.",))
    if mount.may_lose_lines:
        reason = (
            f"Lines of two hosts get lost: {mount.kind} cannot append, even if no trial shows it."
        )
        return Verdict(Use.ONE_GATEKEEPER_HOST, (reason,))
    if mount.is_shared and not has_two_hosts:
        reason = f"Only this host was tried, and {mount.kind} may behave differently between hosts."
        return Verdict(Use.ONE_GATEKEEPER_HOST, (reason,))
    return Verdict(Use.ALL, ())


def judge_read_only(mount: Mount) -> Verdict:
    """Judge a directory in which this user cannot write."""
    known = mount.why_unsuitable()
    if known:
        return Verdict(Use.NOTHING, (known,))
    return Verdict(Use.READERS, ("This user cannot write here.",))


def _reason(finding: Finding) -> str:
    return f"{finding.trial.capitalize()}: {finding.found}."
