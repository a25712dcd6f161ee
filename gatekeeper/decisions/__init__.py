"""How does a candidate's id become a committed decision?"""
