"""The transformer as plain arrays, and its forward pass in NumPy: what a served model computes a new history with.

Follows `transformer.py` operation by operation; a test holds the two together. Serving must not import torch.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

EPSILON = 1e-5
"""Of the layer norms, torch's default."""


@dataclass(frozen=True)
class Encoder:
    """Weights of N layers of width d, each stacked along a first axis of N, matrices as (in, out)."""

    heads: int
    position: np.ndarray
    """(L, d), counted from the oldest event read."""
    attention_norm: np.ndarray
    """(N, 2, d): scale and shift."""
    attention_in: np.ndarray
    """(N, d, 3d): query, key, value."""
    attention_in_bias: np.ndarray
    attention_out: np.ndarray
    """(N, d, d)."""
    attention_out_bias: np.ndarray
    attention_gate: np.ndarray
    """(N, d, d)."""
    attention_gate_bias: np.ndarray
    forward_norm: np.ndarray
    """(N, 2, d)."""
    forward_in: np.ndarray
    """(N, d, 2h): value and gate of a SwiGLU."""
    forward_out: np.ndarray
    """(N, h, d)."""
    forward_gate: np.ndarray
    forward_gate_bias: np.ndarray
    final_norm: np.ndarray
    """(2, d)."""

    def encode(self, item_vectors: np.ndarray, histories: Sequence[np.ndarray]) -> np.ndarray:
        """(B, d) float32 vector of the person behind each history (item codes, oldest first, none empty)."""
        limit, width = self.position.shape
        newest = [history[-limit:] for history in histories]
        last = np.array([len(history) - 1 for history in newest])
        codes = np.zeros((len(newest), int(last.max()) + 1), np.int64)
        for row, history in enumerate(newest):
            codes[row, : len(history)] = history
        x = item_vectors[codes] * np.float32(input_scale(width))
        x += self.position[: codes.shape[1]]
        rows = np.arange(len(newest))
        layers = len(self.attention_norm)
        causal = np.triu(np.full((codes.shape[1],) * 2, -np.inf, np.float32), 1)
        for layer in range(layers):
            normed = _norm(x, self.attention_norm[layer])
            mask = causal[None]
            inputs = normed
            if layer == layers - 1:
                # Only the newest event's output is wanted, and nothing after this layer mixes events.
                x, inputs = x[rows, last][:, None], normed[rows, last][:, None]
                mask = causal[last][:, None]
            attended = self._attend(layer, inputs, normed, mask)
            x = x + _sigmoid(x @ self.attention_gate[layer] + self.attention_gate_bias[layer]) * attended
            value, gate = np.split(_norm(x, self.forward_norm[layer]) @ self.forward_in[layer], 2, axis=-1)
            forward = (gate * _sigmoid(gate) * value) @ self.forward_out[layer]
            x = x + _sigmoid(x @ self.forward_gate[layer] + self.forward_gate_bias[layer]) * forward
        return _norm(x[:, 0] if layers else x[rows, last], self.final_norm)

    def _attend(self, layer: int, inputs: np.ndarray, context: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """(B, Q, d) from queries of `inputs` (B, Q, d) over `context` (B, T, d), `mask` (B or 1, Q, T) added."""
        width = inputs.shape[-1]
        weight, bias = self.attention_in[layer], self.attention_in_bias[layer]
        query = self._split(inputs @ weight[:, :width] + bias[:width])
        key, value = np.split(context @ weight[:, width:] + bias[width:], 2, axis=-1)
        scores = query @ self._split(key).swapaxes(-1, -2) / np.float32(np.sqrt(width // self.heads))
        scores += mask[:, None]
        scores -= scores.max(axis=-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=-1, keepdims=True)
        mixed = (scores @ self._split(value)).swapaxes(1, 2).reshape(inputs.shape)
        return mixed @ self.attention_out[layer] + self.attention_out_bias[layer]

    def _split(self, x: np.ndarray) -> np.ndarray:
        """(B, T, d) -> (B, heads, T, d / heads)."""
        return x.reshape(*x.shape[:2], self.heads, -1).swapaxes(1, 2)


def input_scale(width: int) -> float:
    """What item vectors are multiplied by on their way in; half of the usual sqrt(d) (Vaswani et al. 2017, 3.4)."""
    return 0.5 * width**0.5


def _norm(x: np.ndarray, scale_and_shift: np.ndarray) -> np.ndarray:
    centred = x - x.mean(axis=-1, keepdims=True)
    variance = np.mean(np.square(centred), axis=-1, keepdims=True)
    centred /= np.sqrt(variance + np.float32(EPSILON))
    centred *= scale_and_shift[0]
    centred += scale_and_shift[1]
    return centred


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(0.5 * x))
