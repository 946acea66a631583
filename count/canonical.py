"""JSON of which there is only one spelling, so that a hash can stand for it."""

import hashlib
import json
from typing import Any


def dumps(value: Any) -> str:
    """Return `value` as JSON with sorted keys and no spaces."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()
