"""Actions as an unprivileged user: file modes do not stop root, as whom tests may run."""

import os
import traceback
import warnings
from collections.abc import Callable, Sequence

import pytest

NOBODY = 65534


def as_another_user(
    action: Callable[[], object], uid: int = NOBODY, groups: Sequence[int] = ()
) -> None:
    """Run *action* in a forked child as *uid*, a member of *groups*. Fail if it fails."""
    if os.getuid() != 0:
        pytest.skip("only root can become another user")
    with warnings.catch_warnings():
        # Forking is safe here: the child runs no code of other threads.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            os.setgroups(groups)
            os.setgid(uid)
            os.setuid(uid)
            action()
        except BaseException:  # noqa: BLE001 - the child must not outlive this
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0, "it failed as another user; see its traceback"
