"""Patient requests of `httpx` without TLS and without the environment's proxies.

Its own functions read all certificates for every request, and wait for only 5 s.
"""

import ssl
from functools import partial

import httpx

NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
TIMEOUT_SECONDS = 60.0

get = partial(httpx.get, verify=NO_CERTIFICATES, trust_env=False, timeout=TIMEOUT_SECONDS)
post = partial(httpx.post, verify=NO_CERTIFICATES, trust_env=False, timeout=TIMEOUT_SECONDS)
request = partial(httpx.request, verify=NO_CERTIFICATES, trust_env=False, timeout=TIMEOUT_SECONDS)
client = partial(httpx.Client, verify=NO_CERTIFICATES, trust_env=False, timeout=TIMEOUT_SECONDS)
