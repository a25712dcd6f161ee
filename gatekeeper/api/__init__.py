"""What does the gatekeeper answer to programs?"""
