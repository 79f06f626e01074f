/** Marks with a token of their own: around a call of a tool, who speaks, and the end of a turn. */
export const MARKS = {
  call: '<tool_call>',
  endOfCall: '</tool_call>',
  system: '<|system|>',
  user: '<|user|>',
  assistant: '<|assistant|>',
  tool: '<|tool|>',
  end: '<|end|>',
} as const

/** Calls as Qwen writes them. Of the tools that are offered the model is told the names. */
export const CHAT_TEMPLATE: string = [
  "{% if tools %}<|system|>Tools:{% for tool in tools %}{{ ' ' + tool.function.name }}{% endfor %}<|end|>{% endif %}",
  '{% for message in messages %}',
  "{% if message.role == 'assistant' %}<|assistant|>{{ message.content }}",
  '{% for call in message.tool_calls or [] %}',
  `<tool_call>{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}</tool_call>`,
  '{% endfor %}<|end|>',
  "{% else %}{{ '<|' + message.role + '|>' + message.content + '<|end|>' }}{% endif %}",
  '{% endfor %}',
  '{% if add_generation_prompt %}<|assistant|>{% endif %}',
].join('')

/** How GPT-2 splits a text: a word, a number or signs, each with the blank before it. */
const PIECES = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu

/** The characters that byte-level tokenizers write bytes as, in the order of the bytes. */
function byteCharacters(): string[] {
  const isPrintable = (byte: number): boolean =>
    (byte > 32 && byte < 127) || (byte > 160 && byte < 173) || byte > 173
  let further = 256
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCodePoint(isPrintable(byte) ? byte : further++),
  )
}

/**
 * Every token; its place is its id: the marks, each byte, and each piece of some texts. A word that
 * is in none of them is spelled in bytes, so that anything can be said to the model.
 */
export function vocabularyOf(texts: Iterable<string>): readonly string[] {
  const bytes = byteCharacters()
  const written = (piece: string): string =>
    Array.from(new TextEncoder().encode(piece), (byte) => bytes[byte]).join('')
  const pieces = [...texts].flatMap((text) => text.match(PIECES) ?? []).map(written)
  return [...new Set([...Object.values(MARKS), ...bytes, ...pieces])]
}

/** `tokenizer.json`: byte-level, with whole pieces as tokens. */
export function tokenizerJson(vocabulary: readonly string[]): object {
  const level = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true }
  const calls: readonly string[] = [MARKS.call, MARKS.endOfCall]
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: Object.values(MARKS).map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: !calls.includes(content),
    })),
    normalizer: null,
    pre_tokenizer: level,
    post_processor: null,
    decoder: level,
    model: {
      type: 'BPE',
      vocab: Object.fromEntries(vocabulary.map((piece, id) => [piece, id])),
      merges: [],
      ignore_merges: true,
      byte_fallback: false,
      fuse_unk: false,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      dropout: null,
    },
  }
}

/** `tokenizer_config.json`. */
export function tokenizerConfigJson(): object {
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    chat_template: CHAT_TEMPLATE,
    eos_token: MARKS.end,
    clean_up_tokenization_spaces: false,
  }
}
