"""A free profile of what somebody plans, and who already does something that helps; nothing of it is stored."""

from kg.matching.plan import EXAMPLES, FIELDS, NAME, STRANGE, WANTED, Match, Understood, Unknown, as_json, describe, match
from kg.matching.terms import list_terms

__all__ = ["EXAMPLES", "FIELDS", "NAME", "STRANGE", "WANTED", "Match", "Understood", "Unknown", "as_json", "describe", "list_terms",
           "match"]
