"""The user's modules reach another process as files, in the version of the run."""

import sys
from pathlib import Path

import pytest

from trainer.candidates.candidate_table import load_candidates
from trainer.cluster import user_modules
from trainer.cluster.user_modules import UserModules, collect_modules, install_modules

TABLE = """
from sklearn.tree import DecisionTreeClassifier
from my_helper import DEPTH
CANDIDATES = {"tree": DecisionTreeClassifier(max_depth=DEPTH)}
"""


@pytest.fixture(autouse=True)
def own_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user_modules, "_INSTALLED", user_modules._Installed())
    monkeypatch.setattr(sys, "path", [*sys.path])
    for name in ("my_table", "my_helper", "my_package", "my_package.table"):
        monkeypatch.delitem(sys.modules, name, raising=False)


def write(folder: Path, depth: int) -> UserModules:
    (folder / "my_table.py").write_text(TABLE)
    (folder / "my_helper.py").write_text(f"DEPTH = {depth}\n")
    sys.path.insert(0, str(folder))
    load_candidates("my_table:CANDIDATES")
    sys.path.remove(str(folder))
    return collect_modules("my_table:CANDIDATES")


def forget() -> None:
    for name in ("my_table", "my_helper"):
        del sys.modules[name]


def test_the_table_and_what_it_imports_from_its_folder_are_collected(tmp_path: Path) -> None:
    modules = write(tmp_path, 3)

    assert modules.sources.keys() == {"my_table.py", "my_helper.py"}
    assert modules.names == {"my_table", "my_helper"}


def test_another_process_imports_them_without_the_users_folder(tmp_path: Path) -> None:
    modules = write(tmp_path, 3)
    forget()

    install_modules(modules)

    assert load_candidates("my_table:CANDIDATES")["tree"].max_depth == 3


def test_a_later_run_with_changed_modules_gets_the_changed_ones(tmp_path: Path) -> None:
    first = write(tmp_path, 3)
    install_modules(first)
    load_candidates("my_table:CANDIDATES")
    forget()
    second_folder = tmp_path / "later"
    second_folder.mkdir()
    second = write(second_folder, 5)

    install_modules(second)

    assert load_candidates("my_table:CANDIDATES")["tree"].max_depth == 5


def test_a_module_in_a_package_keeps_its_name(tmp_path: Path) -> None:
    package = tmp_path / "my_package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "table.py").write_text("CANDIDATES = {}\n")
    sys.path.insert(0, str(tmp_path))
    __import__("my_package.table")

    modules = collect_modules("my_package.table:CANDIDATES")

    assert modules.names == {"my_package", "my_package.table"}


def test_without_a_table_of_the_user_nothing_is_sent() -> None:
    assert collect_modules(None).sources == {}


def test_installed_packages_and_this_projects_code_are_not_sent(tmp_path: Path) -> None:
    names = write(tmp_path, 3).names

    assert not any(name.split(".")[0] in {"trainer", "shared", "sklearn"} for name in names)
