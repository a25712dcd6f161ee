"""Are the scores and predictions good enough?"""
