"""What do the waiting trainer and the gatekeeper tell each other about trainings?"""
