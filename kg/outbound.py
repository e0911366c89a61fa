"""The one guarded way out: allow-listed addresses, each hop looked at, no name that leads into a private network."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx

from kg.errors import OutOfTime, Refused, StoreFailed, TooLarge

AGENT: Final = "urban-agenda-kg"
HOPS: Final = 5
_GLOBAL_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
"""All that is given out as public addresses (IANA, IPv6 Global Unicast Address Assignments)."""


@dataclass(frozen=True)
class Guard:
    """What may be called: addresses that `allows` says yes to, of private ones those that begin with one of `private`."""

    allows: Callable[[str], bool]
    private: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """An answer that was received whole: the address of the last hop, status, headers in lower case."""

    address: str
    status: int
    headers: Mapping[str, str]


async def post(address: str, form: Mapping[str, str], *, allowed: Collection[str], accept: str, seconds: float,
               most_bytes: int) -> bytes:
    """Send a form to an allow-listed address and return the body of its answer.

    The name is resolved once and the connection goes to that very address, so that a second answer of the name server changes
    nothing. A private, loopback or link-local address must be written as such in the allow-list; a name never leads there.
    Raises Refused, StoreFailed when there is no answer of status 200, TooLarge past `most_bytes`.
    """
    if address not in allowed:
        raise Refused(f"{address} may not be called.", where="SERVICE", advice="The service description lists what may be.")
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused(f"{address} is no web address.", where="SERVICE", advice="Allow http and https addresses only.")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    target = await resolve(parts.hostname, port)
    host = f"[{target}]" if ":" in target else target
    url = parts._replace(netloc=f"{host}:{port}").geturl()
    headers = {"Host": parts.netloc.rpartition("@")[2], "Accept": accept, "User-Agent": AGENT, "Accept-Encoding": "identity"}
    try:
        async with httpx.AsyncClient(follow_redirects=False, trust_env=False, timeout=seconds) as client, \
                client.stream("POST", url, data=dict(form), headers=headers,
                              extensions={"sni_hostname": parts.hostname}) as response:
            if response.status_code != 200:
                raise StoreFailed(f"{address} answered {response.status_code}.", where="SERVICE", advice="Ask without it, or later.")
            body = bytearray()
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > most_bytes:
                    raise TooLarge(f"the answer of {address} is larger than {most_bytes} bytes.", where="SERVICE",
                                   advice="Ask it for less.")
            return bytes(body)
    except httpx.HTTPError as error:
        raise StoreFailed(f"{address} gave no answer: {type(error).__name__}.", where="SERVICE",
                          advice="Ask without it, or later.") from error


async def fetch(address: str, into: Path, *, guard: Guard, headers: Mapping[str, str], most_bytes: int, seconds: float,
                form: Mapping[str, str] | None = None, heard: Callable[[Mapping[str, str]], None] | None = None) -> Answer:
    """Ask for an address and write the body of a 200 or 206 to a file, a 206 behind what is there; redirects are followed.

    Every hop passes the guard, and the deadline holds for all of them together. What came before a failure stays in the file, so that
    it can be resumed (RFC 9110, 14.2). A `form` is posted and never redirected; `heard` is told the headers before a body is written.
    Raises Refused, TooLarge, StoreFailed, OutOfTime.
    """
    try:
        async with asyncio.timeout(seconds):
            for _ in range(HOPS + 1):
                answer = await _ask(address, into, guard, headers, most_bytes, form, heard)
                if answer.status not in (301, 302, 303, 307, 308) or "location" not in answer.headers:
                    return answer
                if form is not None:
                    raise Refused(f"{address} sends a query elsewhere.", advice="Name the address that answers.")
                address = urljoin(address, answer.headers["location"])
    except (ValueError, httpx.InvalidURL) as error:
        raise Refused(f"{address[:200]!r} is no address of the web.", advice="Tell the publisher.") from error
    except TimeoutError as error:
        raise OutOfTime(f"{address} took more than {seconds:g} seconds.", advice="What came is kept, and resumed the next time.") from error
    raise Refused(f"{address} comes after {HOPS} redirects.", advice="Name the address where the data are.")


async def _ask(address: str, into: Path, guard: Guard, headers: Mapping[str, str], most_bytes: int, form: Mapping[str, str] | None,
               heard: Callable[[Mapping[str, str]], None] | None) -> Answer:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise Refused(f"{address} is no address of the web.", advice="Only http and https are called, without a name and password.")
    if not guard.allows(address):
        raise Refused(f"{address} is none of the places that the source names.", advice="Let the description of the source name it.")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    target = await resolve(parts.hostname, port)
    if not is_public(target) and not address.startswith(guard.private):
        raise Refused(f"{address} lies in a private network.", advice="Allow it in KG_HARVEST_PRIVATE if it is meant.")
    url = parts._replace(netloc=f"{f'[{target}]' if ':' in target else target}:{port}", fragment="").geturl()
    sent = {"Accept-Encoding": "identity", **headers, "Host": parts.netloc, "User-Agent": AGENT}
    try:
        async with httpx.AsyncClient(follow_redirects=False, trust_env=False, timeout=None) as client, \
                client.stream("GET" if form is None else "POST", url, headers=sent, data=None if form is None else dict(form),
                              extensions={"sni_hostname": parts.hostname}) as response:
            answer = Answer(address, response.status_code, {key.lower(): value for key, value in response.headers.items()})
            if response.status_code in (200, 206):
                if heard is not None:
                    heard(answer.headers)
                await _receive(response, into, most_bytes, address)
            return answer
    except httpx.HTTPError as error:
        raise StoreFailed(f"{address} gave no whole answer: {type(error).__name__}.", advice="It is asked again the next time.") from error


async def _receive(response: httpx.Response, into: Path, most_bytes: int, address: str) -> None:
    """Write a body as it was sent, packed or not, so that nothing unpacks before its size is known."""
    more = response.status_code == 206
    total = into.stat().st_size if more and into.exists() else 0
    stated = response.headers.get("content-length", "")
    if more and not response.headers.get("content-range", "").startswith(f"bytes {total}-"):
        raise StoreFailed(f"{address} sends another part than it was asked for.", advice="Tell the publisher.")
    with into.open("ab" if more else "wb") as file:
        if stated.isdecimal() and total + int(stated) > most_bytes:
            raise TooLarge(f"{address} has {total + int(stated):,} bytes.", advice=f"At most {most_bytes:,} are taken; divide it.")
        async for piece in response.aiter_raw():
            total += len(piece)
            if total > most_bytes:
                raise TooLarge(f"{address} has more than {most_bytes:,} bytes.", advice="Divide it.")
            file.write(piece)


async def resolve(host: str, port: int) -> str:
    """The network address of a host; raises Refused when a name leads into a private network, StoreFailed when it leads nowhere."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise StoreFailed(f"the name {host} is not known.", where="SERVICE", advice="Check the address.") from error
    addresses = [str(each[4][0]).partition("%")[0] for each in found]
    for address in addresses:
        if not is_public(address):
            raise Refused(f"the name {host} leads to the private address {address}.", where="SERVICE",
                          advice="Write the address itself in the allow-list if it is meant.")
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether an address is reachable by everyone, also when an IPv4 address hides in an IPv6 one."""
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo[1] if parsed.teredo else None)
        if inner is None and parsed in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if parsed not in _GLOBAL_UNICAST:
            # Outside of it lie only ways of writing IPv4 (RFC 4291, 2.5.5; RFC 2765; RFC 8215) and local addresses (RFC 3879).
            return False
    return parsed.is_global and not parsed.is_multicast
