"""From the bytes of one encoded image to its pixels: checked before decoding, upright, gray or BGR.

A decoder is a door for hostile files. So the size is read from the header first, and an image that ends too
early is refused rather than filled up: a page whose lower half is missing must not read as one without marks.
"""

import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, ImageOps, JpegImagePlugin, TiffImagePlugin

from ..errors import ExitCode, PhieuError
from .heif import can_be_opened, is_heif
from .reading import explain

MAX_PIXELS = 120_000_000
"""Of one page: A3 at 600 dpi has 70 million."""
MAX_BYTES = 256 * 1024 * 1024
"""Of one encoded page."""

Image.MAX_IMAGE_PIXELS = MAX_PIXELS
ImageFile.LOAD_TRUNCATED_IMAGES = False

# How the files begin that are decoded, phone photos apart: JPEG, PNG, TIFF, BMP, GIF, WebP, JPEG 2000, PBM.
_STARTS = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    *(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    b"BM",
    b"GIF8",
    b"RIFF",
    *(b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51"),
    *(b"P1", b"P2", b"P3", b"P4", b"P5", b"P6"),
)
_ORIENTATION = 274

Pixels = NDArray[np.uint8]
"""(height, width) gray or (height, width, 3) BGR; 0 is black."""


class ScanError(PhieuError):
    """A page that can't be decoded; `code` is a note for `reading.explain`."""

    exit_code = ExitCode.UNREADABLE

    def __init__(self, code: str) -> None:
        super().__init__(explain(code))
        self.code = code
        self.args = (code,)


@dataclass(frozen=True, slots=True, eq=False)
class PageImage:
    """One page as pixels."""

    image: Pixels
    dpi: float | None
    """What the file says, if anything; it may be wrong."""
    sha256: str
    """Of the image as encoded, in hex: the same scan as a loose JPEG and inside a PDF has the same."""


def decode(data: bytes, upright: bool = True) -> tuple[Pixels, float | None]:
    """Return the pixels of an encoded image, and its dpi if it says so.

    Args:
        data: a whole image file.
        upright: turn it as its EXIF orientation says; a PDF ignores that, and so must who takes images out.

    Raises:
        ScanError: not an image, too large, cut short or damaged.
    """
    with opened(io.BytesIO(data)) as image:
        if image.format in ("JPEG", "MPO") and image.mode in ("L", "RGB"):
            return _jpeg(data, image, upright), dots_per_inch(image)
        return from_pillow(image, upright)


@contextmanager
def opened(stream: IO[bytes]) -> Iterator[Image.Image]:
    """Open an image of tolerable size without decoding it.

    Raises:
        ScanError: whatever goes wrong here or inside the `with` block.
    """
    head = stream.read(16)
    stream.seek(0)
    if is_heif(head):
        if not can_be_opened():
            raise ScanError("phone_photo")
    elif not any(head.startswith(start) for start in _STARTS):
        raise ScanError("not_an_image")
    with damage_reported(), Image.open(stream) as image:
        check_size(*image.size)
        yield image


@contextmanager
def damage_reported() -> Iterator[None]:
    """Turn every way in which Pillow gives up on a file into a ScanError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise ScanError("too_large") from error
    except (FileNotFoundError, PermissionError):
        raise
    except OSError as error:
        raise ScanError("truncated" if "truncated" in str(error) else "damaged") from error
    except (
        *(SyntaxError, ValueError, TypeError, LookupError, EOFError, OverflowError, RuntimeError),
        struct.error,
    ) as error:
        # What Pillow's readers let escape from damaged headers.
        raise ScanError("damaged") from error


def check_size(width: int, height: int) -> None:
    """Refuse an image of no size or of more than `MAX_PIXELS`.

    Raises:
        ScanError: `damaged` or `too_large`.
    """
    if width <= 0 or height <= 0:
        raise ScanError("damaged")
    if width * height > MAX_PIXELS:
        raise ScanError("too_large")


def from_pillow(image: Image.Image, upright: bool = True) -> tuple[Pixels, float | None]:
    """Decode what `opened` gave: any mode Pillow knows."""
    dpi = dots_per_inch(image)
    across, down = _densities(image)
    # Pillow turns TIFF images by itself while loading; after that they carry no orientation.
    image.load()
    if upright:
        ImageOps.exif_transpose(image, in_place=True)
    return square(_as_array(image), across, down), dpi


def square(image: Pixels, across: float, down: float) -> Pixels:
    """Return an image with square pixels: a fax has twice as many dots across as down.

    Smaller differences are left to registration, which measures them on the print itself.
    """
    if not across or not down or 2 / 3 < across / down < 1.5:
        return image
    height, width = image.shape[:2]
    wide, high = (
        (width, round(height * across / down)) if across > down else (round(width * down / across), height)
    )
    check_size(wide, high)
    return cv2.resize(image, (wide, high), interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)


def dots_per_inch(image: Image.Image) -> float | None:
    """Return what the file says of its resolution, where it is one that a scanner or camera could mean."""
    dpi = max(_densities(image))
    return dpi if 50 <= dpi <= 2400 else None


def _densities(image: Image.Image) -> tuple[float, float]:
    try:
        across, down = (float(value) for value in image.info.get("dpi", (0, 0)))
    except (TypeError, ValueError, ZeroDivisionError):
        return 0.0, 0.0
    if not (np.isfinite(across) and np.isfinite(down)):
        return 0.0, 0.0
    # Pillow says a TIFF's size as it will be after turning, but its densities as they were before.
    turned = isinstance(image, TiffImagePlugin.TiffImageFile) and image.tag_v2.get(_ORIENTATION, 1) >= 5
    return (down, across) if turned else (across, down)


def _jpeg(data: bytes, image: Image.Image, upright: bool) -> Pixels:
    # libjpeg fills what is missing with gray and OpenCV does not say so. A whole JPEG has its end marker
    # after the start of its scan, where Pillow stops reading; a thumbnail before has an end of its own.
    header = image.fp if isinstance(image, JpegImagePlugin.JpegImageFile) and image.format == "JPEG" else None
    scan_starts = header.tell() if header is not None else len(data) // 2
    if data.rfind(b"\xff\xd9") < scan_starts:
        raise ScanError("truncated")
    flags = cv2.IMREAD_ANYCOLOR | (0 if upright else cv2.IMREAD_IGNORE_ORIENTATION)
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:
        raise ScanError("damaged") from error
    if pixels is None:
        raise ScanError("damaged")
    return pixels.astype(np.uint8, copy=False)


def _as_array(image: Image.Image) -> Pixels:
    if image.mode in ("1", "L"):
        return np.array(image.convert("L"))
    if image.mode.startswith("I"):
        # 16 bits a pixel; 32-bit modes hold 16-bit values as well (PGM, PNG).
        values = np.asarray(image).astype(np.int64)
        return np.clip(values // 257, 0, 255).astype(np.uint8)
    if "transparency" in image.info or image.mode in ("LA", "PA", "RGBA", "La", "RGBa"):
        seen = image.convert("RGBA")
        paper = Image.new("RGBA", seen.size, "white")
        image = Image.alpha_composite(paper, seen)
    return np.ascontiguousarray(np.asarray(image.convert("RGB"))[:, :, ::-1])
