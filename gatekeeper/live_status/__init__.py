"""How does production do: requests over time, predictions, and each feature?"""
