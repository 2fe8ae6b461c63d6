"""Trains the SASRec of RecTools, with its own layers or those of LiGR ("eSASRec"), for bench/peers.py.

Settings: those that the authors chose in "eSASRec: Enhancing Transformer-based Recommendations in a Modular Fashion"
(RecSys 2025), in the table of its repository: for ML-1M its own, else those of Amazon Beauty.
"""

import logging
import warnings
from argparse import Namespace
from typing import Any

import numpy as np
import pandas as pd
import torch
from handing import Ended, Recorder, Split, Vectors, options
from pytorch_lightning import Callback, LightningModule, Trainer, seed_everything
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import SASRecModel
from rectools.models.nn.transformers.ligr import LiGRLayers

COMMON = {"loss": "sampled_softmax", "n_negatives": 256, "lr": 1e-3, "batch_size": 128, "n_factors": 64, "n_heads": 1}
BEAUTY = COMMON | {"n_blocks": 1, "dropout_rate": 0.2, "session_max_len": 50}
SETTINGS: dict[str, dict[str, Any]] = {
    "ml-1m": COMMON | {"n_blocks": 2, "dropout_rate": 0.1, "session_max_len": 200},
    "amazon-video-games": BEAUTY,
    "amazon-musical-instruments-5core": BEAUTY,
}
LIGR: dict[str, Any] = {"use_key_padding_mask": True, "transformer_layers_kwargs": {"ff_factors_multiplier": 4}}
ENCODED_AT_ONCE = 256
MOST_EPOCHS = 200
"""The most that the authors let a training have."""


def main(ligr: bool = False) -> None:
    given = options().parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    settings = SETTINGS[given.data_set] | (LIGR if ligr else {})
    layers = {"transformer_layers_type": LiGRLayers} if ligr else {}
    train(given, settings, layers)


def train(given: Namespace, settings: dict[str, Any], layers: dict[str, Any]) -> None:
    split = Split.load(given.split)
    seed_everything(given.seed)
    recorder = Recorder(given.out, given.budget_seconds, given.every_seconds)

    class Watch(Callback):
        """Lightning copies it, so all that it knows lies outside of it."""

        def on_train_batch_end(
            self, trainer: Trainer, module: LightningModule, outputs: Any, batch: Any, batch_idx: int
        ) -> None:
            epochs = trainer.current_epoch + (batch_idx + 1) / trainer.num_training_batches
            recorder.step(epochs, lambda: vectors(module.torch_model, model, split))

    def trainer() -> Trainer:
        return Trainer(
            max_epochs=MOST_EPOCHS,
            accelerator="cpu",
            devices=1,
            callbacks=[Watch()],
            logger=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            enable_checkpointing=False,
        )

    model = SASRecModel(**settings, **layers, get_trainer_func=trainer)
    ended = "all epochs"
    try:
        model.fit(Dataset.construct(events(split)))
    except Ended as end:
        ended = str(end)
    recorder.done(settings, ("rectools", "torch", "pytorch-lightning", "numpy"), ended)


def events(split: Split) -> pd.DataFrame:
    """In an order, rather than at times that may be equal."""
    return pd.DataFrame(
        {
            Columns.User: split.user,
            Columns.Item: split.item,
            Columns.Weight: 1.0,
            Columns.Datetime: pd.to_datetime(np.arange(len(split.item)), unit="s"),
        }
    )


def vectors(net: Any, model: SASRecModel, split: Split) -> Vectors:
    known = model.data_preparator.item_id_map
    code = np.zeros(split.items, np.int64)
    ids = model.data_preparator.get_known_item_ids().astype(np.int64)
    code[ids] = known.convert_to_internal(ids)
    newest = torch.from_numpy(split.newest(model.session_max_len, code))
    net.eval()
    with torch.no_grad():
        table = net.item_model.get_all_embeddings()
        queries = [net.encode_sessions({"x": x}, table)[:, -1] for x in newest.split(ENCODED_AT_ONCE)]
        found = np.full((split.items, table.shape[1]), np.nan, np.float32)
        found[ids] = table[torch.from_numpy(code[ids])].numpy()
    net.train()
    return torch.cat(queries).numpy(), found


if __name__ == "__main__":
    main()
