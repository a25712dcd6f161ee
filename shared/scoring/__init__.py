"""How is a score computed, and from which holdout?"""
