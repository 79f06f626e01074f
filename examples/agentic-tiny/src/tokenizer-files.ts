import { PIECES, REFUSALS, SPECIAL, VOCABULARY } from './vocabulary.ts'

/** Role markers around each message; `<end>` closes an answer. */
export const CHAT_TEMPLATE =
  "{% for message in messages %}{% if message.role == 'system' %}<system> {{ message.content }} {% elif message.role == 'user' %}<user> {{ message.content }} {% else %}<assistant> {{ message.content }} <end> {% endif %}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/**
 * `tokenizer.json`: one id for each word, digit, sign and piece in `PIECES`; blanks vanish. A word
 * that is not in the vocabulary falls into its characters, which decode with blanks between them.
 */
export function tokenizerJson(): object {
  const pieces = [...PIECES.map(escaped), '[A-Za-z]+', '[^A-Za-z]'].join('|')
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: Object.values(SPECIAL).map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: true,
      rstrip: true,
      normalized: false,
      special: true,
    })),
    normalizer: {
      type: 'Sequence',
      normalizers: REFUSALS.map((text) => ({
        type: 'Replace',
        pattern: { String: text },
        content: text.replaceAll(' ', ''),
      })),
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'WhitespaceSplit' },
        { type: 'Split', pattern: { Regex: pieces }, behavior: 'Removed', invert: true },
      ],
    },
    post_processor: null,
    decoder: null,
    model: {
      type: 'BPE',
      vocab: Object.fromEntries(VOCABULARY.map((word, id) => [word, id])),
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
    eos_token: SPECIAL.end,
    pad_token: SPECIAL.pad,
    clean_up_tokenization_spaces: false,
  }
}
