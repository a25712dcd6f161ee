"""Which form, limits and words do all checks share?"""
