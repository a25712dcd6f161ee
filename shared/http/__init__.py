"""Which limits, deadlines and shutdown do both services apply to HTTP?"""
