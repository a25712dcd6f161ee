"""Is the difference between two scores chance?

    poisson_weights   ─▶  mean_metrics, ranking_metrics, influence  ─┐

    multinomial draws ─▶  count_metrics                             ─┴─▶  paired_bootstrap

On the left: how often each row is in each resample, shape [rows, resamples]. In the middle: both
models' scores of each resample. On the right: the differences. A score follows from sums over the
weights, so no row is copied and no model runs again. ADR 21 has figures for the alternative,
scikit-learn's `sample_weight`.
"""
