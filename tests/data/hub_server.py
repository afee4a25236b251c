"""A server that answers as the Hugging Face Hub does for one small data set."""

import hashlib
import http.server
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, unquote, urlparse

COMMIT = "a" * 40
FILES = {
    "README.md": b"---\nconfigs:\n- config_name: default\n  data_files: [{split: train, path: data/train-*}]\n---\n",
    "data/train-00000-of-00001.csv": b"text,label\nGood.,1\nBad.,0\nFine.,1\n",
}
_API = "/api/datasets/owner/reviews"
REFUSED = {"owner/gated": (403, "GatedRepo"), "owner/missing": (404, "RepoNotFound")}


class HubHandler(http.server.BaseHTTPRequestHandler):
    """Answers requests for `owner/reviews`; `owner/gated` and `owner/missing` are refused."""

    def log_message(self, *_: Any) -> None:
        """Print nothing."""

    def do_GET(self) -> None:
        path = unquote(urlparse(self.path).path)
        for name, (status, code) in REFUSED.items():
            if name in path:
                return self._send(status, b"{}", {"X-Error-Code": code})
        if path.startswith(f"{_API}/tree/"):
            folder = path.partition("/tree/")[2].partition("/")[2]
            return self._send_json(list(_entries(folder, recursive="recursive=true" in self.path.lower())))
        if "/paths-info/" in path:
            return self._send_json([_entry(name) for name in self._paths()])
        if path.startswith(_API):
            return self._send_json(
                {"id": "owner/reviews", "sha": COMMIT, "siblings": [{"rfilename": f} for f in FILES]}
            )
        return self._send_file(path.partition("/resolve/")[2].partition("/")[2])

    do_HEAD = do_POST = do_GET  # noqa: N815 - names that http.server looks for

    def _paths(self) -> list[str]:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        paths = json.loads(body)["paths"] if body.startswith(b"{") else parse_qs(body.decode()).get("paths", [])
        return [name for name in paths if any(file == name or file.startswith(f"{name}/") for file in FILES)]

    def _send_file(self, name: str) -> None:
        if name not in FILES:
            return self._send(404, b"", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT})
        data = FILES[name]
        headers = {"ETag": f'"{hashlib.sha256(data).hexdigest()}"', "X-Repo-Commit": COMMIT}
        first, _, last = self.headers.get("Range", "").removeprefix("bytes=").partition("-")
        if not first:
            return self._send(200, data, headers)
        part = data[int(first) : int(last or len(data)) + 1]
        place = f"bytes {first}-{int(first) + len(part) - 1}/{len(data)}"
        return self._send(206, part, headers | {"Content-Range": place})

    def _send_json(self, value: Any) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _entries(folder: str, *, recursive: bool) -> Iterator[dict[str, Any]]:
    start = f"{folder}/" if folder else ""
    names = [name for name in FILES if name.startswith(start)]
    folders = {start + name.removeprefix(start).partition("/")[0] for name in names if "/" in name.removeprefix(start)}
    yield from map(_entry, sorted(folders))
    yield from (_entry(name) for name in names if recursive or "/" not in name.removeprefix(start))


def _entry(name: str) -> dict[str, Any]:
    if name not in FILES:
        return {"type": "directory", "path": name, "oid": "d" * 40}
    digest = hashlib.sha256(FILES[name]).hexdigest()[:40]
    return {"type": "file", "path": name, "size": len(FILES[name]), "oid": digest}
