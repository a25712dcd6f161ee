"""The types of fields that are text in one form, or counts."""

from typing import Annotated

from pydantic import Field

from shared.contract.layout import CANDIDATE_ID, DIGEST, FILE_NAME, WORKER

Digest = Annotated[str, Field(pattern=f"^{DIGEST.pattern}$")]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
CandidateId = Annotated[str, Field(pattern=f"^{CANDIDATE_ID.pattern}$")]
FileName = Annotated[str, Field(pattern=f"^{FILE_NAME.pattern}$")]
WorkerName = Annotated[str, Field(pattern=f"^{WORKER.pattern}$")]
Name = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""One line of text, short enough for logs, headings and registry.json."""
OneLine = Annotated[
    str, Field(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$")
]
"""A line of text that is not blank."""
RowHash = Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
Count = Annotated[int, Field(ge=0)]
