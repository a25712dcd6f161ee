"""What are the predictor's Prometheus metrics, over all its worker processes?

Each worker counts in its own slot of shared memory, so any worker can report for all of them.
A slot outlives its worker: the replacement continues there, so no counter decreases or counts
twice. Why not prometheus_client: docs/adr/0019.

`families` defines the metrics, `recorder` counts, and `scrape` adds up the slots into a page of
`prometheus_text`. `shared_memory` and `shared_area` store the numbers.
"""
