"""What did all workers together count in each hour?

Workers write an hour again and again while it lasts. A finished hour is read once and kept as a
sum over the workers, so that memory does not grow with their number.
"""
