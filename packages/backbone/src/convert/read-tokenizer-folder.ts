import { join, readFile, readdir } from '#node'
import { readJson } from '../read-json.ts'

/** What the files of a model folder say of its tokenizer and its conversations. */
export interface TokenizerFolder {
  /** The path of `tokenizer.json`, for errors. */
  readonly where: string
  /** `tokenizer.json` */
  readonly tokenizer: Readonly<Record<string, unknown>>
  /** Texts of `bos_token`, `eos_token`… */
  readonly specialTokens: Readonly<Record<string, string>>
  /** Whether `tokenizer_config.json` asks for them: `add_bos_token`, `add_eos_token`. */
  readonly asksFor: Readonly<Record<string, unknown>>
  /** `generation_config.json`, over what `config.json` says of the same. */
  readonly generation: Readonly<Record<string, unknown>>
  /** Chat templates by name; the plain one is `default`. */
  readonly templates: Readonly<Record<string, string>>
}

const REMEDY = 'Give the folder of a Hugging Face model with a fast tokenizer.'

/** @throws IcrlError `missing-file` without a `tokenizer.json`, `corrupt-file` for one that is not JSON */
export async function readTokenizerFolder(folder: string): Promise<TokenizerFolder> {
  const present = new Set(await readdir(folder).catch((): string[] => []))
  const read = async (name: string): Promise<Record<string, unknown>> =>
    present.has(name) ? asObject(await readJson(join(folder, name), REMEDY)) : {}
  const where = join(folder, 'tokenizer.json')
  const tokenizer = asObject(await readJson(where, REMEDY))
  const config = await read('tokenizer_config.json')
  const generation = { ...(await read('config.json')), ...(await read('generation_config.json')) }
  const file = present.has('chat_template.jinja')
    ? await readFile(join(folder, 'chat_template.jinja'), 'utf8')
    : (await read('chat_template.json')).chat_template
  const templates = { ...templatesOf(config.chat_template), ...templatesOf(file) }
  return {
    where,
    tokenizer,
    specialTokens: textsOf(config),
    asksFor: config,
    generation,
    templates,
  }
}

/** Ids that end a generation, the one of `eos_token` not counted. */
export function stopIds({ generation }: TokenizerFolder): number[] {
  return [generation.eos_token_id].flat().filter((id): id is number => Number.isInteger(id))
}

function asObject(json: unknown): Record<string, unknown> {
  return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {}
}

/** Tokens are texts, or objects that hold one. */
function textsOf(config: Readonly<Record<string, unknown>>): Record<string, string> {
  const named = Object.entries(config).filter(([name]) => name.endsWith('_token'))
  return Object.fromEntries(
    named.flatMap(([name, token]) => {
      const text = typeof token === 'string' ? token : asObject(token).content
      return typeof text === 'string' ? [[name, text]] : []
    }),
  )
}

/** One template, or several with names. */
function templatesOf(value: unknown): Record<string, string> {
  if (typeof value === 'string') return { default: value }
  if (!Array.isArray(value)) return {}
  const entries = (value as { name: string; template: string }[]).map(
    ({ name, template }) => [name, template] as const,
  )
  return Object.fromEntries(entries)
}
