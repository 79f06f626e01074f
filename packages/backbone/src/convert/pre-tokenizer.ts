import { IcrlError } from '@icrl/core'

/** A way of splitting text that llama.cpp knows by name. */
interface PreTokenizer {
  readonly name: string
  /** Regular expressions, one applied within the pieces of the one before. */
  readonly splits: readonly string[]
  /** Whether a piece that is a token is taken whole, without merges. */
  readonly ignoreMerges: boolean
}

const WORDS = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
const ending = String.raw`[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
const contractions = `(?i:'s|'t|'re|'ve|'m|'ll|'d)`
const words = (digits: string): string =>
  String.raw`${contractions}|[^\r\n\p{L}\p{N}]?\p{L}+|${digits}| ?${ending}`
const THREE_DIGITS = words(String.raw`\p{N}{1,3}`)

/** Those of llama.cpp (`llm_tokenizer_bpe`) that the supported families use. */
const KNOWN: readonly PreTokenizer[] = [
  { name: 'gpt-2', splits: [WORDS], ignoreMerges: false },
  { name: 'smollm', splits: [String.raw`\p{N}`, WORDS], ignoreMerges: false },
  { name: 'qwen2', splits: [words(String.raw`\p{N}`)], ignoreMerges: false },
  { name: 'llama-bpe', splits: [THREE_DIGITS], ignoreMerges: true },
  { name: 'dbrx', splits: [THREE_DIGITS], ignoreMerges: false },
]

/**
 * The name under which llama.cpp splits text as a `tokenizer.json` says. (Its own script recognizes
 * a tokenizer by the ids of one long text instead, which tells apart only tokenizers it has seen.)
 *
 * @param json `pre_tokenizer`
 * @param ignoreMerges the model's `ignore_merges`
 * @throws IcrlError `unsupported` naming what llama.cpp has no name for
 */
export function preTokenizerName(json: unknown, ignoreMerges: boolean, where: string): string {
  const steps = stepsOf(json)
  if (!steps.some(({ type }) => type === 'ByteLevel'))
    throw unsupported(where, 'a pre-tokenizer without ByteLevel')
  const splits = steps.flatMap((step) => splitOf(step, where))
  const found = KNOWN.find(
    (known) => known.ignoreMerges === ignoreMerges && known.splits.join('\0') === splits.join('\0'),
  )
  if (found) return found.name
  throw unsupported(
    where,
    `a pre-tokenizer that splits by ${splits.join(' and then ') || 'nothing'}${ignoreMerges ? ', with ignore_merges' : ''}`,
  )
}

interface Step {
  readonly type?: unknown
  readonly [option: string]: unknown
}

function stepsOf(json: unknown): readonly Step[] {
  const step = (json ?? {}) as Step
  return step.type === 'Sequence' ? (step.pretokenizers as unknown[]).flatMap(stepsOf) : [step]
}

/** The regular expression that a step splits by; empty for one that only maps bytes. */
function splitOf(step: Step, where: string): readonly string[] {
  switch (step.type) {
    case 'ByteLevel':
      if (step.add_prefix_space === true)
        throw unsupported(where, 'a pre-tokenizer with add_prefix_space')
      return step.use_regex === false ? [] : [WORDS]
    case 'Digits':
      return [step.individual_digits === true ? String.raw`\p{N}` : String.raw`\p{N}+`]
    case 'Split': {
      const { Regex: regex } = step.pattern as { Regex?: string }
      const keepsMatches = step.behavior === 'Isolated' && step.invert !== true
      const keepsOnlyMatches = step.behavior === 'Removed' && step.invert === true
      if (regex !== undefined && (keepsMatches || keepsOnlyMatches)) return [regex]
      throw unsupported(where, `a pre-tokenizer of type Split by ${JSON.stringify(step.pattern)}`)
    }
    default:
      throw unsupported(where, `a pre-tokenizer of type ${JSON.stringify(step.type ?? null)}`)
  }
}

function unsupported(where: string, what: string): IcrlError {
  const known = KNOWN.map(({ name }) => name).join(', ')
  return new IcrlError(
    `${where} has ${what}, for which this package knows no name in GGUF files.`,
    {
      code: 'unsupported',
      remedy: `Known are the tokenizers ${known}; keep the model as a Hugging Face folder.`,
    },
  )
}
