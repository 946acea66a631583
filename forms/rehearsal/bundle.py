"""Scanned pictures as one PDF, as a scanner writes them: each JPEG as it is, on a page of its size."""

from collections.abc import Sequence
from pathlib import Path

import pikepdf
from pikepdf import Dictionary, Name
from PIL import Image as Pillow


def write_pdf(jpegs: Sequence[Path], path: Path, dpi: float) -> None:
    """Write the pictures into one PDF; the same pictures give the same bytes."""
    with pikepdf.new() as pdf:
        for jpeg in jpegs:
            with Pillow.open(jpeg) as image:
                width, height, gray = image.width, image.height, image.mode == "L"
            stream = pdf.make_stream(
                jpeg.read_bytes(),
                Type=Name.XObject,
                Subtype=Name.Image,
                Width=width,
                Height=height,
                BitsPerComponent=8,
                ColorSpace=Name.DeviceGray if gray else Name.DeviceRGB,
                Filter=Name.DCTDecode,
            )
            page = pdf.add_blank_page(page_size=(width * 72 / dpi, height * 72 / dpi))
            page.Resources = Dictionary(XObject=Dictionary(Scan=stream))
            box = page.MediaBox
            page.Contents = pdf.make_stream(
                f"q {float(box[2]):.4f} 0 0 {float(box[3]):.4f} 0 0 cm /Scan Do Q".encode()
            )
        pdf.save(path, deterministic_id=True)
