"""Wrong bodies for `POST /predict` of the toy model, with the expected error of each."""

from typing import NamedTuple


class BadRequest(NamedTuple):
    """A wrong body and the error that it causes."""

    body: bytes
    code: str
    field: str | None
    says: tuple[str, ...]
    """Parts that the message must contain: what was expected and what was found."""


ONE_ROW = b'{"features": [1, 2]}'

BAD_REQUESTS = {
    "nothing": BadRequest(b"", "invalid_json", None, ("empty",)),
    "broken JSON": BadRequest(b'{"features": [1, 2', "invalid_json", None, ("line 1 column 19",)),
    "text after the end": BadRequest(ONE_ROW + b" x", "invalid_json", None, ("column 22",)),
    "a form": BadRequest(b"features=1", "invalid_json", None, ("column 1",)),
    "bad UTF-8": BadRequest(b'{"features": {"\xff": 1}}', "invalid_json", None, ("byte 15",)),
    "UTF-16": BadRequest(ONE_ROW.decode().encode("utf-16"), "invalid_json", None, ("UTF-8",)),
    "a byte order mark": BadRequest(b"\xef\xbb\xbf" + ONE_ROW, "invalid_json", None, ("BOM",)),
    "deep nesting": BadRequest(b"[" * 100_000, "invalid_json", None, ("deeply",)),
    "deep nesting in a row": BadRequest(
        b'{"features": ' + b"[" * 100_000, "invalid_json", None, ("deeply",)
    ),
    "deep nesting of objects": BadRequest(
        b'{"features": ' + b'{"width": ' * 100_000, "invalid_json", None, ("deeply",)
    ),
    "a number with a leading zero": BadRequest(b'{"features": [01, 2]}', "invalid_json", None, ()),
    "a list": BadRequest(b"[1, 2]", "invalid_request", None, ("object", "a list")),
    "a number": BadRequest(b"3", "invalid_request", None, ("object", "a number")),
    "null": BadRequest(b"null", "invalid_request", None, ("object", "null")),
    "neither": BadRequest(b"{}", "invalid_request", None, ("features", "instances", "neither")),
    "both": BadRequest(
        b'{"features": [1, 2], "instances": [[1, 2]]}', "invalid_request", None, ("both",)
    ),
    "an unknown key": BadRequest(
        b'{"features": [1, 2], "threshold": 0.5}', "unknown_key", "threshold", ("'threshold'",)
    ),
    "an unknown key alone": BadRequest(b'{"rows": [[1, 2]]}', "unknown_key", "rows", ("'rows'",)),
    "an id beside instances": BadRequest(
        b'{"instances": [[1, 2]], "id": "a"}', "invalid_id", "id", ("must be ids", "found id")
    ),
    "ids beside features": BadRequest(
        b'{"ids": ["a"], "features": [1, 2]}', "invalid_id", "ids", ("must be id", "found ids")
    ),
    "both kinds of ids": BadRequest(
        b'{"features": [1, 2], "id": "a", "ids": ["a"]}', "invalid_id", "ids", ("found ids",)
    ),
    "an id alone": BadRequest(b'{"id": "a"}', "invalid_request", None, ("neither",)),
    "an id twice": BadRequest(
        b'{"features": [1, 2], "id": "a", "id": "b"}', "duplicate_key", "id", ("twice",)
    ),
    "an id twice behind an escaped colon": BadRequest(
        b'{"features": [1, 2], "id": "a", "id": "b\\u003a"}', "duplicate_key", "id", ("twice",)
    ),
    "an id that is a number": BadRequest(
        b'{"features": [1, 2], "id": 7}', "invalid_id", "id", ("1 to 128", "found a number")
    ),
    "an id that is null": BadRequest(
        b'{"features": [1, 2], "id": null}', "invalid_id", "id", ("found null",)
    ),
    "an empty id": BadRequest(
        b'{"features": [1, 2], "id": ""}', "invalid_id", "id", ("found an empty string",)
    ),
    "a long id": BadRequest(
        b'{"features": [1, 2], "id": "' + b"a" * 129 + b'"}',
        "invalid_id",
        "id",
        ("1 to 128", "found 129 characters"),
    ),
    "an id that is no text": BadRequest(
        b'{"features": [1, 2], "id": "\\ud800"}', "invalid_id", "id", ("surrogate",)
    ),
    "too few ids": BadRequest(
        b'{"instances": [[1, 2], [3, 4]], "ids": ["a"]}',
        "invalid_id",
        "ids",
        ("each row", "2 in total", "found 1"),
    ),
    "no ids": BadRequest(b'{"instances": [[1, 2]], "ids": []}', "invalid_id", "ids", ("found 0",)),
    "ids that are a string": BadRequest(
        b'{"instances": [[1, 2]], "ids": "a"}', "invalid_id", "ids", ("a list", "found a string")
    ),
    "an id of a batch that is a boolean": BadRequest(
        b'{"ids": ["a", true], "instances": [[1, 2], [3, 4]]}',
        "invalid_id",
        "ids[1]",
        ("found a boolean",),
    ),
    "a key twice": BadRequest(
        b'{"features": [1, 2], "features": [3, 4]}', "duplicate_key", "features", ("twice",)
    ),
    "a name twice": BadRequest(
        b'{"features": {"width": 1, "height": 2, "width": 3}}', "duplicate_key", "width", ("twice",)
    ),
    "a name twice in a batch": BadRequest(
        b'{"instances": [[1, 2], {"width": 1, "height": 2, "width": 3}]}',
        "duplicate_key",
        "width",
        ("twice",),
    ),
    "features that are null": BadRequest(
        b'{"features": null}', "invalid_request", "features", ("2 numbers", "null")
    ),
    "features that are a number": BadRequest(
        b'{"features": 1}', "invalid_request", "features", ("2 numbers", "a number")
    ),
    "instances that are an object": BadRequest(
        b'{"instances": {"width": 1}}', "invalid_request", "instances", ("list", "an object")
    ),
    "an instance that is a string": BadRequest(
        b'{"instances": [[1, 2], "x"]}', "invalid_request", "instances[1]", ("a string",)
    ),
    "an empty batch": BadRequest(b'{"instances": []}', "empty_batch", "instances", ("one row",)),
    "an empty batch with blanks": BadRequest(
        b'{"instances": [ \t\r\n ]}', "empty_batch", "instances", ("one row",)
    ),
    "an empty batch with blanks after ids": BadRequest(
        b'{"ids": [ ] , "instances" : [\n]}', "empty_batch", "instances", ("one row",)
    ),
    "too few": BadRequest(
        b'{"features": [1]}', "wrong_feature_count", "features", ("2 numbers", "width", "found 1")
    ),
    "too many": BadRequest(
        b'{"features": [1, 2, 3]}', "wrong_feature_count", "features", ("2 numbers", "found 3")
    ),
    "none": BadRequest(b'{"features": []}', "wrong_feature_count", "features", ("found 0",)),
    "a short row of a batch": BadRequest(
        b'{"instances": [[1, 2], [1]]}', "wrong_feature_count", "instances[1]", ("found 1",)
    ),
    "a missing name": BadRequest(
        b'{"features": {"width": 1}}', "missing_features", "features.height", ("height",)
    ),
    "an unknown name": BadRequest(
        b'{"features": {"width": 1, "hight": 2}}',
        "unknown_features",
        "features.hight",
        ("'hight'", "width, height"),
    ),
    "an unknown name in a batch": BadRequest(
        b'{"instances": [{"width": 1, "height": 2, "depth": 3}]}',
        "unknown_features",
        "instances[0].depth",
        ("'depth'",),
    ),
    "a name that is no text": BadRequest(
        b'{"features": {"width": 1, "\\ud800": 2}}', "unknown_features", "features.?", ("\\ud800",)
    ),
    "a key that is no text": BadRequest(b'{"\\ud800": 2}', "unknown_key", "?", ("\\ud800",)),
    "a string": BadRequest(
        b'{"features": [1, "2"]}', "not_a_number", "features[1]", ("height", "a string")
    ),
    "a boolean": BadRequest(
        b'{"features": [true, 2]}', "not_a_number", "features[0]", ("width", "a boolean")
    ),
    "null in a row": BadRequest(
        b'{"features": [1, null]}', "missing_value", "features[1]", ("height", "a number", "null")
    ),
    "a list in a row": BadRequest(
        b'{"features": [[1], 2]}', "not_a_number", "features[0]", ("a list",)
    ),
    "a string by name": BadRequest(
        b'{"features": {"width": "1", "height": 2}}',
        "not_a_number",
        "features.width",
        ("a string",),
    ),
    "a boolean in a batch": BadRequest(
        b'{"instances": [[1, 2], {"width": 1, "height": false}]}',
        "not_a_number",
        "instances[1].height",
        ("a boolean",),
    ),
    "NaN": BadRequest(b'{"features": [1, NaN]}', "not_finite", "features[1]", ("nan",)),
    "infinity": BadRequest(b'{"features": [-Infinity, 1]}', "not_finite", "features[0]", ("-inf",)),
    "1e999": BadRequest(b'{"features": [1e999, 1]}', "not_finite", "features[0]", ("inf",)),
    "an integer without end": BadRequest(
        b'{"features": [1, ' + b"9" * 5000 + b"]}", "not_finite", "features[1]", ("inf",)
    ),
    "beyond float32": BadRequest(
        b'{"features": [1, -1e39]}', "out_of_range", "features[1]", ("3.4028235e+38", "-1e+39")
    ),
    "an integer beyond float32": BadRequest(
        b'{"instances": [[1, ' + b"9" * 40 + b"]]}", "out_of_range", "instances[0][1]", ("1e+40",)
    ),
}
