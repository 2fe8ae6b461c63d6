"""What is learnt beside the transformer from metadata and occasions, one tower for each (imports torch)."""

import numpy as np
import torch

from penchant.lake.training_set import TrainingSet
from penchant.recipes.parts.knowledge import Knowledge
from penchant.recipes.parts.metadata.tower import Tower
from penchant.recipes.parts.occasion_tower import OccasionTower
from penchant.recipes.parts.settings import Settings

BESIDE_RATE = 3.0
"""Times the learning rate, for what is added to a person: it begins at nothing, and is to be as long as the state."""


class Towers:
    """An item is the sum of its id's vector and of what its metadata says; a person is the transformer's state and what
    the person's metadata and the occasion of the next event say. Each may be hidden for a while, so that the others
    learn to do without (Volkovs, Yu & Poutanen, "DropoutNet", NeurIPS 2017).

    Of each step: `items`, `asked`, backward, `step`. A tower of nothing costs nothing.
    """

    def __init__(
        self, knowledge: Knowledge, data: TrainingSet, settings: Settings, seed: int, device: torch.device
    ) -> None:
        self.settings, self.device = settings, device
        self.width = settings.embedding_size
        self.rng = np.random.default_rng([seed, 1])
        self.user = data.user
        self.user_count = len(data.users)
        counts = np.bincount(data.item, minlength=len(data.items))
        # Of an item without metadata there is nothing but its id, which says nothing where nobody took it.
        self.described = knowledge.described
        partly = self.described | (counts == 0)
        self.trust = np.where(partly, counts / (counts + settings.trusted_from), 1).astype(np.float32)
        generator = torch.Generator().manual_seed(seed)
        of_items, of_users, occasions = knowledge.item_features, knowledge.user_features, knowledge.occasions
        self.of_items = from_nothing(Tower(of_items, self.width, generator, device)) if of_items.width else None
        self.of_users = from_nothing(Tower(of_users, self.width, generator, device)) if of_users.width else None
        self.of_occasions = None
        if occasions.groups:
            features = occasions.of(data, np.arange(len(data.item)))
            self.of_occasions = OccasionTower(features, occasions.group, self.width, settings.hidden, self.rng, device)

    def items(self, codes: np.ndarray, ids: torch.Tensor) -> torch.Tensor:
        """(N, d) vectors of items (N,) from those of their ids (N, d)."""
        if self.of_items is None:
            return ids
        hidden = (self.rng.random(len(codes), np.float32) < self.settings.hidden_ids) & self.described[codes]
        kept = self.trust[codes] * ~hidden
        return ids * torch.from_numpy(kept[:, None]).to(self.device) + self.of_items(codes)

    def asked(self, events: np.ndarray, states: torch.Tensor) -> torch.Tensor:
        """(N, d) people who are about to have these events (N,), from the transformer's states of them (N, d)."""
        if self.of_occasions is not None:
            states = states + self.of_occasions(events)
        if self.of_users is not None:
            users, place = np.unique(self.user[events], return_inverse=True)
            kept = (self.rng.random((len(users), 1), np.float32) >= self.settings.hidden).astype(np.float32)
            tastes = self.of_users(users) * torch.from_numpy(kept).to(self.device)
            states = states + tastes[torch.from_numpy(place).to(self.device)]
        return states

    def step(self, learning_rate: float) -> None:
        if self.of_items is not None:
            self.of_items.step(learning_rate)
        for beside in (self.of_users, self.of_occasions):
            if beside is not None:
                beside.step(BESIDE_RATE * learning_rate)

    def tables(self) -> list[torch.Tensor]:
        """All that is learnt here, as it is changed in place."""
        of_metadata = [tower for tower in (self.of_items, self.of_users) if tower is not None]
        tables = [table for tower in of_metadata for table in (tower.values.table, tower.texts.table)]
        return tables if self.of_occasions is None else [*tables, self.of_occasions.table.table]

    def all_items(self, ids: np.ndarray) -> np.ndarray:
        """(I, d) float32 finished vectors from those of the ids (I, d)."""
        if self.of_items is None:
            return ids
        return ids * self.trust[:, None] + self.of_items.features @ self.of_items.weights()

    def item_weights(self) -> np.ndarray:
        """(F, d) float32, which the features of an item are multiplied by."""
        return np.zeros((0, self.width), np.float32) if self.of_items is None else self.of_items.weights()

    def tastes(self) -> np.ndarray:
        """(U, d) float32 that the metadata of each user adds; (0, d) where there is none."""
        if self.of_users is None:
            return np.zeros((0, self.width), np.float32)
        return self.of_users.features @ self.of_users.weights()

    def occasion_weights(self) -> np.ndarray | None:
        """(F, d) float32, which the features of an occasion are multiplied by."""
        return None if self.of_occasions is None else self.of_occasions.weights()


def from_nothing(tower: Tower) -> Tower:
    """The tower with weights of 0: the vectors of ids start where items belong, and noise would only blur them."""
    tower.values.table.zero_()
    tower.texts.table.zero_()
    return tower
