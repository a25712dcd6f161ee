"""Does a promoted version fail in production, so that its predecessor must come back?"""
