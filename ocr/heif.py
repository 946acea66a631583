"""Photos in the format that phones save by themselves (HEIC): known by how they begin, opened by libheif.

Pillow does not know the format; `pi_heif`, which brings libheif's decoder, teaches it. Where that is not
installed such a photo is named for what it is.
"""

from functools import cache
from importlib import import_module

_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


def is_heif(head: bytes) -> bool:
    """Tell a phone's photo by its first 12 bytes."""
    return head[4:8] == b"ftyp" and head[8:12] in _BRANDS


@cache
def can_be_opened() -> bool:
    """Teach Pillow the format; False where this computer lacks what it takes."""
    try:
        decoder = import_module("pi_heif")
        # In the orientation that the camera says, which libheif applies by itself; one thread a process.
        decoder.register_heif_opener(thumbnails=False, decode_threads=1)
    except (ImportError, OSError):
        return False
    return True
