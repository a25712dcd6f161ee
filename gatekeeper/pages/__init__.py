"""What does the gatekeeper show to people as HTML?"""
