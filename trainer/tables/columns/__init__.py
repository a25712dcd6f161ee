"""Which kind is a column, and how are its cells read?"""
