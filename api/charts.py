"""What the charts show, read from the store and the read model once for each data version."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Final

from api.drawing.chart import Career, Flow, Matrix, Period, Timeline, draw_flow, draw_matrix, draw_timeline
from api.words import N_
from kg.index import Index, Thing
from kg.queries import load_query
from kg.store import Store
from kg.store.kept import keep_while_it_lives

QUERIES: Final = Path(__file__).parent / "queries"
STAGES: Final = {"input": N_("Inputs"), "process": N_("Processes"), "outcome": N_("Outcomes")}


@keep_while_it_lives
def chart_partnerships(store: Store, version: str, index: Index) -> Timeline:
    """When partnerships began and their plans run; a plan without a period stands at the date of its issue."""
    began: dict[str, str] = {}
    plans: dict[str, dict[str, Period]] = defaultdict(dict)
    for row in store.select(load_query(QUERIES / "timeline.rq").text):
        partnership = str(row["partnership"])
        began.setdefault(partnership, str(row.get("began", "")))
        if "plan" in row:
            plan, issued = str(row["plan"]), str(row.get("issued", ""))
            start = str(row.get("start", issued))
            plans[partnership].setdefault(plan, Period(plan, index.label(plan)[0], start, str(row.get("end", start))))
    return draw_timeline([Career(iri, index.label(iri)[0], date, tuple(plans[iri].values())) for iri, date in began.items()])


@keep_while_it_lives
def chart_themes(store: Store, version: str, index: Index) -> Matrix:
    """Initiatives and practices of each leading theme in each country; the country with most stands first."""
    counts = {(str(row["country"]), str(row["theme"])): int(str(row["things"]))
              for row in store.select(load_query(QUERIES / "matrix.rq").text)}
    totals: dict[str, int] = defaultdict(int)
    for (country, _), count in counts.items():
        totals[country] += count
    countries = sorted(totals, key=lambda iri: (-totals[iri], iri))
    themes = sorted({theme for _, theme in counts}, key=lambda iri: index.label(iri)[0])
    return draw_matrix([(iri, index.label(iri)[0]) for iri in countries], [(iri, index.label(iri)[0]) for iri in themes], counts)


def chart_flow(index: Index, thing: Thing) -> Flow | None:
    """Inputs, processes and outcomes of one thing; None where fewer than two of them are known."""
    values = index.facets(thing.iri)
    return draw_flow({head: sorted(((iri, index.label(iri)[0]) for facet, iri in values if facet == stage), key=lambda each: each[1])
                      for stage, head in STAGES.items()})
