"""Train the networks of the second rule and write their weights; runs in an environment of its own.

    python3 -m venv .cache/train && .cache/train/bin/pip install torch==2.13.0+cpu numpy==2.4.6 onnx
    .venv/bin/python training/make.py
    .cache/train/bin/python training/train.py

Takes what `make.py` drew, but nothing of its plain hands: those are for setting limits (`limits.py`). Writes
`.cache/training/learned/second-N.onnx`, to be copied into `ocr/learned`. Same seeds, same boxes; figures may
differ in their last digits between machines.
"""

# mypy: ignore-errors
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as f

HERE = Path(__file__).parents[1]
DATA = HERE / ".cache" / "training"
OUT = DATA / "learned"
SETS = ("training", "training-ballots", "rehearsal", "rehearsal-ballots")
STRUCK, CLASSES = 7, 8
EPOCHS, BATCH, RATE = 7, 96, 4e-3
NOTHING_SHARE = 0.15
"""Of empty boxes so many are kept: most are all alike."""
WIDTHS = (10, 16, 24, 28, 32)


class Net(nn.Module):
    """Five convolutions and a layer of answers: 22,000 numbers."""

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d, e = WIDTHS
        self.convs = nn.ModuleList(
            [
                nn.Conv2d(2, a, 5, 2, 2),
                nn.Conv2d(a, b, 3, 2, 1),
                nn.Conv2d(b, c, 3, 2, 1),
                nn.Conv2d(c, d, 3, 1, 1),
                nn.Conv2d(d, e, 3, 2, 1),
            ]
        )
        self.norms = nn.ModuleList([nn.BatchNorm2d(w) for w in WIDTHS])
        self.answer = nn.Linear(9 * e, CLASSES)
        self.drop = nn.Dropout(0.25)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the answers' logits for (n, 2, 48, 48)."""
        for conv, norm in zip(self.convs, self.norms, strict=True):
            x = torch.relu(norm(conv(x)))
        return self.answer(self.drop(x.flatten(1)))


def load(rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Return boxes, uint8 (n, 2, 48, 48), and what they look like."""
    patches, looks = [], []
    for path in sorted(path for name in SETS for path in DATA.glob(f"{name}-[0-9]*.npz")):
        with np.load(path) as data:
            patches.append(data["patches"])
            looks.append(data["looks"])
    x, y = np.concatenate(patches), np.concatenate(looks).astype(np.int64)
    inked = ((x[:, 0] > 25) & (x[:, 1] < 128)).sum(axis=(1, 2)) > 4
    keep = (y >= 0) & ((y > 0) | inked | (rng.random(len(y)) < NOTHING_SHARE))
    return torch.from_numpy(x[keep]), torch.from_numpy(y[keep])


def varied(x: torch.Tensor, gen: torch.Generator) -> torch.Tensor:
    """Return boxes as other scanners and pens might show them: moved, paler, darker, softer, noisier."""
    n = len(x)
    x = x.float() / 255
    turn = (torch.rand(n, generator=gen) - 0.5) * 0.1
    scale = 1 + (torch.rand(n, generator=gen) - 0.5) * 0.16
    flip = torch.where(torch.rand(n, generator=gen) < 0.25, -1.0, 1.0)
    cos, sin = torch.cos(turn) * scale, torch.sin(turn) * scale
    shift = (torch.rand(n, 2, generator=gen) - 0.5) * 0.1
    theta = torch.stack(
        [torch.stack([cos * flip, -sin, shift[:, 0]], 1), torch.stack([sin * flip, cos, shift[:, 1]], 1)], 1
    )
    x = f.grid_sample(
        x, f.affine_grid(theta, list(x.shape), False), align_corners=False, padding_mode="border"
    )
    ink, printed = x[:, :1], x[:, 1:]
    ink = ink ** torch.exp((torch.rand(n, 1, 1, 1, generator=gen) - 0.5) * 0.6)
    ink = ink * (0.55 + 0.75 * torch.rand(n, 1, 1, 1, generator=gen))
    soft = f.avg_pool2d(ink, 3, 1, 1)
    blend = torch.rand(n, 1, 1, 1, generator=gen) ** 2 * 0.8
    ink = ink * (1 - blend) + soft * blend
    ink = ink + torch.randn(ink.shape, generator=gen) * 0.03 * torch.rand(n, 1, 1, 1, generator=gen)
    return torch.cat([ink.clamp(0, 1), printed], 1)


def train(number: int, x: torch.Tensor, y: torch.Tensor) -> Net:
    """Return one network; each sees another four fifths of the boxes, in another order."""
    torch.manual_seed(number)
    gen = torch.Generator().manual_seed(number)
    net = Net()
    mine = torch.rand(len(y), generator=gen) < 0.8
    mine_x, mine_y = x[mine], y[mine]
    weight = torch.ones(CLASSES)
    weight[STRUCK] = 2.0  # a struck mark taken for a plain one is the fault that counts
    steps = EPOCHS * (len(mine_y) // BATCH)
    best = torch.optim.AdamW(net.parameters(), RATE, weight_decay=1e-3)
    plan = torch.optim.lr_scheduler.OneCycleLR(best, RATE, steps)
    for epoch in range(EPOCHS):
        net.train()
        order = torch.randperm(len(mine_y), generator=gen)
        total, start = 0.0, time.time()
        for k in range(len(mine_y) // BATCH):
            if k % 60 == 59:
                print(number, epoch, k, f"{total / k:.3f} {time.process_time():.0f} s", flush=True)
            which = order[k * BATCH : (k + 1) * BATCH]
            loss = f.cross_entropy(
                net(varied(mine_x[which], gen)), mine_y[which], weight, label_smoothing=0.01
            )
            best.zero_grad()
            loss.backward()
            best.step()
            plan.step()
            total += float(loss.detach())
        print(
            number,
            epoch,
            f"{total / max(1, len(mine_y) // BATCH):.4f} {time.time() - start:.0f} s",
            flush=True,
        )
    net.eval()
    return net


def main() -> None:
    """Train and write."""
    torch.set_num_threads(1)
    numbers = [int(one) for one in sys.argv[1:]] or [1, 2, 3]
    x, y = load(np.random.default_rng(0))
    print(len(y), "boxes", torch.bincount(y).tolist())
    OUT.mkdir(exist_ok=True)
    for number in numbers:
        _keep(train(number, x, y), OUT / f"second-{number}.onnx")


def _keep(net: Net, path: Path) -> None:
    """Write a network; the normalisation is worked into its weights."""
    shape = {"boxes": {0: "n"}, "looks": {0: "n"}}
    names = {"input_names": ["boxes"], "output_names": ["looks"], "dynamic_axes": shape}
    torch.onnx.export(net, torch.zeros(2, 2, 48, 48), path, dynamo=False, **names)
    print(path, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
