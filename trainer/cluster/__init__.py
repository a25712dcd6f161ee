"""How are candidates fitted on the workers of a Dask cluster?"""
