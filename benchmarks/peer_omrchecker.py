"""Read pages with OMRChecker; run by a Python of its own, with OMRChecker's folder as first argument.

    python peer_omrchecker.py CHECKOUT TEMPLATE.json REPEAT PAGE.jpg ...

Prints one line of JSON: CPU in ms a page, and what each page says (null where it was refused). It does what
OMRChecker's own loop does for a page, without writing files: load, preprocessors, response.
"""

import ctypes
import json
import logging
import resource
import sys
import types
from importlib import import_module
from pathlib import Path
from typing import Any

import cv2


def main() -> None:
    """Read the pages, and say what came of it."""
    checkout, template_path, repeat, *pages = sys.argv[1:]
    sys.path.insert(0, checkout)
    # It asks for the size of a screen at import, which a computer without one does not have.
    screen = types.ModuleType("screeninfo")
    vars(screen)["get_monitors"] = lambda: [types.SimpleNamespace(width=1920, height=1080)]
    sys.modules["screeninfo"] = screen
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(-3, 32 * 1024 * 1024)
        libc.mallopt(-1, 512 * 1024 * 1024)
    defaults, templates, parsing = map(import_module, ("src.defaults", "src.template", "src.utils.parsing"))
    logging.disable(logging.CRITICAL)
    cv2.setNumThreads(1)
    template = templates.Template(Path(template_path), defaults.CONFIG_DEFAULTS)

    def read(page: str) -> Any:
        image = cv2.imread(page, cv2.IMREAD_GRAYSCALE)
        operations = template.image_instance_ops
        operations.reset_all_save_img()
        image = operations.apply_preprocessors(page, image, template)
        if image is None:
            return None
        response, *_rest = operations.read_omr_response(template, image=image, name=page, save_dir=None)
        return parsing.get_concatenated_response(response, template)

    said = [read(page) for page in pages]
    times = int(repeat)
    before = resource.getrusage(resource.RUSAGE_SELF)
    for _again in range(times):
        for page in pages:
            read(page)
    after = resource.getrusage(resource.RUSAGE_SELF)
    ms = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000
    print("\n" + json.dumps({"ms": ms / max(times * len(pages), 1), "said": said}))


if __name__ == "__main__":
    main()
