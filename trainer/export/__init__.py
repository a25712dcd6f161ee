"""Which form of the model is published, and does it answer as the fitted pipeline?"""
