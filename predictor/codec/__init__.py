"""How do bytes become rows, and predictions bytes?

`row_reader` with `numeric_reader` or `mixed_reader` reads valid bodies fast. `strict_parser` and
`strict_values` read all others and say what is wrong. `prediction_writer` writes the replies.
"""
