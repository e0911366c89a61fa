"""The journal: everything that was ever sent or decided, append-only; the only thing to back up."""

from kg.journal.entries import Change, Contribution, Event, Key
from kg.journal.journal import Journal, open_journal

__all__ = ["Change", "Contribution", "Event", "Journal", "Key", "open_journal"]
