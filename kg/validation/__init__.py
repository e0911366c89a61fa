"""Validation of contributions against the shapes."""
