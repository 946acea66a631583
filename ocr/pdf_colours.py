"""What the samples of an image in a PDF mean: gray, colours, or numbers of a palette; perhaps inverted."""

from dataclasses import dataclass

import numpy as np
import pikepdf
from numpy.typing import NDArray

from .pixels import Pixels, ScanError

_PLAIN = {"/DeviceGray": 1, "/CalGray": 1, "/G": 1, "/DeviceRGB": 3, "/CalRGB": 3, "/RGB": 3}


@dataclass(frozen=True, slots=True, eq=False)
class Colours:
    """How samples become gray or colours."""

    components: int
    """1 or 3 a pixel."""
    bits: int
    """Of a sample: 1, 2, 4, 8 or 16."""
    inverted: bool = False
    """The `Decode` array turns the scale of samples around."""
    palette: Pixels | None = None
    """(2 ** bits, 3) BGR: what each sample means, where samples are numbers of a palette."""

    def pixels(self, samples: NDArray[np.uint8]) -> Pixels:
        """Return gray (height, width) or BGR (height, width, 3).

        Args:
            samples: (height, width, components) as stored; of 16 bits, the higher 8.
        """
        most = 2 ** min(self.bits, 8) - 1
        if self.palette is not None:
            meant = self.palette[::-1] if self.inverted else self.palette
            gray = (meant == meant[:, :1]).all()
            return meant[:, 0][samples[:, :, 0]] if gray else meant[samples[:, :, 0]]
        if most < 255 or self.inverted:
            scale = np.round(np.arange(most + 1) * (255 / most)).astype(np.uint8)
            samples = (scale[::-1] if self.inverted else scale)[samples]
        return np.ascontiguousarray(samples[:, :, ::-1] if self.components == 3 else samples[:, :, 0])


def colours_of(image: pikepdf.Stream) -> Colours | None:
    """Return how to understand an image's samples, or None where only a viewer's way is sure to be right.

    Raises:
        ScanError: its dictionary contradicts itself.
    """
    stencil = bool(image.get("/ImageMask", False))
    bits = 1 if stencil else int(image.get("/BitsPerComponent", 8))
    if bits not in (1, 2, 4, 8, 16):
        raise ScanError("damaged")
    space = pikepdf.Name.DeviceGray if stencil else image.get("/ColorSpace")
    components, palette = _components(space), None
    most = 1
    if components is None:
        palette = _palette(space, bits)
        components, most = 1, 2**bits - 1
        if palette is None:
            return None
    inverted = _inverted(image, components, most)
    return None if inverted is None else Colours(components, bits, inverted, palette)


def _components(space: object) -> int | None:
    """Return how many components a colour space has whose values are shown as they are."""
    if isinstance(space, pikepdf.Array) and len(space) == 2 and str(space[0]) == "/ICCBased":
        count = int(space[1].get("/N", 0))
        return count if count in (1, 3) else None
    if isinstance(space, pikepdf.Array) and len(space):
        return _PLAIN.get(str(space[0]))
    return _PLAIN.get(str(space))


def _palette(space: object, bits: int) -> Pixels | None:
    if not isinstance(space, pikepdf.Array) or len(space) != 4 or str(space[0]) not in ("/Indexed", "/I"):
        return None
    components, last = _components(space[1]), int(space[2])
    if components is None or bits > 8 or not 0 <= last <= 255:
        return None
    table = space[3]
    data = table.read_bytes() if isinstance(table, pikepdf.Stream) else bytes(table)
    count = min(last + 1, len(data) // components)
    if count == 0:
        raise ScanError("damaged")
    known = np.frombuffer(data, np.uint8, count * components).reshape(count, components)[:, ::-1]
    # A number past the palette's end means its last colour.
    numbers = np.minimum(np.arange(2**bits), count - 1)
    return np.repeat(known, 3, axis=1)[numbers] if components == 1 else known[numbers]


def _inverted(image: pikepdf.Stream, components: int, most: int) -> bool | None:
    """Tell whether the scale is turned around; None where it is changed in another way."""
    given = image.get("/Decode")
    if given is None:
        return False
    ends = [float(value) for value in given]
    if ends == [0, most] * components:
        return False
    return True if ends == [most, 0] * components else None
