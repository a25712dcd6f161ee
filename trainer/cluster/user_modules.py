"""Send the user's modules to the workers: the table of candidates and what it imports."""

import atexit
import hashlib
import importlib
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from threading import Lock

_OURS = ("trainer", "shared")
_LIBRARIES = {"site-packages", "dist-packages"}


@dataclass(frozen=True)
class UserModules:
    """The source of modules by their paths below one folder, such as `mine/table.py`."""

    sources: dict[str, bytes] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """The digest of all paths and sources."""
        digest = hashlib.sha256()
        for path, source in sorted(self.sources.items()):
            digest.update(f"{path}\0{len(source)}\0".encode() + source)
        return digest.hexdigest()

    @property
    def names(self) -> set[str]:
        """The names of the modules."""
        parts = (PurePath(path).with_suffix("").parts for path in self.sources)
        return {".".join(part for part in each if part != "__init__") for each in parts}


def collect_modules(setting: str | None) -> UserModules:
    """Collect the module that TRAINER_CANDIDATES names, and the loaded modules beside it.

    These are the modules below the folder from which it was imported, without installed packages
    and without this project's own.
    """
    if setting is None:
        return UserModules()
    name = setting.partition(":")[0]
    file = getattr(sys.modules.get(name), "__file__", None)
    if file is None:
        return UserModules()
    path = Path(file).resolve()
    root = path.parents[name.count(".") + (path.name == "__init__.py")]
    sources = {}
    for loaded, module in list(sys.modules.items()):
        place = getattr(module, "__file__", None)
        if not place or not place.endswith(".py") or loaded.partition(".")[0] in _OURS:
            continue
        place = Path(place).resolve()
        if place.is_relative_to(root) and not _LIBRARIES & {*place.parts}:
            sources[place.relative_to(root).as_posix()] = place.read_bytes()
    return UserModules(sources)


class _Installed:
    """The modules of the last run that this process, a worker, has installed."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.modules = UserModules()
        self.folder: Path | None = None


_INSTALLED = _Installed()


def install_modules(modules: UserModules) -> None:
    """Make *modules* importable in this process. Those of an earlier run are forgotten."""
    with _INSTALLED.lock:
        if modules.digest == _INSTALLED.modules.digest:
            return
        if _INSTALLED.folder is not None:
            sys.path.remove(str(_INSTALLED.folder))
            _remove(_INSTALLED.folder)
        for name in _INSTALLED.modules.names | modules.names:
            sys.modules.pop(name, None)
        folder = Path(tempfile.mkdtemp(prefix="modelgate-modules-"))
        atexit.register(_remove, folder)
        for relative, source in modules.sources.items():
            path = folder / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(source)
        sys.path.insert(0, str(folder))
        importlib.invalidate_caches()
        _INSTALLED.folder, _INSTALLED.modules = folder, modules


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
