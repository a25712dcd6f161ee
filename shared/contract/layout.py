"""Every path and name on the volume. Nothing here reads or writes a file.

docs/volume-format.md specifies the tree and its owners. No other module contains a file name of
the store.
"""

import re
from pathlib import Path

FORMAT_VERSION = 1
"""The format version that this release writes, and the newest that it can read."""

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


class StoreLayout:
    """The paths of everything in the store at *root*."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.marker = root / MARKER
        """The document that marks the directory as a store, with its format version."""
        self.registry = root / REGISTRY
        """The document that names the model in production."""
        self.training_log = root / TRAINING_LOG
        """The log for people, derived from the decision log."""
        self.awaiting_approval = root / AWAITING_APPROVAL
        """The list of candidates that await a person's approval."""
        self.token = root / TOKEN
        """The bearer token that the gatekeeper creates if none is configured."""
        self.candidates = root / CANDIDATES
        """The trainer's directory of candidates."""
        self.models = root / MODELS
        """The gatekeeper's directory of verified models, each named by its digest."""
        self.decisions = root / DECISIONS
        """The gatekeeper's directory of decisions: an append-only log."""
        self.serving = root / SERVING
        """The predictor's directory: one heartbeat for each worker."""
        self.run_file = root / RUN_FILE
        """The process id and ports of a local run on this store."""
        self.run_log = root / RUN_LOG
        """The output of the services of a local run."""
        self.restoring = root / RESTORING
        """The directory that a killed restore leaves behind."""

    def candidate(self, candidate_id: str) -> Path:
        """Return the directory of one candidate."""
        return self.candidates / candidate_id

    def model(self, digest: str) -> Path:
        """Return the directory of one model; *digest* is `sha256:` and 64 hexadecimal digits."""
        return self.models / model_directory_name(digest)

    def decision(self, number: int) -> Path:
        """Return the path of decision *number*, counted from 1."""
        return self.decisions / decision_file_name(number)

    def heartbeat(self, worker: str) -> Path:
        """Return the path of one worker's heartbeat."""
        return self.serving / f"{worker}.json"


STORE_DIRECTORIES = (CANDIDATES, MODELS, DECISIONS, SERVING)
"""The directories of a store."""
PRIVATE_NAMES = frozenset({TOKEN, RUN_FILE, RUN_LOG, OLDER_RUN_LOG, "lost+found"})
"""Names that no other service reads; a new ext4 volume contains lost+found."""
VISIBLE_NAMES = PRIVATE_NAMES | {
    MARKER,
    REGISTRY,
    TRAINING_LOG,
    AWAITING_APPROVAL,
    *STORE_DIRECTORIES,
}
"""All names without a leading dot that the root of a store may contain."""
_IN_BACKUPS = re.compile(
    rf"{re.escape(MARKER)}|{DECISIONS}/[0-9]{{8,}}\.json"
    rf"|(?:{MODELS}/{_HEX.pattern}|{CANDIDATES}/{CANDIDATE_ID.pattern})/{FILE_NAME.pattern}",
    re.ASCII,
)


def is_backed_up(path: str) -> bool:
    """Say whether a backup may contain the file with this path beneath the root."""
    return _IN_BACKUPS.fullmatch(path) is not None


def model_directory_name(digest: str) -> str:
    """Return the name of a model's directory: its digest without `sha256:`."""
    return digest.removeprefix("sha256:")


def parse_model_directory(name: str) -> str | None:
    """Return the digest of the model whose directory is *name*, or None for other names."""
    return f"sha256:{name}" if _HEX.fullmatch(name) else None


def decision_file_name(number: int) -> str:
    """Return the name of a decision's file: eight digits, so that a listing sorts by number."""
    return f"{number:08d}.json"


def parse_decision_name(name: str) -> int | None:
    """Return the number of the decision whose file is *name*, or None for other names."""
    match = _DECISION_NAME.fullmatch(name)
    number = int(match[1]) if match else 0
    return number if number and decision_file_name(number) == name else None
