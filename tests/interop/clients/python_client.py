"""The client of the Python SDK, led by python.mjs: MCP_URL (auto|legacy) [CLIENT_METADATA_URL]

Requests are lines of JSON on stdin, answers are lines of JSON on stdout, the authorization URL goes to
stderr, and each HTTP exchange is a line of JSON in the file INTEROP_WIRE.
"""

import json
import os
import sys

import anyio
import httpx2
from mcp.client.auth import OAuthClientProvider
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata


class Memory:
    """Token storage that ends with the program."""

    tokens = None
    client_info = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client_info

    async def set_client_info(self, client_info):
        self.client_info = client_info


async def record(response):
    """A hook of httpx2: called for every request, those of the OAuth flow too."""
    request = response.request
    # Streams are left alone: the client reads them as they come.
    is_json = response.headers.get("content-type", "").startswith("application/json")
    if is_json:
        await response.aread()
    exchange = {
        "method": request.method,
        "url": str(request.url),
        "headers": dict(request.headers),
        "body": request.content.decode() or None,
        "status": response.status_code,
        "answer": dict(response.headers),
        "json": response.json() if is_json else None,
    }
    with open(os.environ["INTEROP_WIRE"], "a", encoding="utf-8") as wire:
        wire.write(json.dumps(exchange) + "\n")


async def main(mcp_url, mode, client_metadata_url=None):
    callback_sender, callback_receiver = anyio.create_memory_object_stream(1)

    async def show(authorization_url):
        print(authorization_url, file=sys.stderr, flush=True)

    async def come_back():
        return AuthorizationCodeResult(**await callback_receiver.receive())

    auth = OAuthClientProvider(
        server_url=mcp_url,
        # Without `token_endpoint_auth_method` AuthKit registers a client that has a secret.
        client_metadata=OAuthClientMetadata(
            client_name="interop",
            redirect_uris=["http://localhost:33418/callback"],
        ),
        storage=Memory(),
        redirect_handler=show,
        callback_handler=come_back,
        client_metadata_url=client_metadata_url,
    )

    async def answer(request, client):
        params = request["params"]
        match request["method"]:
            case "initialize":
                return {"protocolVersion": client.protocol_version}
            case "tools/list":
                result = await client.list_tools()
            case "tools/call":
                result = await client.call_tool(params["name"], params["arguments"])
        return result.model_dump(mode="json", by_alias=True, exclude_none=True)

    async def answer_all(requests):
        # The times that the SDK takes for a client of its own.
        timeout = httpx2.Timeout(30, read=300)
        http = httpx2.AsyncClient(auth=auth, event_hooks={"response": [record]}, timeout=timeout)
        async with http, Client(streamable_http_client(mcp_url, http_client=http), mode=mode) as client:
            async for request in requests:
                result = await answer(request, client)
                print(json.dumps({"id": request["id"], "result": result}), flush=True)

    request_sender, request_receiver = anyio.create_memory_object_stream(10)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(answer_all, request_receiver)
        async for line in anyio.wrap_file(sys.stdin):
            message = json.loads(line)
            if message["method"] == "callback":
                await callback_sender.send(message["params"])
            elif "id" in message:
                await request_sender.send(message)
        # Whoever led this program is gone, and nobody waits for what is still under way.
        tasks.cancel_scope.cancel()


anyio.run(main, *sys.argv[1:])
