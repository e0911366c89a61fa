"""What reviewers find of inferred synergies: confirmed or rejected, with the reason."""

from __future__ import annotations

import json

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from api.keys import authorise
from api.limiting import limit
from api.negotiation import choose
from api.prefix import find_root
from api.problems import check_parameters
from api.rendering import to_address
from api.routes.reviews import PRIVATE
from api.serialising import write_json
from api.uploads import FORM, MULTIPART, read_upload
from kg.errors import Invalid
from kg.formats import HTML, JSON
from kg.terms import GRAPH, thing
from kg.verdicts import give_verdict

router = APIRouter(tags=["reviews"], dependencies=[Depends(limit)])
FIELDS = ("verdict", "why", "one", "other")
EXAMPLE = 'Send {"verdict": "confirmed", "why": "Both cities met and share the contract."}.'


@router.post("/synergies/{reference}/verdict")
async def judge(request: Request, reference: str) -> Response:
    """Confirm or reject a synergy as form or JSON, with the key of a reviewer; a browser goes back to the synergies."""
    key = authorise(request, "reviewer")
    check_parameters(request, ())
    upload = await read_upload(request)
    fields = dict(upload.pairs) if upload.media_type in (FORM, MULTIPART) else _read_json(upload.data)
    unknown = sorted(fields.keys() - set(FIELDS))
    if unknown:
        raise Invalid(f"the field {unknown[0][:40]!r} is not known.", where=unknown[0][:40], advice=f"Known are {', '.join(FIELDS)}.")
    one, other = fields.get("one", ""), fields.get("other", "")
    event = await run_in_threadpool(give_verdict, request.app.state.contributions, reference, fields.get("verdict", ""),
                                    fields.get("why", ""), key.agent, (one, other) if one and other else None)
    if choose(request, (JSON, HTML)) == JSON:
        return write_json({"synergy": str(thing("synergy", reference)), "verdict": fields["verdict"], "by": key.agent,
                           "contribution": event.reference, "graph": str(GRAPH[f"contribution/{event.reference}"])},
                          headers=PRIVATE, status=201)
    # What is of somebody else's space has no page of synergies here
    root, page = find_root(request), to_address(one)
    return RedirectResponse(root + (f"{page}/synergies?review={fields['verdict']}" if page.startswith("/") else "/synergies"), 303, PRIVATE)


def _read_json(data: bytes) -> dict[str, str]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"the verdict is no JSON: {error}.", where="verdict", advice=EXAMPLE) from error
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise Invalid("the verdict is no JSON object of texts.", where="verdict", advice=EXAMPLE)
    return found
