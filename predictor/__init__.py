"""The predictor: follows registry.json and answers predictions with the model it names.

Source, loader, manager: `watcher` says what is desired, `loader` builds one model, `manager`
swaps one reference. A request takes that reference once, so that its answer comes wholly from
one version. `predictions` turns bytes into an answer and knows no HTTP server; `api` is thin.
"""
