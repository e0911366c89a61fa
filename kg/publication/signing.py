"""Signatures of manifests: Ed25519 (RFC 8032), keys as PEM files, signatures in base64 beside what they sign."""

from __future__ import annotations

import base64
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key, load_pem_public_key

from kg.errors import BadSetting, UnreadableFile

ADVICE = "`openssl genpkey -algorithm ed25519 -out key.pem` makes one."


def sign(content: bytes, key: Path) -> tuple[bytes, bytes]:
    """The signature, base64, and the public key, PEM; raises BadSetting when the file holds no Ed25519 key."""
    try:
        private = load_pem_private_key(key.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise BadSetting(f"the signing key cannot be read: {error}.", where="KG_SIGNING_KEY", advice=ADVICE) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise BadSetting("the signing key is no Ed25519 key.", where="KG_SIGNING_KEY", advice=ADVICE)
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(private.sign(content)) + b"\n", public


def check_signature(content: bytes, signature: bytes, public: bytes) -> None:
    """Raise UnreadableFile when the signature is not that of the content by the holder of the key."""
    key = load_pem_public_key(public)
    try:
        if not isinstance(key, Ed25519PublicKey):
            raise InvalidSignature
        key.verify(base64.b64decode(signature), content)
    except (InvalidSignature, ValueError) as error:
        raise UnreadableFile("the signature is not that of this file.", where="manifest.json",
                             advice="Take the release again, and compare the key with that of its publisher.") from error
