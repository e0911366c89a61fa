"""The service: pages, JSON, RDF and SPARQL over one store; the only package that knows HTTP."""
