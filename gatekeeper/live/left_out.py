"""The counts that are left out, each with the reason."""

MAX_LEFT_OUT = 100
"""The most files that are named."""


class LeftOut:
    """The newest reasons why counts are left out, by the name of what is left out."""

    def __init__(self) -> None:
        self._reasons = dict[str, str]()

    def add(self, name: str, reason: object) -> None:
        """Name what is left out; *reason* is a sentence or an error."""
        self._reasons.pop(name, None)
        if len(self._reasons) >= MAX_LEFT_OUT:
            del self._reasons[next(iter(self._reasons))]
        self._reasons[name] = str(reason)

    def remove(self, name: str) -> None:
        """Forget a reason that is over."""
        self._reasons.pop(name, None)

    @property
    def sentences(self) -> tuple[str, ...]:
        """The reasons, oldest first."""
        return tuple(self._reasons.values())
