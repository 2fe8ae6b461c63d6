"""The sequence transformer in torch, for training: gated residual layers over item vectors (imports torch).

LiGR layers: pre-norm attention and SwiGLU, each added through a learned sigmoid gate (Borisyuk et al., "LiGR", 2025, as
used in eSASRec, Tikhonovich et al. 2025). The served counterpart is `encoder.py`.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from penchant.recipes.parts.dropout import PooledDropout
from penchant.recipes.parts.encoder import Encoder, input_scale


class Layer(nn.Module):
    """One gated block of attention and feed-forward."""

    def __init__(self, width: int, heads: int, dropout: PooledDropout) -> None:
        super().__init__()
        self.heads = heads
        self.dropout = dropout
        self.attention_norm = nn.LayerNorm(width)
        self.attention_in = nn.Linear(width, 3 * width)
        self.attention_out = nn.Linear(width, width)
        self.attention_gate = nn.Linear(width, width)
        self.forward_norm = nn.LayerNorm(width)
        self.forward_in = nn.Linear(width, 2 * width, bias=False)
        self.forward_out = nn.Linear(width, width, bias=False)
        self.forward_gate = nn.Linear(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, length, width = x.shape
        heads = self.attention_in(self.attention_norm(x)).view(batch, length, 3, self.heads, width // self.heads)
        query, key, value = heads.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        attended = self.attention_out(mixed.transpose(1, 2).reshape(batch, length, width))
        x = x + torch.sigmoid(self.attention_gate(x)) * self.dropout(attended)
        value, gate = self.forward_in(self.forward_norm(x)).chunk(2, -1)
        forward = self.forward_out(functional.silu(gate) * value)
        return x + torch.sigmoid(self.forward_gate(x)) * self.dropout(forward)


class Transformer(nn.Module):
    """(B, T, width) item vectors, padded on the right, to (B, T, width) states; causal."""

    def __init__(
        self, width: int, layers: int, heads: int, limit: int, dropout: PooledDropout, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.scale = input_scale(width)
        self.heads = heads
        self.dropout = dropout
        self.position = nn.Parameter(torch.randn(limit, width, generator=generator) * 0.02)
        self.layers = nn.ModuleList([Layer(width, heads, dropout) for _ in range(layers)])
        self.final_norm = nn.LayerNorm(width)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_normal_(module.weight, generator=generator)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        x = self.dropout(vectors * self.scale + self.position[: vectors.shape[1]])
        for layer in self.layers:
            x = layer(x)
        return self.final_norm(x)


def export(net: Transformer) -> Encoder:
    """The trained weights as arrays for serving."""
    weights = {name: weight.detach().cpu().numpy() for name, weight in net.named_parameters()}
    layers = range(len(net.layers))

    def stack(name: str) -> np.ndarray:
        """Of all layers; matrices as (in, out)."""
        return np.stack([np.ascontiguousarray(weights[f"layers.{layer}.{name}"].T) for layer in layers])

    def norms(name: str) -> np.ndarray:
        return np.stack([stack(f"{name}.weight"), stack(f"{name}.bias")], axis=1)

    return Encoder(
        heads=net.heads,
        position=weights["position"],
        attention_norm=norms("attention_norm"),
        attention_in=stack("attention_in.weight"),
        attention_in_bias=stack("attention_in.bias"),
        attention_out=stack("attention_out.weight"),
        attention_out_bias=stack("attention_out.bias"),
        attention_gate=stack("attention_gate.weight"),
        attention_gate_bias=stack("attention_gate.bias"),
        forward_norm=norms("forward_norm"),
        forward_in=stack("forward_in.weight"),
        forward_out=stack("forward_out.weight"),
        forward_gate=stack("forward_gate.weight"),
        forward_gate_bias=stack("forward_gate.bias"),
        final_norm=np.stack([weights["final_norm.weight"], weights["final_norm.bias"]]),
    )
