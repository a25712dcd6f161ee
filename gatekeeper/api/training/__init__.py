"""Which trainings begin by themselves, and how does a person request one?"""
