"""How does a person publish a model that was fitted elsewhere?"""
