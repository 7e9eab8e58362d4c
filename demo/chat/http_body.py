"""Bot API calls in and refusals out, between HTTP and the local Telegram."""

from aiohttp import BodyPartReader, web

from demo.chat.errors import ApiError, bad_request
from demo.chat.params import Params, UploadedFile
from demo.chat.updates import JsonObject


async def read_params(request: web.Request) -> Params:
    """Read the parameters of a call from its query string and body.

    Raises:
        ApiError: 400, the body says JSON and is none.
    """
    values: dict[str, object] = dict(request.query)
    files: dict[str, UploadedFile] = {}
    if request.content_type == "application/json":
        try:
            body = await request.json()
        except ValueError as error:
            raise bad_request("can't parse request body as JSON") from error
        values |= body if isinstance(body, dict) else {}
    elif request.content_type == "multipart/form-data":
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.name is None:
                continue
            content = bytes(await part.read(decode=True))
            if part.filename is None:
                values[part.name] = content.decode("utf-8", "replace")
            else:
                kind = part.headers.get("Content-Type", "application/octet-stream")
                files[part.name] = UploadedFile(
                    file_name=part.filename, mime_type=kind, content=content
                )
    else:
        values |= dict(await request.post())
    return Params(values=values, files=files)


def refusal(error: ApiError) -> web.Response:
    """Answer as Telegram does: JSON for a refused call, a bare page when it is down itself."""
    if error.code >= 500:
        page = f"<html><head><title>{error.code}</title></head><body>nginx</body></html>"
        return web.Response(status=error.code, text=page, content_type="text/html")
    body: JsonObject = {"ok": False, "error_code": error.code, "description": error.description}
    if error.retry_after is not None:
        body["parameters"] = {"retry_after": error.retry_after}
    return web.json_response(body, status=error.code)
