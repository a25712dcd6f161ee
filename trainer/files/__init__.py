"""Which files form a table, and how are their rows read?"""
