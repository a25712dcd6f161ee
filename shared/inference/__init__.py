"""How does a model file turn rows into predictions?"""
