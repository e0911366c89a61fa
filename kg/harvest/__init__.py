"""What other institutions publish, taken regularly: each source its own graphs and agent, through the door of the contributions."""

from kg.harvest.harvest import harvest, open_newest
from kg.harvest.report import Outcome, as_json, as_text
from kg.harvest.sources import Source, read_sources

__all__ = ["Outcome", "Source", "as_json", "as_text", "harvest", "open_newest", "read_sources"]
