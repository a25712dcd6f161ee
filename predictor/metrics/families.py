"""The predictor's metrics; docs/metrics.md has the same table."""

from predictor.metrics.prometheus_text import Family

LATENCY_BOUNDS = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05),
    *(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
ROW_BOUNDS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16384, 65536)
LOAD_BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)

_PREFIX = "modelgate_predictor_"

REQUESTS = Family(
    f"{_PREFIX}requests_total",
    "counter",
    "Requests answered, by the route's path (other: no route) and HTTP status.",
    ("endpoint", "status"),
)
REQUEST_SECONDS = Family(
    f"{_PREFIX}request_duration_seconds",
    "histogram",
    "Time from receiving a request to its reply.",
    ("endpoint",),
    LATENCY_BOUNDS,
)
CLIENT_REQUESTS = Family(
    f"{_PREFIX}client_requests_total",
    "counter",
    "Requests that needed a key, by the name of their key (empty: refused).",
    ("client",),
)
BATCH_ROWS = Family(
    f"{_PREFIX}batch_rows",
    "histogram",
    "Rows in one model call: those of one request, or of several requests together.",
    bounds=ROW_BOUNDS,
)
PREDICTIONS = Family(
    f"{_PREFIX}predictions_total",
    "counter",
    "Rows predicted, by model, registry version and predicted class (empty: a regressor's).",
    ("model", "version", "class"),
)
UNSEEN_CATEGORIES = Family(
    f"{_PREFIX}unseen_categories_total",
    "counter",
    "Values predicted with that were not among a feature's categories in training.",
    ("model", "version", "feature"),
)
RELOADS = Family(
    f"{_PREFIX}reloads_total",
    "counter",
    "Attempts to serve another version: loaded, adopted (the same model) or failed.",
    ("outcome",),
)
LOAD_SECONDS = Family(
    f"{_PREFIX}load_duration_seconds",
    "histogram",
    "Time to read, verify and build a model that was then served.",
    bounds=LOAD_BOUNDS,
)
WORKER_STARTS = Family(
    f"{_PREFIX}worker_starts_total",
    "counter",
    "Workers started, including replacements of dead ones.",
)
WORKER_FAILURES = Family(
    f"{_PREFIX}worker_failures_total",
    "counter",
    "Workers that were lost to a model call (timeout, crash, memory) or to a stuck event loop "
    "(hang).",
    ("cause",),
)
QUARANTINED = Family(
    f"{_PREFIX}quarantined_models",
    "gauge",
    "Models in quarantine after repeated failures; an earlier version is served instead.",
)
LIVE_ROWS = Family(
    f"{_PREFIX}live_counted_rows_total",
    "counter",
    "Predicted rows that were counted by their values: an even choice of all.",
)
LIVE_FAILURES = Family(
    f"{_PREFIX}live_write_failures_total",
    "counter",
    "Failed attempts to write the live counts of an hour; they are repeated.",
)
LIVE_DROPPED = Family(
    f"{_PREFIX}live_dropped_total",
    "counter",
    "Hours of live counts that were given up, because the store could not be written for a day.",
)
LOG_ROWS = Family(
    f"{_PREFIX}log_rows_total",
    "counter",
    "Answered rows that were written to the prediction log.",
)
LOG_DROPPED = Family(
    f"{_PREFIX}log_dropped_total",
    "counter",
    "Rows missing in the prediction log: they came too fast (queue), the volume did not take them "
    "(write), or they could not be encoded (error).",
    ("reason",),
)
WORKERS = Family(f"{_PREFIX}workers", "gauge", "Workers that are alive.")
DESIRED_VERSION = Family(
    f"{_PREFIX}desired_version",
    "gauge",
    "Registry version that a worker wants to serve; 0 before the first promotion.",
    ("worker",),
)
SERVING_VERSION = Family(
    f"{_PREFIX}serving_version",
    "gauge",
    "Registry version that a worker serves; 0 while it serves none.",
    ("worker",),
)
PROMOTED = Family(
    f"{_PREFIX}promoted_timestamp_seconds",
    "gauge",
    "Unix time at which the version that a worker serves was promoted; 0 while it serves none.",
    ("worker",),
)
REGISTRY_READ = Family(
    f"{_PREFIX}registry_read_timestamp_seconds",
    "gauge",
    "Unix time at which a worker last read a valid registry.",
    ("worker",),
)
ERROR = Family(
    f"{_PREFIX}error",
    "gauge",
    "1 while a worker cannot follow the registry or load its model, otherwise 0.",
    ("worker",),
)
LAST_ERROR = Family(
    f"{_PREFIX}last_error_timestamp_seconds",
    "gauge",
    "Unix time of a worker's last failure to follow the registry or load a model; 0 without one.",
    ("worker",),
)
LIVE_UNWRITTEN = Family(
    f"{_PREFIX}live_unwritten_timestamp_seconds",
    "gauge",
    "Unix time since which a worker cannot write its live counts; 0 while it can.",
    ("worker",),
)

WORKER_GAUGES = (
    *(DESIRED_VERSION, SERVING_VERSION, PROMOTED, REGISTRY_READ),
    *(ERROR, LAST_ERROR, LIVE_UNWRITTEN),
)
"""The gauges of one worker; they disappear with it."""
VERSION_FAMILIES = (PREDICTIONS, UNSEEN_CATEGORIES)
"""The families counted by version; the page has only the newest versions."""
FAMILIES = (
    *(REQUESTS, REQUEST_SECONDS, CLIENT_REQUESTS, BATCH_ROWS, *VERSION_FAMILIES),
    *(RELOADS, LOAD_SECONDS, LIVE_ROWS, LIVE_FAILURES, LIVE_DROPPED),
    *(LOG_ROWS, LOG_DROPPED),
    *(WORKER_STARTS, WORKER_FAILURES, QUARANTINED, WORKERS),
    *WORKER_GAUGES,
)
