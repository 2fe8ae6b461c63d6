"""Trains the SASRec of RecBole for bench/peers.py.

Settings: RecBole's own for the model, which its properties call defaults, with cross-entropy over all items; on ML-1M
with the dropout of 0.2 that its authors advise there (issue 1289 of RUCAIBox/RecBole).
"""

import logging
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from handing import Ended, Recorder, Split, Vectors, options
from recbole.config import Config
from recbole.data.dataset import SequentialDataset
from recbole.data.utils import get_dataloader
from recbole.model.sequential_recommender import SASRec
from recbole.trainer import Trainer
from recbole.utils import init_seed

COMMON = {"MAX_ITEM_LIST_LENGTH": 50, "train_batch_size": 2048, "learning_rate": 1e-3, "loss_type": "CE"}
SETTINGS: dict[str, dict[str, Any]] = {
    "ml-1m": COMMON | {"hidden_dropout_prob": 0.2, "attn_dropout_prob": 0.2},
    "amazon-video-games": COMMON,
    "amazon-musical-instruments-5core": COMMON,
}
OWN = ("n_layers", "n_heads", "hidden_size", "inner_size", "hidden_dropout_prob", "attn_dropout_prob")
"""Settings that are told beside those above, whoever chose them."""
NAME = "split"
ENCODED_AT_ONCE = 512
MOST_EPOCHS = 300
"""RecBole's own."""


class Watched:
    """A loader of batches that tells after each how many were trained on."""

    def __init__(self, loader: Any, after: Callable[[int], None]) -> None:
        self.loader, self.after = loader, after

    def __getattr__(self, name: str) -> Any:
        return getattr(self.loader, name)

    def __len__(self) -> int:
        return len(self.loader)

    def __iter__(self) -> Iterator[Any]:
        for place, batch in enumerate(self.loader):
            yield batch
            self.after(place + 1)


def main() -> None:
    given = options().parse_args()
    sys.argv = sys.argv[:1]  # RecBole reads them, too
    torch.set_num_threads(1)
    split = Split.load(given.split)
    write_events(split, given.out)
    recorder = Recorder(given.out, given.budget_seconds, given.every_seconds)
    config = configured(given)
    logging.disable(logging.WARNING)
    init_seed(config["seed"], config["reproducibility"])
    data = SequentialDataset(config)
    training = data.build()[0]
    loader = get_dataloader(config, "train")(config, training, None, shuffle=True)
    model = SASRec(config, training)
    trainer = Trainer(config, model)
    ended = "all epochs"
    try:
        for epoch in range(MOST_EPOCHS):

            def after(batches: int, epoch: int = epoch) -> None:
                recorder.step(epoch + batches / len(loader), lambda: vectors(model, data, split, config))

            trainer._train_epoch(Watched(loader, after), epoch)
    except Ended as end:
        ended = str(end)
    settings = SETTINGS[given.data_set] | {name: config[name] for name in OWN}
    recorder.done(settings, ("recbole", "torch", "numpy"), ended)


def write_events(split: Split, folder: Path) -> None:
    """In RecBole's format, with the place of an event in the place of its time."""
    (folder / NAME).mkdir()
    table = pd.DataFrame(
        {"user_id:token": split.user, "item_id:token": split.item, "timestamp:float": np.arange(len(split.item))}
    )
    table.to_csv(folder / NAME / f"{NAME}.inter", sep="\t", index=False)


def configured(given: Namespace) -> Config:
    """All events are training events; what is asked of the model is asked elsewhere."""
    return Config(
        model="SASRec",
        dataset=NAME,
        config_dict=SETTINGS[given.data_set]
        | {
            "data_path": str(given.out),
            "checkpoint_dir": str(given.out / "saved"),
            "load_col": {"inter": ["user_id", "item_id", "timestamp"]},
            "eval_args": {"split": {"RS": [1, 0, 0]}, "group_by": "user", "order": "TO", "mode": "full"},
            "train_neg_sample_args": None,
            "seed": given.seed,
            "use_gpu": False,
            "show_progress": False,
            "state": "ERROR",
        },
    )


def vectors(model: SASRec, data: SequentialDataset, split: Split, config: Config) -> Vectors:
    tokens = data.field2id_token["item_id"]  # the first stands for padding
    ids = tokens[1:].astype(np.int64)
    code = np.zeros(split.items, np.int64)
    code[ids] = np.arange(1, len(tokens))
    newest = torch.from_numpy(split.newest(config["MAX_ITEM_LIST_LENGTH"], code, right=False))
    model.eval()
    with torch.no_grad():
        queries = [model(rows, (rows > 0).sum(dim=1).clamp_min(1)).numpy() for rows in newest.split(ENCODED_AT_ONCE)]
        found = np.full((split.items, model.hidden_size), np.nan, np.float32)
        found[ids] = model.item_embedding.weight[1:].numpy()
    model.train()
    return np.concatenate(queries), found


if __name__ == "__main__":
    main()
