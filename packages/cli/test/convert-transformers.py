"""Loads model folders as transformers and PEFT do, and says what they compute: JSON in, JSON out (needs torch, transformers, peft).

In: `[{model, adapter?, ids, texts}]`. Out, for each: keys that were missing or unexpected, log-probabilities of ids[1:] each given those
before it, the ids of the texts.
"""
import json
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


def answer(case):
    model, info = AutoModelForCausalLM.from_pretrained(case["model"], dtype=torch.float32, output_loading_info=True)
    if "adapter" in case:
        from peft import PeftModel

        model = PeftModel.from_pretrained(model, case["adapter"])
    ids = torch.tensor([case["ids"]])
    with torch.no_grad():
        logprobs = torch.log_softmax(model.eval()(ids).logits[0, :-1].double(), -1)
    tokenizer = AutoTokenizer.from_pretrained(case["model"])
    return {
        "strange": sorted([*info["missing_keys"], *info["unexpected_keys"]]),
        "logprobs": logprobs.gather(1, ids[0, 1:, None])[:, 0].tolist(),
        "tokens": [tokenizer.encode(text, add_special_tokens=False) for text in case["texts"]],
        "stop": model.generation_config.eos_token_id,
        "dtype": str(AutoModelForCausalLM.from_pretrained(case["model"], dtype="auto").dtype),
    }


json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)
