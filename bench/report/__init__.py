"""How do measurements become a table, a plot and JSON?"""
