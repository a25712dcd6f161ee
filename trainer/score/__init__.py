"""How does each row of a table get the prediction of one version?"""
