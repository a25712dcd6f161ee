"""Which estimators are fitted, with which settings?"""
