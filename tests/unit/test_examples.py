"""The files of examples/ are what its scripts write."""

import io

from examples import customers
from tests.support.project import ROOT


def test_the_customers_are_what_the_script_makes() -> None:
    made = io.StringIO()
    customers.write(made, customers.customers(1000))
    assert (ROOT / "examples" / "customers.csv").read_bytes() == made.getvalue().encode()
