"""Can predictors serve the model, and at what cost?"""
