"""Trains the transformer on next-item prediction with sampled softmax, on a CPU thread or a GPU (imports torch).

Negatives are shared by the whole step (one product instead of one per target) and drawn uniformly, without a correction
for how often an item is drawn: both variants were tried and gave nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np
import torch
from torch.nn import functional

from penchant.lake.training_set import TrainingSet
from penchant.recipes.parts import course
from penchant.recipes.parts.averaged import Averaged
from penchant.recipes.parts.batches import Histories
from penchant.recipes.parts.dropout import PooledDropout
from penchant.recipes.parts.knowledge import Knowledge
from penchant.recipes.parts.learning_rate import share_of_rate
from penchant.recipes.parts.resumable import Resumable
from penchant.recipes.parts.row_adam import RowAdam
from penchant.recipes.parts.settings import Settings
from penchant.recipes.parts.towers import Towers
from penchant.recipes.parts.transformer import Transformer

GRADIENT_NORM = 5.0
ENCODE_TOKENS = 40_000
PART = "transformer"

Answer = TypeVar("Answer")


@dataclass
class Trained:
    net: Transformer
    towers: Towers
    items: torch.Tensor
    """(I, d) item vectors."""


def train(
    data: TrainingSet,
    knowledge: Knowledge,
    settings: Settings,
    start: Callable[[], np.ndarray],
    seed: int,
    progress: Callable[[float, str], None],
    judge: Callable[[Trained], float | None] = lambda trained: None,
    loss_of: Callable[[Trained], float] | None = None,
) -> Trained:
    """Trains from `start` (I, d) item vectors; `progress` is told the fraction of the epochs done, once a step.

    `judge` says how well what is trained so far does, for whoever listens. `loss_of` is asked after each epoch where
    the settings have patience: the averaged weights of the epoch after which it was lowest are taken. A training whose
    state was kept (see `course.py`) goes on from there, and has no need of a start.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    rng = np.random.default_rng(seed)
    generator = torch.Generator().manual_seed(seed)
    width = settings.embedding_size
    dropout = PooledDropout(settings.dropout, seed)
    net = Transformer(width, settings.layers, settings.heads, settings.history_limit, dropout, generator).to(device)
    table = RowAdam(torch.zeros(len(data.items), width, device=device))
    towers = Towers(knowledge, data, settings, seed, device)
    optimizer = torch.optim.AdamW(net.parameters(), betas=(0.9, 0.98), weight_decay=0.0, fused=True)
    histories = Histories(data.offsets, settings.history_limit)
    weighted = len(data.weight) > 0 and bool(np.ptp(data.weight) > 0)
    place = np.zeros(len(data.items), np.int64)
    averaged = Averaged([table.table, *net.parameters(), *towers.tables()]) if loss_of else None
    holders = {"table": table, "net": net, "towers": towers, "optimizer": optimizer, "averaged": averaged}
    identity = partial(_identity, data, knowledge, settings, seed, device)
    loop = Resumable(PART, identity, settings.epochs, rng, holders)
    if not loop.take_up():
        table.table.copy_(torch.from_numpy(start()))

    def so_far() -> Trained:
        return Trained(net, towers, torch.from_numpy(towers.all_items(table.table.cpu().numpy())).to(device))

    def asked(question: Callable[[Trained], Answer]) -> Answer:
        net.eval()
        with averaged.worn() if averaged else nullcontext():
            found = question(so_far())
        net.train()
        return found

    def more() -> bool:
        return loop.epoch < settings.epochs and (averaged is None or averaged.vain(loop.epoch) < settings.patience)

    most = "at most " if averaged else ""
    net.train()
    for epoch in loop.epochs(more):
        for rows, real in loop.batches(lambda: histories.epoch(settings.batch_tokens, rng)):
            done = (epoch + loop.read / histories.tokens.sum()) / settings.epochs
            progress(done, f"Training the transformer, epoch {epoch + 1} of {most}{settings.epochs}")
            learning_rate = settings.learning_rate * share_of_rate(done)
            inputs, targets = data.item[rows], data.item[rows + 1][real]
            negatives = np.unique(rng.integers(0, len(data.items), settings.negatives))
            touched = np.unique(np.concatenate([inputs.ravel(), targets, negatives]))
            place[touched] = np.arange(len(touched))
            touched_rows = torch.from_numpy(touched.astype(np.int64)).to(device)
            ids = table.table[touched_rows].requires_grad_()
            vectors = towers.items(touched, ids)
            states = net(functional.embedding(torch.from_numpy(place[inputs]).to(device), vectors))
            loss = _loss(
                towers.asked(rows[real] + 1, states[torch.from_numpy(real).to(device)]),
                functional.embedding(torch.from_numpy(place[targets]).to(device), vectors),
                functional.embedding(torch.from_numpy(place[negatives]).to(device), vectors),
                torch.from_numpy(negatives[None] == targets[:, None]).to(device),
                torch.from_numpy(data.weight[rows + 1][real]).to(device) if weighted else None,
            )
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), GRADIENT_NORM)
            for group in optimizer.param_groups:
                group["lr"] = learning_rate
            optimizer.step()
            assert ids.grad is not None
            table.step(touched_rows, ids.grad, learning_rate)
            towers.step(learning_rate)
            if averaged:
                averaged.add()
            loop.stepped(loss, int(real.sum()))
        if averaged and loss_of:
            averaged.judge(epoch, asked(loss_of))
        loop.tell(lambda: asked(judge))
    if averaged:
        averaged.settle()
    net.eval()
    return so_far()


def _identity(data: TrainingSet, knowledge: Knowledge, settings: Settings, seed: int, device: torch.device) -> str:
    features = [knowledge.item_features, knowledge.user_features]
    described = [array for of in features for array in (of.sparse.indptr, of.sparse.indices, of.sparse.data, of.dense)]
    events = (data.offsets, data.item, data.timestamp, data.weight)
    return course.digest(settings, seed, device.type, len(data.items), *events, *described)


def _loss(
    states: torch.Tensor,
    targets: torch.Tensor,
    negatives: torch.Tensor,
    accidental: torch.Tensor,
    weight: torch.Tensor | None,
) -> torch.Tensor:
    """Mean cross-entropy of targets (T, d) against shared negatives (K, d), but for those in `accidental` (T, K)."""
    right = (states * targets).sum(-1)
    wrong = torch.logsumexp((states @ negatives.T).masked_fill(accidental, -1e9), 1)
    losses = torch.logaddexp(wrong, right) - right
    return losses.mean() if weight is None else (losses * weight).sum() / weight.sum().clamp_min(1e-9)


def encode_users(trained: Trained, data: TrainingSet, breathe: Callable[[], None]) -> np.ndarray:
    """(U, d) float32 vector of each user after their newest event; zeros for an empty history."""
    stops = data.offsets[1:]
    lengths = np.minimum(np.diff(data.offsets), len(trained.net.position))
    some = np.flatnonzero(lengths)
    vectors = np.zeros((len(lengths), trained.net.position.shape[1]), np.float32)
    for batch, states in _encoded(trained, data, (stops - lengths)[some], lengths[some]):
        last = torch.from_numpy(lengths[some[batch]] - 1).to(states.device)
        vectors[some[batch]] = states[torch.arange(len(batch), device=states.device), last].cpu().numpy()
        breathe()
    return vectors


def encode_before(trained: Trained, data: TrainingSet, rows: np.ndarray) -> np.ndarray:
    """(N, d) float32 vectors of the users of some events (N,) just before each. The events are rows of the data,
    ascending, none of them the first of a user nor further from the user's last of them than the transformer reads."""
    users = data.user[rows]
    begins = np.flatnonzero(np.diff(users, prepend=-1))
    counts = np.diff(begins, append=len(rows))
    last = rows[begins + counts - 1]
    first = np.maximum(data.offsets[:-1][users[begins]], last - len(trained.net.position))
    vectors = np.zeros((len(rows), trained.net.position.shape[1]), np.float32)
    for batch, states in _encoded(trained, data, first, last - first):
        where = np.concatenate([np.arange(begins[one], begins[one] + counts[one]) for one in batch.tolist()])
        sequence = np.repeat(np.arange(len(batch)), counts[batch])
        step = rows[where] - 1 - first[batch][sequence]
        vectors[where] = states[torch.from_numpy(sequence), torch.from_numpy(step)].cpu().numpy()
    return vectors


@torch.no_grad()
def _encoded(
    trained: Trained, data: TrainingSet, first: np.ndarray, lengths: np.ndarray
) -> Iterator[tuple[np.ndarray, torch.Tensor]]:
    """The states after each of the rows of data from `first` (S,) on, `lengths` (S,) of them: of some of the S together
    (B,), those of like length, (B, T, d), padded."""
    device = trained.items.device
    order = np.argsort(lengths, kind="stable")
    start = 0
    while start < len(order):
        # Ascending lengths: the last of a batch is its longest.
        stop = start + 1
        while stop < len(order) and lengths[order[stop]] * (stop + 1 - start) <= ENCODE_TOKENS:
            stop += 1
        batch = order[start:stop]
        step = np.arange(lengths[batch].max())
        rows = np.where(step < lengths[batch][:, None], first[batch][:, None] + step, first[batch][:, None])
        yield batch, trained.net(trained.items[torch.from_numpy(data.item[rows].astype(np.int64)).to(device)])
        start = stop
