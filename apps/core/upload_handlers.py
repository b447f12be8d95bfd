"""A request too large is refused before it is received: files have no other bound in Django."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler


class BoundedRequestHandler(FileUploadHandler):
    """First of FILE_UPLOAD_HANDLERS: judges the announced length (there is no other), keeps none.

    Answered 400; a form that says its own, lower limit answers in words.
    """

    def handle_raw_input(self, _input: Any, _meta: Any, content_length: int, *_rest: Any) -> None:
        if content_length > settings.REQUEST_BYTES_MAX:
            raise RequestDataTooBig("The request is larger than REQUEST_BYTES_MAX.")

    def receive_data_chunk(self, raw_data: bytes, _start: int) -> bytes:
        return raw_data

    def file_complete(self, _file_size: int) -> None:
        return None
