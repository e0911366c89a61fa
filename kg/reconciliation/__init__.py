"""Matching the names in somebody's table to our things and concepts (Reconciliation Service API 0.2)."""

from kg.reconciliation.matcher import Candidate, Matcher, Question
from kg.reconciliation.properties import PROPERTIES, extend

__all__ = ["PROPERTIES", "Candidate", "Matcher", "Question", "extend"]
