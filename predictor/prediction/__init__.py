"""How are one request or many answered by one model call?

`micro_batcher` collects the requests of one turn of the event loop, and `request_batch` answers
them with one model call. `single_request` answers one request of any kind.
"""
