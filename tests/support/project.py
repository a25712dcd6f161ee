"""The checkout that the tests read and start."""

from pathlib import Path, PurePath

ROOT = Path(__file__).parents[2]

FOLDERS = frozenset({
    *("bench", "deploy", "gatekeeper", "predictor", "shared", "tests", "trainer"),
    *("docs", "requirements", ".ci", ".github"),
})  # fmt: skip
FILES = frozenset({
    *("CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md"),
    *("Dockerfile", "Makefile", "modelgate", "pyproject.toml"),
    *("docker-compose.yml", "docker-compose.signing.yml", "docker-compose.dask.yml"),
    *("docker-compose.otel.yml", "docker-compose.mlflow.yml"),
    *(".dockerignore", ".editorconfig", ".env.example", ".git-blame-ignore-revs"),
    *(".gitattributes", ".gitignore", ".pre-commit-config.yaml"),
    *("examples/__init__.py", "examples/customers.csv", "examples/customers.py"),
    *("examples/forest.py", "examples/mixed.py", "examples/notebook.ipynb", "examples/weak.py"),
})  # fmt: skip


def is_own(path: PurePath) -> bool:
    """Return whether a path in the checkout is the project's, and not a file of the user."""
    return path.parts[0] in FOLDERS or path.as_posix() in FILES
