"""Contributions: received, reviewed, published, withdrawn; the journal first, everything else follows it."""

from kg.contributions.keys import ROLES, add_key, find_key
from kg.contributions.opening import open_contributions
from kg.contributions.publisher import Publisher
from kg.contributions.replay import graph_name, replay
from kg.contributions.workflow import Contributions, Received

__all__ = ["ROLES", "Contributions", "Publisher", "Received", "add_key", "find_key", "graph_name", "open_contributions", "replay"]
