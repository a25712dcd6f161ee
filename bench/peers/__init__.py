"""How fast are other ways to serve the same model?"""
