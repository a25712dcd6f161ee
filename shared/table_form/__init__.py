"""Which format, encoding and separator does a file of rows have, by its bytes?"""
