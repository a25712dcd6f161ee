"""How do logged rows and their labels become one table?

The table is for other programs: each feature is a column with its name.
"""
