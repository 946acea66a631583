"""Runs in augraphy's own environment: applies one of its effects to each picture that comes in on stdin."""

import importlib
import json
import os
import random
import sys
import warnings


def main() -> None:
    """Answer until stdin ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever the library prints must not get between the answers
    warnings.simplefilter("ignore")
    import cv2
    import numpy as np

    augraphy = importlib.import_module("augraphy")
    cv2.setNumThreads(1)
    while line := sys.stdin.buffer.readline():
        asked = json.loads(line)
        shape = tuple(asked["shape"])
        data = sys.stdin.buffer.read(int(np.prod(shape)))
        picture = np.frombuffer(data, np.uint8).reshape(shape).copy()
        random.seed(asked["seed"])
        np.random.seed(asked["seed"] % (1 << 32))
        try:
            done = getattr(augraphy, asked["effect"])(p=1)(picture)
            done = done[0] if isinstance(done, (tuple, list)) else done
            done = np.ascontiguousarray(done, np.uint8)
            if done.ndim == 3 and done.shape[2] == 4:
                done = np.ascontiguousarray(done[..., :3])
            if done.ndim == 3 and len(shape) == 2:
                done = cv2.cvtColor(done, cv2.COLOR_BGR2GRAY)
        except Exception as error:
            answers.write(json.dumps({"error": repr(error)[:300]}).encode() + b"\n")
        else:
            answers.write(json.dumps({"shape": done.shape}).encode() + b"\n" + done.tobytes())
        answers.flush()


main()
