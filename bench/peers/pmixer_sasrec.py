"""Trains the model of pmixer/SASRec.pytorch with its sampler, both from a checkout, for bench/peers.py.

The repository is no package, and its main program tells no lists; so the loop is here: binary cross-entropy of each
target and one negative, Adam, Xavier's initial weights. Settings: those of its notes on layer norms, which are of the
original paper, with the layer norm first that they found best on Amazon Video Games, for musical instruments, too.
"""

import sys
import threading
from argparse import Namespace
from pathlib import Path
from queue import Queue
from typing import Any

import numpy as np
import torch
from handing import Ended, Recorder, Split, Vectors, options
from torch.nn import functional

COMMON = {"hidden_units": 50, "num_blocks": 2, "num_heads": 1, "batch_size": 128, "lr": 1e-3}
VIDEO = COMMON | {"maxlen": 50, "dropout_rate": 0.5, "norm_first": True}
SETTINGS: dict[str, dict[str, Any]] = {
    "ml-1m": COMMON | {"maxlen": 200, "dropout_rate": 0.2, "norm_first": False},
    "amazon-video-games": VIDEO,
    "amazon-musical-instruments-5core": VIDEO,
}
MOST_EPOCHS = 1000
"""The default of its main program."""
ENCODED_AT_ONCE = 512


def main() -> None:
    parser = options()
    parser.add_argument("--checkout", type=Path, required=True)
    given = parser.parse_args()
    sys.path.insert(0, str(given.checkout / "python"))
    from model import SASRec
    from utils import sample_function

    torch.set_num_threads(1)
    torch.manual_seed(given.seed)
    split = Split.load(given.split)
    settings = SETTINGS[given.data_set]
    recorder = Recorder(given.out, given.budget_seconds, given.every_seconds)
    users = len(split.offsets) - 1
    # Its codes count from 1. A thread instead of three processes: the CPU time of all is to be told.
    taken = {user + 1: (split.taken(user) + 1).tolist() for user in range(users)}
    batches: Queue[Any] = Queue(maxsize=1)
    sampling = (taken, users, split.items, settings["batch_size"], settings["maxlen"], batches, given.seed)
    threading.Thread(target=sample_function, args=sampling, daemon=True).start()
    model = SASRec(users, split.items, Namespace(device="cpu", **settings))
    initialise(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=settings["lr"], betas=(0.9, 0.98))
    steps = -(-users // settings["batch_size"])
    model.train()
    ended = "all epochs"
    try:
        for step in range(MOST_EPOCHS * steps):
            optimizer.zero_grad()
            loss(model, *(np.array(each) for each in batches.get())).backward()
            optimizer.step()
            recorder.step((step + 1) / steps, lambda: vectors(model, split, settings["maxlen"]))
    except Ended as end:
        ended = str(end)
    recorder.done(settings, ("torch", "numpy"), ended)


def initialise(model: torch.nn.Module) -> None:
    for weight in model.parameters():
        if weight.dim() > 1:
            torch.nn.init.xavier_normal_(weight.data)
    for table in (model.item_emb, model.pos_emb):
        table.weight.data[0] = 0


def loss(
    model: torch.nn.Module, users: np.ndarray, taken: np.ndarray, targets: np.ndarray, others: np.ndarray
) -> torch.Tensor:
    right, wrong = model(users, taken, targets, others)
    real = torch.from_numpy(targets != 0)
    one, none = torch.ones(int(real.sum())), torch.zeros(int(real.sum()))
    of_logits = functional.binary_cross_entropy_with_logits
    return of_logits(right[real], one) + of_logits(wrong[real], none)


def vectors(model: torch.nn.Module, split: Split, length: int) -> Vectors:
    newest = split.newest(length, np.arange(1, split.items + 1))
    model.eval()
    with torch.no_grad():
        queries = [
            model.log2feats(newest[start : start + ENCODED_AT_ONCE])[:, -1].numpy()
            for start in range(0, len(newest), ENCODED_AT_ONCE)
        ]
        items = model.item_emb.weight[1:].numpy().copy()
    model.train()
    return np.concatenate(queries), items


if __name__ == "__main__":
    main()
