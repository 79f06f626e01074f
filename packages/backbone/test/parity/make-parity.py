#!/usr/bin/env python3
"""What transformers and torch compute with small models of every family and rotary embedding, and with a real one.

    make-parity.py small             # small.json and small.safetensors, beside this file
    make-parity.py real MODEL_DIR    # real.json: the same of a real model, as digests

Needs torch and transformers (made with torch 2.13, transformers 5.11). Everything is computed in float64 from float32 weights. The small
models' weights, and the tokens that all models are trained on, come from `counted`, which the tests have too: no weights are stored.
"""
import json
import pathlib
import sys

import numpy
import torch
import transformers
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
SIZES = dict(hidden_size=8, num_hidden_layers=2, intermediate_size=12, vocab_size=17, num_attention_heads=2, num_key_value_heads=1,
             max_position_embeddings=256, rms_norm_eps=1e-6)
ROPES = {
    "default": dict(rope_type="default", rope_theta=1e4),
    "llama3": dict(rope_type="llama3", rope_theta=5e5, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=64),
    "yarn": dict(rope_type="yarn", rope_theta=1e4, factor=4.0, original_max_position_embeddings=64),
    "linear": dict(rope_type="linear", rope_theta=1e4, factor=2.0),
}
# Of each family every rotary embedding; tied and untied; with and without biases where there is a choice; heads of another width than
# hidden size / heads, but for Qwen2.5, whose configuration has no such width.
MODELS = {
    "llama/default": (transformers.LlamaConfig, dict(head_dim=8, tie_word_embeddings=True)),
    "llama/llama3": (transformers.LlamaConfig, dict(tie_word_embeddings=False)),
    "llama/yarn": (transformers.LlamaConfig, dict(head_dim=8, tie_word_embeddings=False, attention_bias=True)),
    "llama/linear": (transformers.LlamaConfig, dict(head_dim=8, tie_word_embeddings=True, attention_bias=True)),
    "qwen2/default": (transformers.Qwen2Config, dict(tie_word_embeddings=True)),
    "qwen2/llama3": (transformers.Qwen2Config, dict(tie_word_embeddings=False)),
    "qwen2/yarn": (transformers.Qwen2Config, dict(tie_word_embeddings=False)),
    "qwen2/linear": (transformers.Qwen2Config, dict(tie_word_embeddings=True)),
    "qwen3/default": (transformers.Qwen3Config, dict(head_dim=8, tie_word_embeddings=True)),
    "qwen3/llama3": (transformers.Qwen3Config, dict(head_dim=8, tie_word_embeddings=False)),
    "qwen3/yarn": (transformers.Qwen3Config, dict(head_dim=8, tie_word_embeddings=True, attention_bias=True)),
    "qwen3/linear": (transformers.Qwen3Config, dict(head_dim=4, tie_word_embeddings=False, attention_bias=True)),
}
LENGTHS = (21, 13)
STEPS = 20
ADAM = dict(learningRate=1e-2, beta1=0.9, beta2=0.95, epsilon=1e-8, weightDecay=0.1, clipNorm=1.0)
REAL_ADAM = {**ADAM, "learningRate": 1e-4}
GREEDY = 200
TIE = 1e-4


def counted(stream, count):
    """`count` numbers of [-1, 1), multiples of 2^-23: the same in Python and in the tests."""
    with numpy.errstate(over="ignore"):
        x = numpy.uint32(stream) * numpy.uint32(0x9E3779B1) + numpy.arange(count, dtype=numpy.uint32)
        for shift, factor in ((16, 0x21F0AAAD), (15, 0x735A2D97)):
            x = (x ^ (x >> numpy.uint32(shift))) * numpy.uint32(factor)
        x ^= x >> numpy.uint32(15)
    return (x >> numpy.uint32(8)).astype(numpy.float64) / 2**23 - 1


def fill(model):
    """Parameters in the order of their names; norms near 1."""
    with torch.no_grad():
        for stream, (name, parameter) in enumerate(sorted(model.named_parameters())):
            values = torch.from_numpy(counted(stream, parameter.numel())).reshape(parameter.shape)
            parameter.copy_(1 + values / 4 if "norm" in name else values / 2)


def tokens(stream, length, vocabulary):
    return torch.from_numpy((((counted(1000 + stream, length) + 1) / 2) * vocabulary).astype(numpy.int64))


def loss_of(model, batch):
    """Σ of the negative log-probabilities of all tokens but the first ones, over their number."""
    total = 0
    for ids in batch:
        logprobs = torch.log_softmax(model(ids[None]).logits[0][:-1], -1)
        total = total - logprobs.gather(1, ids[1:, None]).sum()
    return total / sum(len(ids) - 1 for ids in batch)


def batch_of(step, vocabulary):
    return [tokens(2 * step + i, length, vocabulary) for i, length in enumerate(LENGTHS)]


def train(model, settings):
    """AdamW as @icrl/backbone's: no decay of norms, biases and the input embedding."""
    plain = lambda name: "norm" in name or name.endswith("bias") or "embed_tokens" in name
    groups = [[p for n, p in model.named_parameters() if plain(n) == which] for which in (True, False)]
    optimizer = torch.optim.AdamW(
        [dict(params=groups[0], weight_decay=0.0), dict(params=groups[1], weight_decay=settings["weightDecay"])],
        lr=settings["learningRate"], betas=(settings["beta1"], settings["beta2"]), eps=settings["epsilon"])
    for step in range(STEPS):
        optimizer.zero_grad()
        loss_of(model, batch_of(step, model.config.vocab_size)).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), settings["clipNorm"])
        optimizer.step()


def greedy(model, prompt, count=GREEDY):
    """Tokens of float32, and the places where the two best logits are within TIE of each other."""
    out = model.generate(
        prompt[None], attention_mask=torch.ones_like(prompt)[None], max_new_tokens=count, do_sample=False, output_logits=True,
        return_dict_in_generate=True, eos_token_id=None, pad_token_id=0)
    margins = [float(a - b) for a, b in (logits[0].topk(2).values for logits in out.logits)]
    return dict(tokens=out.sequences[0, len(prompt):].tolist(), ties=[t for t, margin in enumerate(margins) if margin < TIE])


def in_order(tensors):
    """All in one, by their names."""
    return torch.cat([tensors[name].detach().flatten() for name in sorted(tensors)]).float()


def small():
    cases, found = [], {}
    for name, (config_class, options) in MODELS.items():
        rope = name.split("/")[1]
        config = config_class(**SIZES, **options, rope_parameters=ROPES[rope])
        model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager")
        fill(model)
        said = greedy(model, tokens(0, 8, SIZES["vocab_size"]))
        model = model.double()
        for i, ids in enumerate(batch_of(0, SIZES["vocab_size"])):
            with torch.no_grad():
                found[f"{name}.logits.{i}"] = model(ids[None]).logits[0].float()
        loss_of(model, batch_of(0, SIZES["vocab_size"])).backward()
        found[f"{name}.gradient"] = in_order({key: p.grad for key, p in model.named_parameters()})
        model.zero_grad()
        train(model, ADAM)
        found[f"{name}.trained"] = in_order(dict(model.named_parameters()))
        keys = ("model_type", *SIZES, "head_dim", "tie_word_embeddings", "attention_bias", "rope_parameters")
        given = {key: value for key, value in config.to_dict().items() if key in keys and value is not None}
        cases.append(dict(name=name, config=given, greedy=said))
    save_file(found, HERE / "small.safetensors")
    write("small.json", dict(lengths=LENGTHS, steps=STEPS, adam=ADAM, tie=TIE), cases)


def digest(stream, tensor):
    """Norm, and the product with counted numbers: any element that is off shows in it."""
    flat = tensor.detach().double().flatten()
    return [short(flat.norm()), short(flat @ torch.from_numpy(counted(stream, flat.numel())))]


def short(number):
    """Eight digits: as many as float32 has."""
    return float(f"{float(number):.8g}")


def real(directory):
    tokenizer = transformers.AutoTokenizer.from_pretrained(directory)
    model = transformers.AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32, attn_implementation="eager")
    vocabulary = model.config.vocab_size
    prompt = tokenizer.apply_chat_template([dict(role="user", content="Tell me a short story about a fox and the sea.")], add_generation_prompt=True,
                                           tokenize=True, return_dict=False)
    said = dict(prompt=prompt, **greedy(model, torch.tensor(prompt)))
    model = model.double()
    batch = batch_of(0, vocabulary)
    with torch.no_grad():
        logits = [model(ids[None]).logits[0] for ids in batch]
    # A digest of all, and the numbers of some places.
    seen = [[[place, short(row.flatten()[place])] for place in (tokens(500 + i, 64, row.numel())).tolist()] for i, row in enumerate(logits)]
    scale = short(max(row.abs().max() for row in logits))
    loss_of(model, batch).backward()
    names = sorted(name for name, _ in model.named_parameters())
    parameters = dict(model.named_parameters())
    gradients = {name: digest(i, parameters[name].grad) for i, name in enumerate(names)}
    model.zero_grad()
    before = {name: p.detach().clone() for name, p in parameters.items()}
    train(model, REAL_ADAM)
    changes = {name: digest(i, parameters[name].detach() - before[name]) for i, name in enumerate(names)}
    write("real.json", dict(lengths=LENGTHS, steps=STEPS, adam=REAL_ADAM, tie=TIE, scale=scale), [
        dict(greedy=said), dict(logits=seen), dict(gradients=gradients), dict(changes=changes)])


def write(name, facts, cases):
    made_with = f"torch {torch.__version__}, transformers {transformers.__version__}"
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    (HERE / name).write_text(f'{json.dumps(dict(made_with=made_with, **facts))[:-1]}, "cases": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    if sys.argv[1:] == ["small"]:
        small()
    elif len(sys.argv) == 3 and sys.argv[1] == "real":
        real(sys.argv[2])
    else:
        sys.exit(__doc__)
