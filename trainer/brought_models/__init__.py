"""How is a model that was fitted elsewhere wrapped, so that predictors serve it like any other?"""
