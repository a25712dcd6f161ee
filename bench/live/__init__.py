"""How much do live counts and the prediction log cost a predictor?"""
