"""Are the holdout rows a fair basis for the comparison?"""
