"""What a predictor tells Prometheus, as one service however many workers it has.

Every worker counts in a slot of memory that all of them share, so that any of them can answer
for all. A slot outlives its worker: the next one counts on where a dead one stopped, and no
counter ever goes back or counts twice. `families` names what is counted, `recorder` counts,
`scrape` adds up, `memory` and `area` hold the numbers.
"""
