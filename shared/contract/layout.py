"""Every path and name on the volume. Pure: nothing here touches a file.

The tree and its owners are specified in docs/volume-format.md. No other module spells a
file name of the store.
"""

import re
from dataclasses import dataclass
from pathlib import Path

FORMAT_VERSION = 1
"""The version of the format that this release writes, and the newest that it reads."""

MARKER = "store.json"
REGISTRY = "registry.json"
TRAINING_LOG = "training.log"
AWAITING_APPROVAL = "waiting.json"
TOKEN = "token"  # noqa: S105 - the name of the file, not a secret
CANDIDATES = "candidates"
MODELS = "models"
DECISIONS = "decisions"
SERVING = "serving"
RUN_FILE = "run.pid"
RUN_LOG = "run.log"
OLDER_RUN_LOG = "run.log.1"
RESTORING = "unfinished-restore"

MANIFEST = "manifest.json"
MANIFEST_SIGNATURE = "manifest.sig"
ARTEFACT = "artefact.json"
GOLDEN = "golden.json"
ONNX_MODEL = "model.onnx"
JOBLIB_MODEL = "model.joblib"
HOLDOUT = "holdout.npz"
ROWS = "rows.npz"
REPORT = "report.json"
REPORT_PAGE = "report.html"

# Names with a leading dot are never part of the visible store.
STAGING_PREFIX = ".staging-"
TEMPORARY_PREFIX = ".tmp-"
TRASH_PREFIX = ".trash-"
PIN_PREFIX = ".pin-"

CANDIDATE_ID = re.compile(r"\d{8}T\d{12}Z-[0-9a-f]{8}")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
WORKER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
FILE_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_DECISION_NAME = re.compile(r"(\d{8,})\.json")
_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class StoreLayout:
    """Where everything stands beneath one store's root."""

    root: Path

    @property
    def marker(self) -> Path:
        """The document that says this directory is a store, and of which format."""
        return self.root / MARKER

    @property
    def registry(self) -> Path:
        """What is in production."""
        return self.root / REGISTRY

    @property
    def training_log(self) -> Path:
        """The log for people, derived from the decisions."""
        return self.root / TRAINING_LOG

    @property
    def awaiting_approval(self) -> Path:
        """The candidates that wait for a person."""
        return self.root / AWAITING_APPROVAL

    @property
    def token(self) -> Path:
        """The gatekeeper's own bearer token, where none is configured."""
        return self.root / TOKEN

    @property
    def candidates(self) -> Path:
        """The trainer's part."""
        return self.root / CANDIDATES

    @property
    def models(self) -> Path:
        """The gatekeeper's verified copies, by digest."""
        return self.root / MODELS

    @property
    def decisions(self) -> Path:
        """The append-only log."""
        return self.root / DECISIONS

    @property
    def serving(self) -> Path:
        """The predictor's part: one heartbeat per worker."""
        return self.root / SERVING

    @property
    def run_file(self) -> Path:
        """Process id and ports of the local run on this store."""
        return self.root / RUN_FILE

    @property
    def run_log(self) -> Path:
        """What the services of the local run print."""
        return self.root / RUN_LOG

    @property
    def restoring(self) -> Path:
        """What is left of a restore that was killed while it put things in their places."""
        return self.root / RESTORING

    def candidate(self, candidate_id: str) -> Path:
        """One published candidate."""
        return self.candidates / candidate_id

    def model(self, digest: str) -> Path:
        """One model; *digest* is ``sha256:`` and 64 hexadecimal digits."""
        return self.models / model_directory_name(digest)

    def decision(self, number: int) -> Path:
        """Entry *number* of the log, counted from 1."""
        return self.decisions / decision_file_name(number)

    def heartbeat(self, worker: str) -> Path:
        """The heartbeat of one worker."""
        return self.serving / f"{worker}.json"


STORE_DIRECTORIES = (CANDIDATES, MODELS, DECISIONS, SERVING)
"""The directories of a store."""
PRIVATE_NAMES = frozenset({TOKEN, RUN_FILE, RUN_LOG, OLDER_RUN_LOG, "lost+found"})
"""What no other service reads (lost+found: a freshly made volume's)."""
VISIBLE_NAMES = PRIVATE_NAMES | {
    MARKER,
    REGISTRY,
    TRAINING_LOG,
    AWAITING_APPROVAL,
    *STORE_DIRECTORIES,
}
"""All that may stand visibly at the top of a store."""
_IN_BACKUPS = re.compile(
    rf"{re.escape(MARKER)}|{DECISIONS}/[0-9]{{8,}}\.json"
    rf"|(?:{MODELS}/{_HEX.pattern}|{CANDIDATES}/{CANDIDATE_ID.pattern})/{FILE_NAME.pattern}",
    re.ASCII,
)


def is_backed_up(path: str) -> bool:
    """Whether a file of this path beneath the root is one that a backup holds."""
    return _IN_BACKUPS.fullmatch(path) is not None


def model_directory_name(digest: str) -> str:
    """The directory name of a model: its digest without the algorithm."""
    return digest.removeprefix("sha256:")


def parse_model_directory(name: str) -> str | None:
    """The digest that a name under models/ stands for, or None where it is not a model's."""
    return f"sha256:{name}" if _HEX.fullmatch(name) else None


def decision_file_name(number: int) -> str:
    """Eight digits, so that a listing sorts by number."""
    return f"{number:08d}.json"


def parse_decision_name(name: str) -> int | None:
    """The number that a name under decisions/ stands for, or None where it is not an entry's."""
    match = _DECISION_NAME.fullmatch(name)
    number = int(match[1]) if match else 0
    return number if number and decision_file_name(number) == name else None
