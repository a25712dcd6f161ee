"""`make bench`: what Modelgate costs, as ratios within one run. See docs/performance.md."""
