"""Synergies: what two things have in common or can hand over, scored, explained and redoable by a published query."""

from kg.synergies.evaluate import Figures, evaluate, evaluate_stated, read_misses
from kg.synergies.find import DocumentedSynergy, Evidence, Synergy, find_documented, find_synergies
from kg.synergies.materialise import compute_synergies, describe_synergy, describe_unpublished, synergy_iri

__all__ = ["DocumentedSynergy", "Evidence", "Figures", "Synergy", "compute_synergies", "describe_synergy",
           "describe_unpublished", "evaluate", "evaluate_stated", "find_documented", "find_synergies", "read_misses", "synergy_iri"]
