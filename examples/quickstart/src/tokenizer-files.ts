/** Special tokens: padding, whose turn it is, and the end of a turn. */
export const SPECIAL = {
  pad: '<pad>',
  user: '<user>',
  assistant: '<assistant>',
  end: '<end>',
} as const

/** Role markers around each message; `<end>` closes an answer. */
export const CHAT_TEMPLATE =
  "{% for message in messages %}{% if message.role == 'user' %}<user> {{ message.content }} {% else %}<assistant> {{ message.content }} <end> {% endif %}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"

/**
 * Every token; its place is its id. The special ones come first; padded with unused ones, so that
 * the embedding has a round number of rows.
 */
export function vocabularyOf(words: readonly string[], size: number): readonly string[] {
  const used = [...Object.values(SPECIAL), ...words]
  return Array.from({ length: size }, (_, i) => used[i] ?? `<unused${i}>`)
}

/** `tokenizer.json`: one id per word, words split at white space. */
export function tokenizerJson(vocabulary: readonly string[]): object {
  const special = vocabulary.flatMap((content, id) =>
    content.startsWith('<')
      ? [
          {
            id,
            content,
            single_word: false,
            lstrip: true,
            rstrip: true,
            normalized: false,
            special: true,
          },
        ]
      : [],
  )
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special,
    normalizer: null,
    pre_tokenizer: { type: 'WhitespaceSplit' },
    post_processor: null,
    decoder: null,
    model: {
      type: 'WordLevel',
      vocab: Object.fromEntries(vocabulary.map((word, id) => [word, id])),
      unk_token: SPECIAL.pad,
    },
  }
}

/** `tokenizer_config.json`. */
export function tokenizerConfigJson(): object {
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    chat_template: CHAT_TEMPLATE,
    eos_token: SPECIAL.end,
    pad_token: SPECIAL.pad,
    clean_up_tokenization_spaces: false,
  }
}
