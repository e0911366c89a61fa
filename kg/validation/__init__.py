"""Validation of contributions against the shapes."""

from kg.validation.lexical import narrow_literals

narrow_literals()
