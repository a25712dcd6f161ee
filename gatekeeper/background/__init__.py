"""What happens without a request: polling, retention and the training log?"""
