"""An OpenID provider over loopback HTTP: it behaves as real ones do, and misbehaves as they and attackers do.

Discovery, a JWKS that rotates, and ID tokens signed by its keys. What a test wants of it stands in `Manners`; a token
that is wrong in one claim is `id_token(sub, aud="another")`, one without a claim `id_token(sub, exp=None)`.
"""

import asyncio
import hashlib
import hmac
import socket
import time
from base64 import urlsafe_b64encode
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Self

import jwt
import orjson
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

AUDIENCE = "frontend-of-the-district"
DISCOVERY, JWKS = "/.well-known/openid-configuration", "/oauth2/v1/keys"
USUAL_BITS = 2048
# To make a key takes a tenth of a second. They come again in turn: no test uses as many.
_RSA: deque[rsa.RSAPrivateKey] = deque(maxlen=16)


def _next_rsa() -> rsa.RSAPrivateKey:
    if len(_RSA) < (_RSA.maxlen or 0):
        _RSA.append(rsa.generate_private_key(public_exponent=65537, key_size=USUAL_BITS))
    else:
        _RSA.rotate(-1)
    return _RSA[-1]


@dataclass
class Manners:
    """How it behaves. Left alone it is a good provider."""

    slow: float = 0.0  # seconds before any answer
    status: int = 200
    padding: int = 0  # bytes of nonsense in the JWKS
    redirects_to: str = ""  # where the JWKS is said to be now
    says_issuer: str = ""  # another issuer in the discovery document
    says_jwks_uri: str = ""
    body: bytes | None = None  # instead of the JWKS
    publishes_private: bool = False  # the mistake of a beginner
    without_kid: bool = False  # an old provider with one key
    without_alg: bool = False  # as Microsoft's: neither `alg` nor, of some keys, `use`


@dataclass
class SigningKey:
    kid: str
    algorithm: str
    private: Any

    @classmethod
    def new(cls, kid: str, algorithm: str = "RS256", bits: int = USUAL_BITS) -> Self:
        if algorithm == "ES256":
            return cls(kid, algorithm, ec.generate_private_key(ec.SECP256R1()))
        private = rsa.generate_private_key(public_exponent=65537, key_size=bits) if bits != USUAL_BITS else _next_rsa()
        return cls(kid, algorithm, private)

    def jwk(self, manners: Manners) -> dict[str, Any]:
        kind: Any = ECAlgorithm if self.algorithm == "ES256" else RSAAlgorithm
        key = self.private if manners.publishes_private else self.private.public_key()
        jwk: dict[str, Any] = kind.to_jwk(key, as_dict=True)
        jwk.pop("key_ops", None)
        if not manners.without_kid:
            jwk["kid"] = self.kid
        return jwk if manners.without_alg else jwk | {"use": "sig", "alg": self.algorithm}


@dataclass
class FakeIdentityProvider:
    url: str = ""
    manners: Manners = field(default_factory=Manners)
    asked: Counter[str] = field(default_factory=Counter)
    keys: list[SigningKey] = field(default_factory=list)  # published; the last one signs
    closes: asyncio.Event = field(default_factory=asyncio.Event)
    _made: int = 0

    def __post_init__(self) -> None:
        self.rotate()

    @property
    def issuer(self) -> str:
        return self.url

    @property
    def jwks_url(self) -> str:
        return self.url + JWKS

    def rotate(self, algorithm: str = "RS256", *, bits: int = USUAL_BITS, keep: int = 1) -> SigningKey:
        """Sign with a new key from now on; `keep` of the old ones stay published."""
        self._made += 1
        fresh = SigningKey.new(f"key-{self._made}", algorithm, bits)
        self.keys = [*self.keys[len(self.keys) - keep :], fresh] if keep else [fresh]
        return fresh

    def id_token(
        self, subject: str, *, key: SigningKey | None = None, header: dict[str, Any] | None = None, **claims: Any
    ) -> str:
        """Sign what would come out of a login: any claim may be another one, or None to be missing."""
        signer = key or self.keys[-1]
        head = {"kid": None if self.manners.without_kid else signer.kid} | (header or {})
        algorithm = head.pop("alg", signer.algorithm)
        return jwt.encode(
            self._claims(subject, claims), signer.private, algorithm, headers={k: v for k, v in head.items() if v}
        )

    def unsigned(self, subject: str, **claims: Any) -> str:
        """The oldest trick: `alg` none, no signature."""
        return f"{_segments({'alg': 'none', 'typ': 'JWT', 'kid': self.keys[-1].kid}, self._claims(subject, claims))}."

    def signed_with_the_public_key(self, subject: str, **claims: Any) -> str:
        """The next one: the public key as the secret of an HMAC."""
        pem = self.keys[-1].private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        signed = _segments({"alg": "HS256", "typ": "JWT", "kid": self.keys[-1].kid}, self._claims(subject, claims))
        return f"{signed}.{_encoded(hmac.new(pem, signed.encode(), hashlib.sha256).digest())}"

    def _claims(self, subject: str, claims: dict[str, Any]) -> dict[str, Any]:
        now = int(time.time())
        whole = {"iss": self.issuer, "sub": subject, "aud": AUDIENCE, "iat": now, "exp": now + 3600} | claims
        return {name: value for name, value in whole.items() if value is not None}

    def app(self) -> Starlette:
        return Starlette(routes=[Route(DISCOVERY, self._discovery), Route(JWKS, self._jwks)])

    async def _discovery(self, _: Request) -> Response:
        await self._manner("discovery")
        issuer = self.manners.says_issuer or self.issuer
        return JSONResponse(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{self.url}/oauth2/v1/authorize",
                "token_endpoint": f"{self.url}/oauth2/v1/token",
                "jwks_uri": self.manners.says_jwks_uri or self.jwks_url,
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": sorted({key.algorithm for key in self.keys}),
            },
            self.manners.status,
        )

    async def _jwks(self, _: Request) -> Response:
        await self._manner("jwks")
        manners = self.manners
        if manners.redirects_to:
            return RedirectResponse(manners.redirects_to, 302)
        if manners.body is not None:
            return Response(manners.body, manners.status, media_type="application/json")
        said = {"keys": [key.jwk(manners) for key in self.keys], "padding": "y" * manners.padding}
        return JSONResponse(said, manners.status, headers={"Cache-Control": "public, max-age=3600"})

    async def _manner(self, what: str) -> None:
        self.asked[what] += 1
        if self.manners.slow:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.closes.wait(), self.manners.slow)


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _segments(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return ".".join(_encoded(orjson.dumps(part)) for part in (header, claims))


@asynccontextmanager
async def identity_provider() -> AsyncIterator[FakeIdentityProvider]:
    """Serve one on a port of the loopback, in this loop."""
    provider = FakeIdentityProvider()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = uvicorn.Server(uvicorn.Config(provider.app(), lifespan="off", log_config=None, access_log=False))
        server.config.load()
        server.lifespan = server.config.lifespan_class(server.config)
        await server.startup(sockets=[listener])
        serving = asyncio.create_task(server.main_loop())
        provider.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            yield provider
        finally:
            provider.closes.set()
            server.should_exit = True
            await serving
            await server.shutdown(sockets=[listener])
