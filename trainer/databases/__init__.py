"""How are the rows of a query read from a database?"""
