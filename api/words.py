"""What the interface calls types, lists, filters, views and states, in English, for the catalogues to translate.

Codes come from addresses and vocabularies; whatever has a label of its own in the graph is called by that label instead.
"""

from __future__ import annotations

from typing import Final


def N_(text: str) -> str:
    """Marks words for the catalogues; they are translated where they are shown."""
    return text


WORDS: Final = {
    # lists
    "initiatives": N_("initiatives"), "practices": N_("practices"), "partnerships": N_("partnerships"), "actions": N_("actions"),
    "cities": N_("cities"), "organisations": N_("organisations"), "results": N_("results"), "events": N_("events"),
    "instruments": N_("instruments"), "themes": N_("themes"), "plans": N_("plans"), "recovery-ways": N_("recovery ways"),
    "frameworks": N_("frameworks"), "surveys": N_("surveys"), "synergies": N_("synergies"),
    # types
    "initiative": N_("initiative"), "practice": N_("practice"), "partnership": N_("partnership"), "action": N_("action"),
    "city": N_("city"), "organisation": N_("organisation"), "result": N_("result"), "event": N_("event"),
    "instrument": N_("instrument"), "theme": N_("theme"), "plan": N_("plan"), "recovery-way": N_("recovery way"),
    "framework": N_("framework"), "survey": N_("survey"), "need": N_("need"), "offer": N_("offer"), "synergy": N_("synergy"),
    "input": N_("input"), "process": N_("process"), "outcome": N_("outcome"), "measurement": N_("measurement"), "step": N_("step"),
    "have": N_("what you have"),
    "period": N_("period"), "association": N_("membership"), "source": N_("source"), "agent": N_("contributor"), "row": N_("row"),
    "rule": N_("rule"), "survey-response": N_("answer to a survey"), "contribution": N_("contribution"), "verdict": N_("verdict"),
    # filters
    "objective": N_("objective"), "country": N_("country"), "kind": N_("kind"), "year": N_("year"), "type": N_("type"),
    "review": N_("status"), "between": N_("between"),
    # views
    "list": N_("list"), "map": N_("map"), "table": N_("table"), "graph": N_("graph"), "timeline": N_("timeline"), "matrix": N_("matrix"),
    # states of a contribution
    "draft": N_("draft"), "submitted": N_("submitted"), "changes-requested": N_("changes requested"), "accepted": N_("accepted"),
    "published": N_("published"), "superseded": N_("superseded"), "withdrawn": N_("withdrawn"), "rejected": N_("rejected"),
    # steps of a contribution
    "received": N_("received"), "validated": N_("checked"), "noted": N_("noted"), "erased-contact": N_("contact erased"),
    # states of a synergy
    "confirmed": N_("confirmed"), "unreviewed": N_("not reviewed"), "documented": N_("documented"), "inferred": N_("inferred"),
    # states of a value
    "measured": N_("measured"), "target": N_("target"), "expected": N_("expected"), "circumstance": N_("circumstance"),
    # kinds of synergies
    "shared-words": N_("shared words"), "shared-place": N_("shared place"), "shared-theme": N_("shared theme"),
    "shared-source": N_("shared source"), "shared-actor": N_("shared actor"), "shared-input": N_("shared input"),
    "shared-process": N_("shared process"), "shared-outcome": N_("shared outcome"), "named": N_("one names the other"),
    "documented-link": N_("documented link"),
    "hand-over": N_("hand-over"), "practice-transfer": N_("practice transfer"), "joint-procurement": N_("joint procurement"),
    "policy-alignment": N_("policy alignment"), "succession": N_("succession"), "duplication-risk": N_("duplication risk"),
    # how sure the collector was
    "high": N_("high"), "medium": N_("medium"), "low": N_("low"), "proposed": N_("proposed"),
}

STEPS: Final = {
    "shared-words": N_("Read what it did, and ask for its documents."),
    "shared-place": N_("Meet: it is at work where you are."),
    "shared-theme": N_("Compare what both do on this theme, and share what worked."),
    "shared-source": N_("Ask who documents both to bring you together."),
    "shared-actor": N_("Ask the colleagues who take part in both."),
    "shared-input": N_("Ask where it came from, and whether both can use it."),
    "shared-process": N_("Ask how the step went, or visit."),
    "shared-outcome": N_("Compare the figures, and how they were measured."),
    "named": N_("Read what one says of the other."),
    "hand-over": N_("Talk about what can be handed over, and reuse it."),
    "practice-transfer": N_("Visit, and copy what worked."),
    "joint-procurement": N_("Ask whether you can buy together."),
    "policy-alignment": N_("Answer the policy together, and share the evidence."),
    "succession": N_("Take over results and contacts before you begin anew."),
    "duplication-risk": N_("Talk before both spend."),
}
"""What to do next about a synergy, by its kind (design of synergies, section 4)."""

TITLES: Final = (
    N_("The service failed"), N_("Nothing is here"), N_("This was withdrawn"), N_("The request cannot be understood"),
    N_("A parameter is not known"), N_("The query does not parse"), N_("The file cannot be read"), N_("A row of a table is broken"),
    N_("A setting is wrong"), N_("This is not allowed"), N_("A key is needed"), N_("The state does not allow this"),
    N_("Somebody else was first"), N_("No such format"), N_("This is too large"), N_("The service is busy"), N_("Too many requests"),
    N_("The query took too long"), N_("The query needs too much memory"), N_("Another process holds the store"),
    N_("The store gave no answer"), N_("The journal gave no answer"))
"""The titles of `kg.errors`; a test compares."""

HINTS: Final = (
    N_("Name a theme: it finds those who work on the same."),
    N_("Name the instruments that you think of: they find practices that you can copy."),
    N_("Say what you need, such as a needs assessment: it finds who can give it."),
    N_("Say what you have, such as training materials: it finds who can use them."),
    N_("Say which steps you plan, such as a market dialogue: it finds who has done them."),
    N_("Say what you want to reach, such as energy savings: it finds who has reached it."),
    N_("Name your country: neighbours can be visited."),
    N_("Describe the plan in a sentence or two: rare words find what no list names."),
    N_("Few words of your text are known here. Most texts are in English: write the plan in English too, or choose from the lists."))
"""The hints of `kg.matching`; a test compares."""
