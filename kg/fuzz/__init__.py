"""Fuzzing: inputs that nobody thought of, sent to a running service, which has to answer each of them and never with a fault of its own.

Requests are made from the OpenAPI description by schemathesis, and documents by breaking valid ones in every format that is taken.
"""

from kg.fuzz.documents import break_documents
from kg.fuzz.run import Outcome, run_fuzz

__all__ = ["Outcome", "break_documents", "run_fuzz"]
