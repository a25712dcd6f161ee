"""How do bytes become rows, and predictions bytes?

`row_reader` with `numeric_reader` or `mixed_reader` reads valid bodies fast, many rows in pieces.
`strict_parser` and `long_rows` read what is not plain and say what is wrong, with
`shared.inference.strict_values`.
`prediction_writer` writes the replies.
"""
