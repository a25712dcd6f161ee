"""Can a score on the splits of these rows be trusted?"""
