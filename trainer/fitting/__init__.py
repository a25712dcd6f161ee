"""How are candidates fitted, scored and selected?"""
