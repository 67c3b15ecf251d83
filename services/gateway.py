"""The gateway's routes, written from the path prefixes that each service declares; `throughline gateway` prints them.

/internal is in no prefix, so the gateway routes it nowhere.
"""

import re

from services.all_in_one import prefixes_of

_HEAD = """\
# Written by `throughline gateway`; tests/deploy holds it against the services' prefixes. Do not edit.
worker_processes auto;
events { worker_connections 4096; }
http {
  client_max_body_size 2g;
  proxy_http_version 1.1;
  proxy_request_buffering off;
  proxy_buffering off;
  proxy_read_timeout 1h;
  proxy_set_header Host $host;
  proxy_set_header Connection "";
  # Docker's own name server, asked again and again: a service that comes back has another address.
  resolver 127.0.0.11 valid=5s;
  server {
    listen 8000;
    location = /healthz { default_type application/json; return 200 '{"status":"ok"}'; }
    location = /openapi.json { default_type application/json; alias /srv/openapi.json; }
    location /docs { set $owner districts; proxy_pass http://$owner:8000; }
"""
_TAIL = """\
    location / {
      default_type application/problem+json;
      return 404 '{"type":"urn:throughline:problem:not-found","title":"There is no such thing",\
"status":404,"detail":"No service owns this address"}';
    }
  }
}
"""


def nginx() -> str:
    """Write nginx.conf: for each prefix the service that owns it, whole path segments only."""
    lines = [
        f"    location ~ ^{re.escape(prefix)}(/|$) {{ set $owner {service}; proxy_pass http://$owner:8000; }}\n"
        for service, prefixes in prefixes_of().items()
        for prefix in sorted(prefixes)
        if not prefix.startswith("/internal")
    ]
    return _HEAD + "".join(lines) + _TAIL
