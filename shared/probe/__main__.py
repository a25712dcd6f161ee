"""`python -m shared.probe`: say what the file system of STORE_DIR is good for."""

import argparse
import os
import shutil
import sys
from pathlib import Path

from shared.contract.layout import TEMPORARY_PREFIX
from shared.errors import ModelgateError, NotAStoreError
from shared.probe.mounted import find_mount
from shared.probe.operations import Operations
from shared.probe.peer import Peer, answer
from shared.probe.trials import run_trials
from shared.probe.verdict import Use, Verdict, judge, judge_read_only
from shared.settings import CommonSettings, load_settings
from shared.store.durable_write import unique_suffix
from shared.text import to_printable

_STATUS = {Use.ALL: 0, Use.ONE_GATEKEEPER_HOST: 0, Use.READERS: 3, Use.NOTHING: 1}


def main() -> int:
    """Return 0 for all roles, 3 for predictors that only read, 1 for an unsuitable mount."""
    parser = argparse.ArgumentParser(
        prog="python -m shared.probe",
        description="Say what the file system of STORE_DIR is good for. Two processes do what the "
        "services do, in a hidden directory that is removed afterwards.",
    )
    parser.add_argument(
        "--peer",
        metavar="COMMAND",
        help="run the second process by COMMAND, such as "
        "\"ssh other 'cd modelgate && ./modelgate probe-store --answer STORE_DIR=/mnt/store'\"",
    )
    parser.add_argument(
        "--answer", action="store_true", help="be the second process, on the standard streams"
    )
    arguments = parser.parse_args()
    try:
        root = load_settings(CommonSettings).store_dir.resolve()
        if not root.is_dir():
            raise NotAStoreError(f"There is no directory {root}. Set STORE_DIR to one.")
        if arguments.answer:
            answer(root)
            return 0
        verdict = _probe(root, arguments.peer or None)
    except ModelgateError as error:
        print(f"error: {to_printable(error)}", file=sys.stderr)
        return 1
    print(f"{root}: {verdict.use.value}.")
    for reason in verdict.reasons:
        print(f"  {to_printable(reason)}")
    return _STATUS[verdict.use]


def _probe(root: Path, command: str | None) -> Verdict:
    mount = find_mount(root)
    print(to_printable(mount.describe()))
    directory = root / f"{TEMPORARY_PREFIX}probe-{unique_suffix()}"
    try:
        directory.mkdir()
    except OSError as error:
        print(f"  {'write':20} {os.strerror(error.errno or 0)}")
        return judge_read_only(mount)
    try:
        peer = Peer(command, directory.name)
        try:
            findings = []
            for finding in run_trials(Operations(directory), peer):
                state = "ok" if finding.is_good else "missing" if finding.is_missing else "BAD"
                print(f"  {finding.trial:20} {state:8} {to_printable(finding.found)}", flush=True)
                findings.append(finding)
        finally:
            peer.close()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    if command is None and mount.is_shared:
        print("  Only this host was tried. Name a second one: make probe-store PEER='ssh …'")
    return judge(mount, findings, has_two_hosts=command is not None)


if __name__ == "__main__":
    sys.exit(main())
