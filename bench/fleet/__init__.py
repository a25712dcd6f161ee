"""How do the costs grow with many workers and a long decision log?"""
