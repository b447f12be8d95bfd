"""A provider of OpenID Connect for the tests: a small HTTP server of this machine.

Description, keys, token and userinfo, signed RS256. What it answers is changed by `claims`,
`userinfo`, `key`, `signed_userinfo` and `silent`; `asked` keeps what it received.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT = {"id": "extranet", "secret": "un-secret-du-client"}


class Provider:
    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.published = self.key.public_key()
        self.asked: dict[str, list[dict[str, Any]]] = {"token": [], "userinfo": []}
        # What a test changes in its answers, then the answers themselves.
        self.claims: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        self.said: dict[str, Any] = {}
        self.told: dict[str, Any] = {}
        self.challenge = ""
        self.signed_userinfo = True
        self.silent = False
        server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server, self.issuer = server, f"http://127.0.0.1:{server.server_port}/api/v2"
        self.thread = threading.Thread(target=server.serve_forever, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def authorize(self, address: str) -> dict[str, str]:
        """What the provider would keep of a request of sign-in, as one value per name."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.challenge = asked["code_challenge"]
        now = int(time.time())
        self.said = {
            "iss": self.issuer,
            "aud": CLIENT["id"],
            "sub": "sujet-1",
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
        } | self.claims
        self.told = {
            "iss": self.issuer,
            "aud": CLIENT["id"],
            "sub": "sujet-1",
            "email": "zoe@exemple.fr",
            "email_verified": True,
        } | self.userinfo
        return asked

    def described(self) -> dict[str, str]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "end_session_endpoint": f"{self.issuer}/session/end",
        }

    def sign(self, claims: dict[str, Any]) -> str:
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(kept, self.key, algorithm="RS256", headers={"kid": "une-cle"})

    def token(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """The code is exchanged by who knows the secret and the verifier."""
        digest = hashlib.sha256(asked["code_verifier"].encode()).digest()
        proof = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        known = (asked["client_id"], asked["client_secret"]) == (CLIENT["id"], CLIENT["secret"])
        if not known or proof != self.challenge or asked["code"] != "un-code":
            return 400, {"error": "invalid_grant"}
        return 200, {
            "access_token": "un-jeton",
            "token_type": "Bearer",
            "id_token": self.sign(self.said),
        }

    def _handler(provider) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def answer(self, status: int, body: Any, kind: str = "application/json") -> None:
                contents = body if isinstance(body, str) else json.dumps(body)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.end_headers()
                self.wfile.write(contents.encode())

            def do_GET(self) -> None:
                page = self.path.removeprefix("/api/v2")
                if provider.silent:
                    self.answer(503, {})
                elif page == "/.well-known/openid-configuration":
                    self.answer(200, provider.described())
                elif page == "/jwks":
                    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(provider.published))
                    self.answer(200, {"keys": [public | {"kid": "une-cle", "alg": "RS256"}]})
                elif page == "/userinfo" and provider.signed_userinfo:
                    self.answer(200, provider.sign(provider.told), "application/jwt")
                else:
                    self.answer(200, provider.told)

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                posted = parse_qs(self.rfile.read(length).decode())
                asked = {name: values[0] for name, values in posted.items()}
                provider.asked["token"].append(asked)
                self.answer(*provider.token(asked))

            def log_message(self, *args: Any) -> None:
                """Nothing on the terminal."""

        return Handler
