"""Held out: ink that answers no question: struck and added names, signatures, notes in the margin."""

from math import cos, pi, sin

import numpy as np

from phieu.forms.form import Box

from .motion import Aim, Arm, Track, tracks

Rng = np.random.Generator


def words(at: Box, arm: Arm, rng: Rng) -> list[Track]:
    """Return a line of writing that fills a box: letters as loops and strokes, joined, in words."""
    height = at.h
    x, right = at.x, at.x + at.w
    out: list[Track] = []
    while x < right - height * 0.5:
        letters = int(rng.integers(2, 6))
        place = (x, at.y + height * 0.75)
        aims: list[Aim] = []
        for _letter in range(letters):
            wide = height * float(rng.uniform(0.3, 0.55))
            tall = height * float(rng.choice([0.45, 0.5, 0.95]))
            foot = at.y + height * 0.8 + float(rng.normal(0, 0.03)) * height
            aims += [
                Aim(x + wide * 0.6, foot - tall),
                Aim(x + wide * 0.3, foot - tall * 0.9),
                Aim(x + wide * float(rng.uniform(0.3, 0.6)), foot),
                Aim(x + wide, foot - height * 0.12),
            ]
            x += wide
            if x > right:
                break
        out += tracks(place, aims, arm, rng)
        x += height * float(rng.uniform(0.25, 0.5))
    return out


def signature(at: Box, arm: Arm, rng: Rng) -> list[Track]:
    """Return a signature: a few large loops that run along, and a stroke back under them."""
    count = int(rng.integers(4, 9))
    angle = np.linspace(0, 2 * pi * count / 2, count * 4)
    radius = at.h / 2 * np.linspace(0.95, 0.45, len(angle))
    x = at.x + at.h / 2 + np.linspace(0, at.w - at.h, len(angle))
    aims = [
        Aim(float(px + r * 0.6 * cos(a)), float(at.y + at.h / 2 + r * sin(a)))
        for px, r, a in zip(x, radius, angle, strict=True)
    ]
    under = [Aim(at.x + at.w, at.y + at.h * 0.8), Aim(at.x + at.w * 0.15, at.y + at.h * 0.95)]
    return tracks((aims[0].x, aims[0].y), aims[1:] + under, arm, rng)


def strike(name: Box, arm: Arm, rng: Rng) -> list[Track]:
    """Return a name's strike-out: one line through it, two, or a wave."""
    left, right = (
        name.x + name.w * float(rng.uniform(0.03, 0.15)),
        name.x + name.w * float(rng.uniform(0.5, 0.9)),
    )
    middle = name.y + name.h * float(rng.uniform(0.42, 0.58))
    manner = int(rng.integers(0, 4))
    if manner == 3:
        wave = [
            Aim(float(x), float(middle + (1.1 if i % 2 else -1.1)))
            for i, x in enumerate(np.linspace(left, right, 12))
        ]
        return tracks((left, middle), wave, arm, rng)
    out: list[Track] = []
    for line in range(2 if manner == 2 else 1):
        y = middle + line * 1.2
        out += tracks(
            (left, y + float(rng.normal(0, 0.6))), [Aim(right, y + float(rng.normal(0, 0.6)))], arm, rng
        )
    return out
