"""Cooperation of partnerships: who can give what to whom, who takes part in both, and where both act on one theme."""

from kg.cooperation.matrix import REASONS, Matrix, Reason, load_matrix

__all__ = ["REASONS", "Matrix", "Reason", "load_matrix"]
