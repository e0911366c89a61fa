"""Knowledge graph of the Urban Agenda for the EU: ontology, data, validation and synergies."""
