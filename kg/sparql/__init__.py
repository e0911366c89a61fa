"""Public SPARQL: a gate that reads the query, worker processes that can be killed, and a fair queue before them."""
