"""The paths beneath the root of a store that a backup may contain."""

from shared.contract.layout import (
    CANDIDATE_ID,
    CANDIDATES,
    DECISIONS,
    DELETIONS,
    DRIFT,
    FEEDBACK,
    FILE_NAME,
    LIVE,
    MARKER,
    MODELS,
    PREDICTIONS,
    ROW_DIRECTORIES,
    WORKER,
    parse_decision_name,
    parse_live_hour_name,
    parse_model_directory,
    parse_segment_name,
)


def is_backed_up(path: str) -> bool:
    """Say whether a backup may contain the file with this path."""
    parts = path.split("/")
    match len(parts):
        case 1:
            return path in {MARKER, DRIFT, DELETIONS}
        case 2:
            parse = {DECISIONS: parse_decision_name, FEEDBACK: parse_segment_name}.get(parts[0])
            return parse is not None and parse(parts[1]) is not None
        case 3:
            return _is_in_subdirectory(*parts)
    return False


def _is_in_subdirectory(directory: str, owner: str, name: str) -> bool:
    """Say whether it is a file of one model, candidate or worker."""
    if directory in {MODELS, CANDIDATES}:
        is_known = parse_model_directory if directory == MODELS else CANDIDATE_ID.fullmatch
        return bool(is_known(owner) and FILE_NAME.fullmatch(name))
    parse = {LIVE: parse_live_hour_name, PREDICTIONS: parse_segment_name}.get(directory)
    return bool(WORKER.fullmatch(owner)) and parse is not None and parse(name) is not None


def is_row_path(path: str) -> bool:
    """Say whether the file with this path may contain rows or labels."""
    return path.split("/", maxsplit=1)[0] in ROW_DIRECTORIES
