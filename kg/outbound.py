"""The one guarded way out: allow-listed addresses, no redirects, no name that leads into a private network."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Collection, Mapping
from typing import Final
from urllib.parse import urlsplit

import httpx

from kg.errors import Refused, StoreFailed, TooLarge

AGENT: Final = "urban-agenda-kg"


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
    return parsed.is_global and not parsed.is_multicast
