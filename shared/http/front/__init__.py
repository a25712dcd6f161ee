"""What do proxies, monitors and browsers between a client and a service need?"""
