"""The soak: a long mixed load on two copies of the service over one journal, every answer checked against the data version it names.

What is true at a version is known from three sides. The ledger keeps what the editor was told to be published, without any code of
the service; both copies, which came to a version by different steps, have to give the same bytes for the same address; and at the end a
build from data and journal alone has to give the same version and the same bytes.
"""

from kg.soak.ledger import Answer, Ledger
from kg.soak.outcome import Outcome
from kg.soak.run import run_soak

__all__ = ["Answer", "Ledger", "Outcome", "run_soak"]
