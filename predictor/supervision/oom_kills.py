"""Distinguish a kill for lack of memory from any other SIGKILL."""

from pathlib import Path

_VMSTAT = Path("/proc/vmstat")
_COUNTER = "oom_kill "


class OomKills:
    """The kernel's count of processes that it killed for lack of memory."""

    def __init__(self, vmstat: Path = _VMSTAT) -> None:
        self._vmstat = vmstat
        self._known = self._read()

    def has_grown(self) -> bool:
        """Report whether the kernel has killed a process since the last call.

        Without the kernel's count, every SIGKILL may be such a kill.
        """
        before, self._known = self._known, self._read()
        return before is None or self._known is None or self._known > before

    def _read(self) -> int | None:
        try:
            lines = self._vmstat.read_text().splitlines()
        except OSError:
            return None
        return next((int(line.split()[1]) for line in lines if line.startswith(_COUNTER)), None)
