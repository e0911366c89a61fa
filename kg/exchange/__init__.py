"""Needs and offers of study visits, workshops, expertise and joint procurement, with the best counterparts of each."""

from kg.exchange.board import Counterpart, Exchange, read_board

__all__ = ["Counterpart", "Exchange", "read_board"]
