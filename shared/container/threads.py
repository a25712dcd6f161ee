"""Limit the threads of numerical libraries, which count the CPUs of the machine otherwise."""

import os

from shared.container.cpu_limit import count_cpus

THREADS = "OMP_NUM_THREADS"
"""Variable that OpenMP, OpenBLAS, MKL and Arrow read when they are imported."""
WORKERS = "LOKY_MAX_CPU_COUNT"
"""Variable that limits the CPUs that joblib counts: the trainer's fits at the same time."""


def limit_threads(threads: int | None) -> None:
    """Let libraries that are imported later use *threads*; None: the CPUs that are allowed.

    A variable of a library that is already set stays as it is.
    """
    number = str(threads or count_cpus())
    for variable in (THREADS, WORKERS):
        os.environ.setdefault(variable, number)
