"""`make bench`: measure what Modelgate costs, as ratios within one run (docs/performance.md)."""
