"""Synergies: what two things have in common or can hand over, scored, explained and redoable by a published query."""


from kg.synergies.find import Evidence, Synergy, find_documented, find_synergies
from kg.synergies.materialise import compute_synergies

__all__ = ["Evidence", "Synergy", "compute_synergies", "find_documented", "find_synergies"]
