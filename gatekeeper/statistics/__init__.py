"""Is the difference between two scores chance?"""
