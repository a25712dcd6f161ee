"""Is what the trainer handed in whole, readable and usable?"""
