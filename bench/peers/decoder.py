"""The benchmark's models in PyTorch, written plainly: the Qwen3 and Llama decoders on equally long sequences.

Parameters carry the names of a Hugging Face checkpoint, so that both sides start from the same file.
"""
import json
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn


class Norm(nn.Module):
    def __init__(self, width, epsilon):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x):
        return F.rms_norm(x, self.weight.shape, self.weight, self.epsilon)


def rotate(x, cos, sin):
    """x [B, heads, T, d]; the first half of a head pairs with the second."""
    first, second = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-second, first), dim=-1) * sin


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        width, self.heads, self.key_value_heads = config["hidden_size"], config["num_attention_heads"], config["num_key_value_heads"]
        self.head_dim = config.get("head_dim") or width // self.heads
        self.q_proj = nn.Linear(width, self.heads * self.head_dim, bias=False)
        self.k_proj = nn.Linear(width, self.key_value_heads * self.head_dim, bias=False)
        self.v_proj = nn.Linear(width, self.key_value_heads * self.head_dim, bias=False)
        self.o_proj = nn.Linear(self.heads * self.head_dim, width, bias=False)
        normed = config["model_type"] == "qwen3"
        self.q_norm = Norm(self.head_dim, config.get("rms_norm_eps", 1e-6)) if normed else nn.Identity()
        self.k_norm = Norm(self.head_dim, config.get("rms_norm_eps", 1e-6)) if normed else nn.Identity()

    def forward(self, x, cos, sin):
        batch, length, _ = x.shape
        q = self.q_norm(self.q_proj(x).view(batch, length, self.heads, self.head_dim)).transpose(1, 2)
        k = self.k_norm(self.k_proj(x).view(batch, length, self.key_value_heads, self.head_dim)).transpose(1, 2)
        v = self.v_proj(x).view(batch, length, self.key_value_heads, self.head_dim).transpose(1, 2)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        attended = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        return self.o_proj(attended.transpose(1, 2).reshape(batch, length, -1))


class FeedForward(nn.Module):
    def __init__(self, config):
        super().__init__()
        width, inner = config["hidden_size"], config["intermediate_size"]
        self.gate_proj = nn.Linear(width, inner, bias=False)
        self.up_proj = nn.Linear(width, inner, bias=False)
        self.down_proj = nn.Linear(inner, width, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        epsilon = config.get("rms_norm_eps", 1e-6)
        self.input_layernorm = Norm(config["hidden_size"], epsilon)
        self.self_attn = Attention(config)
        self.post_attention_layernorm = Norm(config["hidden_size"], epsilon)
        self.mlp = FeedForward(config)

    def forward(self, x, cos, sin):
        x = x + self.self_attn(self.input_layernorm(x), cos, sin)
        return x + self.mlp(self.post_attention_layernorm(x))


class Trunk(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.embed_tokens = nn.Embedding(config["vocab_size"], config["hidden_size"])
        self.layers = nn.ModuleList(Block(config) for _ in range(config["num_hidden_layers"]))
        self.norm = Norm(config["hidden_size"], config.get("rms_norm_eps", 1e-6))


class Decoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.model = Trunk(config)
        head_dim = config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
        theta = config.get("rope_theta") or (config.get("rope_parameters") or {}).get("rope_theta", 10000.0)
        self.frequencies = theta ** (-torch.arange(0, head_dim, 2, dtype=torch.float32) / head_dim)

    def forward(self, ids, targets):
        """Mean negative log-likelihood of targets [B, T] after ids [B, T]; the head is the embedding."""
        angles = torch.outer(torch.arange(ids.shape[1], dtype=torch.float32), self.frequencies)
        angles = torch.cat((angles, angles), dim=-1)
        cos, sin = angles.cos(), angles.sin()
        x = self.model.embed_tokens(ids)
        for block in self.model.layers:
            x = block(x, cos, sin)
        logits = F.linear(self.model.norm(x), self.model.embed_tokens.weight)
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


def load_decoder(folder):
    folder = pathlib.Path(folder)
    decoder = Decoder(json.loads((folder / "config.json").read_text()))
    weights = {name: value.float() for name, value in load_file(folder / "model.safetensors").items() if name != "lm_head.weight"}
    decoder.load_state_dict(weights)
    return decoder
