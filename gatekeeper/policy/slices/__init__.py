"""Is the model good enough on each slice of the holdout?"""
