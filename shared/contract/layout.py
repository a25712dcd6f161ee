"""Every path and name on the volume. Nothing here reads or writes a file.

docs/volume-format.md specifies the tree and its owners. No other module contains a file name of
the store.
"""

import re
from datetime import UTC, datetime
from pathlib import Path

FORMAT_VERSION = 1
"""The format version that this release writes, and the newest that it can read."""

MARKER = "store.json"
REGISTRY = "registry.json"
TRAINING_LOG = "training.log"
AWAITING_APPROVAL = "waiting.json"
HOUSEKEEPER = "housekeeper.json"
TOKEN = "token"  # noqa: S105 - the name of the file, not a secret
CANDIDATES = "candidates"
MODELS = "models"
DECISIONS = "decisions"
SERVING = "serving"
LIVE = "live"
DRIFT = "drift.json"
PREDICTIONS = "predictions"
FEEDBACK = "feedback"
DELETIONS = "deletions.json"
NOTIFICATIONS = "notifications"
TRAINING = "training"
TRAINING_STATUS = "status.json"
TRAINING_LOCK = "training.lock"
WAITING_LOCK = "waiting.lock"
TRAINING_REQUEST = "training-request.json"
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
REFERENCE = "reference.json"
REPORT = "report.json"
REPORT_PAGE = "report.html"

# Names with a leading dot are never part of the visible store.
STAGING_PREFIX = ".staging-"
TEMPORARY_PREFIX = ".tmp-"
TRASH_PREFIX = ".trash-"
PIN_PREFIX = ".pin-"
RESTORE_PREFIX = f"{TEMPORARY_PREFIX}restore-"
"""The beginning of the name of the directory into which a restore unpacks."""

MAX_MANIFEST_BYTES = 1 << 20
"""The largest manifest.json that is published or read."""
MAX_REPORT_BYTES = 1 << 20
"""The largest report.json that is published or shown."""

# \d would match digits of other scripts too.
CANDIDATE_ID = re.compile(r"[0-9]{8}T[0-9]{12}Z-[0-9a-f]{8}")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
WORKER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
RECEIVER = re.compile(r"[a-z0-9][a-z0-9.-]{0,127}")
FILE_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_HOUR_NAME = re.compile(r"([0-9]{8}T[0-9]{2})\.json")
_SEGMENT_NAME = re.compile(r"([0-9]{8,})\.jsonl")
_DECISION_NAME = re.compile(r"([0-9]{8,})\.json")
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
        self.housekeeper = root / HOUSEKEEPER
        """The document that names the host whose gatekeepers remove old files."""
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
        self.live = root / LIVE
        """The predictor's directory: what each worker counted in each hour."""
        self.drift = root / DRIFT
        """The gatekeeper's document: the drift of production, and its last events."""
        self.predictions = root / PREDICTIONS
        """The predictor's directory: the rows that each worker answered, if they are logged."""
        self.feedback = root / FEEDBACK
        """The gatekeeper's directory: labels, which say what turned out to be true."""
        self.deletions = root / DELETIONS
        """The gatekeeper's document: when rows of a person were deleted, and how many."""
        self.notifications = root / NOTIFICATIONS
        """The notifier's directory: one cursor for each receiver."""
        self.training = root / TRAINING
        """The trainer's directory: its runs by schedule, data, drift and request."""
        self.training_status = self.training / TRAINING_STATUS
        """The document of the waiting trainer: its next run, and its last one."""
        self.training_lock = self.training / TRAINING_LOCK
        """The empty file that trainings lock."""
        self.waiting_lock = self.training / WAITING_LOCK
        """The empty file that the waiting trainer locks as long as it lives."""
        self.training_request = root / TRAINING_REQUEST
        """The gatekeeper's document: a person requests a training."""
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

    def live_hour(self, worker: str, hour: str) -> Path:
        """Return the path of one worker's counts; *hour* is like `20260131T11`, in UTC."""
        return self.live / worker / f"{hour}.json"

    def prediction_segment(self, worker: str, number: int) -> Path:
        """Return the path of segment *number*, from 1, of the rows that *worker* logged."""
        return self.predictions / worker / segment_file_name(number)

    def hidden_prediction_segment(self, worker: str, number: int) -> Path:
        """Return the path of the same segment while it is written."""
        return self.predictions / worker / f"{TEMPORARY_PREFIX}{segment_file_name(number)}"

    def feedback_segment(self, number: int) -> Path:
        """Return the path of segment *number* of the labels, counted from 1."""
        return self.feedback / segment_file_name(number)

    def hidden_feedback_segment(self, name: str) -> Path:
        """Return the path of the segment *name* of the labels while it is removed."""
        return self.feedback / f"{TEMPORARY_PREFIX}{name}"

    def notification_cursor(self, receiver: str) -> Path:
        """Return the path of the cursor of one receiver."""
        return self.notifications / f"{receiver}.json"


STORE_DIRECTORIES = (
    *(CANDIDATES, MODELS, DECISIONS, SERVING, LIVE, NOTIFICATIONS, TRAINING),
    *(PREDICTIONS, FEEDBACK),
)
"""The directories of a store."""
ROW_DIRECTORIES = frozenset({PREDICTIONS, FEEDBACK})
"""The directories with data of single rows, which only their owner and one group can read."""
PRIVATE_NAMES = frozenset({TOKEN, RUN_FILE, RUN_LOG, OLDER_RUN_LOG, "lost+found"})
"""Names that no other service reads; a new ext4 volume contains lost+found."""
TRAINING_NAMES = frozenset({TRAINING_STATUS, TRAINING_LOCK, WAITING_LOCK})
"""All names without a leading dot that the directory of trainings may contain."""
VISIBLE_NAMES = PRIVATE_NAMES | {
    MARKER,
    REGISTRY,
    TRAINING_LOG,
    AWAITING_APPROVAL,
    HOUSEKEEPER,
    DRIFT,
    DELETIONS,
    TRAINING_REQUEST,
    *STORE_DIRECTORIES,
}
"""All names without a leading dot that the root of a store may contain."""


def model_directory_name(digest: str) -> str:
    """Return the name of a model's directory: its digest without `sha256:`."""
    return digest.removeprefix("sha256:")


def parse_model_directory(name: str) -> str | None:
    """Return the digest of the model whose directory is *name*, or None for other names."""
    return f"sha256:{name}" if _HEX.fullmatch(name) else None


def decision_file_name(number: int) -> str:
    """Return the name of a decision's file: eight digits, so that a listing sorts by number."""
    return f"{number:08d}.json"


def live_hour_name(time: datetime) -> str:
    """Return the name of the hour of *time*, which is in UTC, such as `20260131T11`."""
    return time.strftime("%Y%m%dT%H")


def parse_live_hour_name(name: str) -> datetime | None:
    """Return the hour whose counts are in the file *name*, or None for other names."""
    match = _HOUR_NAME.fullmatch(name)
    try:
        return datetime.strptime(match[1], "%Y%m%dT%H").replace(tzinfo=UTC) if match else None
    except ValueError:
        return None


def parse_decision_name(name: str) -> int | None:
    """Return the number of the decision whose file is *name*, or None for other names."""
    match = _DECISION_NAME.fullmatch(name)
    number = int(match[1]) if match else 0
    return number if number and decision_file_name(number) == name else None


def segment_file_name(number: int) -> str:
    """Return the name of a segment's file: at least eight digits."""
    return f"{number:08d}.jsonl"


def parse_segment_name(name: str) -> int | None:
    """Return the number of the segment whose file is *name*, or None for other names."""
    match = _SEGMENT_NAME.fullmatch(name)
    number = int(match[1]) if match else 0
    return number if number and segment_file_name(number) == name else None


def parse_hidden_segment_name(name: str) -> int | None:
    """Return the number of the segment that is written as *name*, or None for other names."""
    is_hidden = name.startswith(TEMPORARY_PREFIX)
    return parse_segment_name(name.removeprefix(TEMPORARY_PREFIX)) if is_hidden else None
