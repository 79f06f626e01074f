import { createTokenizer, type ChatTokenizer } from '@icrl/renderer'

/** The characters that byte-level BPE writes bytes as, in the order of the bytes. */
function byteCharacters(): string[] {
  const isPrintable = (byte: number): boolean =>
    (byte > 32 && byte < 127) || (byte > 160 && byte < 173) || byte > 173
  let further = 256
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCodePoint(isPrintable(byte) ? byte : further++),
  )
}

const SPECIAL = ['<|im_start|>', '<|im_end|>']
const MARKS = ['<tool_call>', '</tool_call>', '<think>', '</think>']

/** A byte-level tokenizer with Qwen's marks: any text has ids, one for each byte. */
export function byteTokenizer(template: string = CHAT): ChatTokenizer {
  const vocab = Object.fromEntries(byteCharacters().map((character, id) => [character, id]))
  const added_tokens = [...SPECIAL, ...MARKS].map((content, i) => ({
    id: 256 + i,
    content,
    special: SPECIAL.includes(content),
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
  }))
  const level = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false }
  return createTokenizer({
    tokenizer: {
      version: '1.0',
      truncation: null,
      padding: null,
      normalizer: null,
      pre_tokenizer: level,
      post_processor: null,
      decoder: level,
      added_tokens,
      model: { type: 'BPE', vocab, merges: [], unk_token: null },
    },
    tokenizerConfig: { eos_token: '<|im_end|>', chat_template: template },
  })
}

/** Qwen's way with tools in few words; like Qwen3's it drops the thinking of earlier turns. */
export const CHAT: string = `{%- if tools %}{{ '<|im_start|>system\\n' }}{% if messages[0].role == 'system' %}{{ messages[0].content + '\\n' }}{% endif %}{{ 'Tools:' }}{% for tool in tools %}{{ '\\n' }}{{ tool | tojson }}{% endfor %}{{ '<|im_end|>\\n' }}
{%- elif messages[0].role == 'system' %}{{ '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}{% endif %}
{%- for m in messages %}
{%- if m.role == 'user' or (m.role == 'system' and not loop.first) %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}
{%- elif m.role == 'assistant' %}{{ '<|im_start|>assistant\\n' }}{% if m.reasoning_content and loop.last %}{{ '<think>\\n' + m.reasoning_content + '\\n</think>\\n\\n' }}{% endif %}{{ m.content }}{% for call in m.tool_calls or [] %}{{ '\\n<tool_call>\\n{"name": "' + call.function.name + '", "arguments": ' }}{{ call.function.arguments | tojson }}{{ '}\\n</tool_call>' }}{% endfor %}{{ '<|im_end|>\\n' }}
{%- elif m.role == 'tool' %}{{ '<|im_start|>user\\n<tool_response>\\n' + m.content + '\\n</tool_response><|im_end|>\\n' }}{% endif %}
{%- endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}`
