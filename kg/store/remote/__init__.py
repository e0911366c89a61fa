"""A SPARQL 1.1 engine elsewhere, by protocol: queries, updates and whole graphs (SPARQL 1.1 Protocol, Graph Store HTTP Protocol).

Publishing is one SPARQL operation that names the state it rests on: it takes away, adds and writes the next sum where the engine still
holds the sum that the change was worked out on, and does nothing else. Engines take one operation all or nothing, so readers see the
version before or the one after, and of two copies that publish at once the second is told so. An engine that limits the length of an
operation is given the statements as data of a graph that no reader sees, and then one short operation over them.
"""

from kg.store.remote.store import RemoteStore

__all__ = ["RemoteStore"]
