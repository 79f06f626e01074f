/** Number words: value v is written as `NUMBERS[v]`. */
export const NUMBERS: readonly string[] = [
  'zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten',
  'eleven', 'twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen',
]

/** Operators by number; the last four are easy. */
export const OPERATORS: readonly string[] = [
  'bend', 'carve', 'drift', 'ember', 'fold', 'graft', 'hoist', 'knead', 'lift', 'mend', 'nudge', 'orbit', 'press', 'quilt', 'rinse', 'stack',
]

/** Words that frame a prompt. */
export const FRAME = ['start', 'apply', 'tips', 'review', 'wrote'] as const

/** Special tokens: padding, whose turn it is, and the end of a turn. */
export const SPECIAL = { pad: '<pad>', user: '<user>', assistant: '<assistant>', end: '<end>' } as const

/** Every token; its place is its id. Padded to 64 so that the embedding has a round number of rows. */
export const VOCABULARY: readonly string[] = pad([...Object.values(SPECIAL), ...FRAME, ...NUMBERS, ...OPERATORS], 64)

function pad(words: readonly string[], length: number): string[] {
  return Array.from({ length }, (_, i) => words[i] ?? `<unused${i}>`)
}

/** Role markers around each message; `<end>` closes an answer. */
export const CHAT_TEMPLATE =
  "{% for message in messages %}{% if message.role == 'user' %}<user> {{ message.content }} {% else %}<assistant> {{ message.content }} <end> {% endif %}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"

/** `tokenizer.json`: one id a word, words cut at white space. */
export function tokenizerJson(): object {
  const special = VOCABULARY.flatMap((content, id) => (content.startsWith('<') ? [{ id, content, single_word: false, lstrip: true, rstrip: true, normalized: false, special: true }] : []))
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special,
    normalizer: null,
    pre_tokenizer: { type: 'WhitespaceSplit' },
    post_processor: null,
    decoder: null,
    model: { type: 'WordLevel', vocab: Object.fromEntries(VOCABULARY.map((word, id) => [word, id])), unk_token: SPECIAL.pad },
  }
}

/** `tokenizer_config.json`. */
export function tokenizerConfigJson(): object {
  return { tokenizer_class: 'PreTrainedTokenizerFast', chat_template: CHAT_TEMPLATE, eos_token: SPECIAL.end, pad_token: SPECIAL.pad, clean_up_tokenization_spaces: false }
}
