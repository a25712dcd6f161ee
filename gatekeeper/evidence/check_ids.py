"""Ids of the checks for which intake and scoring report an error.

They are evidence, since the scoring process names them too. `gatekeeper.policy` has all checks.
"""

MANIFEST_SIGNED = "manifest-signed"
MANIFEST_VALID = "manifest-valid"
BYTES_MATCH = "bytes-match"
SCHEMA_COMPATIBLE = "schema-compatible"
SCORE_REPRODUCED = "score-reproduced"
GOLDEN_ROWS_REPRODUCED = "golden-rows-reproduced"
